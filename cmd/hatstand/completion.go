package main

import (
	"strings"

	"hatstand/cmd/internal/ui"

	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
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
				if err := root.GenBashCompletionV2(a.stdout, true); err != nil {
					return err
				}
				// Cobra's script calls a function of the package bash-completion, which may not be there: ours comes after its.
				if err := a.printScript("sh", "completion.bash"); err != nil {
					return err
				}
				return a.ui().Print("complete -o default -F __start_hatstand " + smallProgram + "\n")
			case "zsh":
				if err := root.GenZshCompletion(a.stdout); err != nil {
					return err
				}
				return a.ui().Print("compdef _hatstand " + smallProgram + "\n")
			case "fish":
				if err := root.GenFishCompletion(a.stdout, true); err != nil {
					return err
				}
				return a.ui().Print("complete -c " + smallProgram + " -n '__hatstand_prepare_completions' -f -a '$__hatstand_comp_results'\n")
			case "powershell":
				if err := root.GenPowerShellCompletionWithDesc(a.stdout); err != nil {
					return err
				}
				return a.ui().Print("Register-ArgumentCompleter -CommandName '" + smallProgram + "' -ScriptBlock ${__hatstandCompleterBlock}\n")
			}
			return &ui.UsageError{Reason: "no completion for " + ui.Quoted(args[0]), Next: "known are: " + strings.Join(shells, ", ")}
		},
	}
}

// completeProfile completes the first argument by the names of profiles.
func (a *app) completeProfile(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeProfiles(nil, args, toComplete)
}

// completeProfiles completes every argument by the names of profiles not yet given.
func (a *app) completeProfiles(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	set, err := a.profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	given := map[string]bool{}
	for _, arg := range args {
		given[arg] = true
	}
	var names []string
	for _, n := range set.Names() {
		if strings.HasPrefix(n, toComplete) && !given[n] {
			names = append(names, n)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
