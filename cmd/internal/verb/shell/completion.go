package shell

import (
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
)

// NewCompletion is the verb completion. It completes the small program's profiles too.
func NewCompletion(w app.World) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for your shell",
		Long: `Prints a script that completes verbs, flags and profile names. Have your shell
read it at start:

  bash:   source <(hatstand completion bash)     (~/.bashrc)
  zsh:    source <(hatstand completion zsh)      (~/.zshrc, after compinit)
  fish:   hatstand completion fish | source      (~/.config/fish/config.fish)

  PowerShell (in $PROFILE):
          hatstand completion powershell | Out-String | Invoke-Expression`,
		Args:      ui.Exactly(1),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, print := cmd.Root(), w.Streams().Print
			switch args[0] {
			case "bash":
				if err := root.GenBashCompletionV2(w.Stdout, true); err != nil {
					return err
				}
				// Cobra's script calls a function of the package bash-completion, which may not be there: ours comes after its.
				if err := printScript(w, "sh", "completion.bash"); err != nil {
					return err
				}
				return print("complete -o default -F __start_hatstand " + app.SmallProgram + "\n")
			case "zsh":
				if err := root.GenZshCompletion(w.Stdout); err != nil {
					return err
				}
				return print("compdef _hatstand " + app.SmallProgram + "\n")
			case "fish":
				if err := root.GenFishCompletion(w.Stdout, true); err != nil {
					return err
				}
				return print("complete -c " + app.SmallProgram +
					" -n '__hatstand_prepare_completions' -f -a '$__hatstand_comp_results'\n")
			case "powershell":
				if err := root.GenPowerShellCompletionWithDesc(w.Stdout); err != nil {
					return err
				}
				return print("Register-ArgumentCompleter -CommandName '" + app.SmallProgram +
					"' -ScriptBlock ${__hatstandCompleterBlock}\n")
			}
			return &ui.UsageError{
				Reason: "no completion for " + ui.Quoted(args[0]),
				Next:   "known are: " + strings.Join(shells, ", "),
			}
		},
	}
}
