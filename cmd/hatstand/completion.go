package main

import (
	"strings"

	"hatstand/cmd/internal/ui"

	"github.com/spf13/cobra"
)

func (a *parts) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for your shell",
		Long: `Prints a script that completes verbs, flags and profile names. Have your shell read it at start:

  bash:        source <(hatstand completion bash)                 (in ~/.bashrc)
  zsh:         source <(hatstand completion zsh)                  (in ~/.zshrc, after compinit)
  fish:        hatstand completion fish | source                  (in ~/.config/fish/config.fish)
  PowerShell:  hatstand completion powershell | Out-String | Invoke-Expression   (in $PROFILE)`,
		Args:      ui.Exactly(1),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				if err := root.GenBashCompletionV2(a.Stdout, true); err != nil {
					return err
				}
				// Cobra's script calls a function of the package bash-completion, which may not be there: ours comes after its.
				if err := a.printScript("sh", "completion.bash"); err != nil {
					return err
				}
				return a.ui().Print("complete -o default -F __start_hatstand " + smallProgram + "\n")
			case "zsh":
				if err := root.GenZshCompletion(a.Stdout); err != nil {
					return err
				}
				return a.ui().Print("compdef _hatstand " + smallProgram + "\n")
			case "fish":
				if err := root.GenFishCompletion(a.Stdout, true); err != nil {
					return err
				}
				return a.ui().Print("complete -c " + smallProgram + " -n '__hatstand_prepare_completions' -f -a '$__hatstand_comp_results'\n")
			case "powershell":
				if err := root.GenPowerShellCompletionWithDesc(a.Stdout); err != nil {
					return err
				}
				return a.ui().Print("Register-ArgumentCompleter -CommandName '" + smallProgram + "' -ScriptBlock ${__hatstandCompleterBlock}\n")
			}
			return &ui.UsageError{Reason: "no completion for " + ui.Quoted(args[0]), Next: "known are: " + strings.Join(shells, ", ")}
		},
	}
}
