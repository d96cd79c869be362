package shell

import (
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
		Long: `Prints a script that completes verbs, flags and their values, profile names, and
the command line after exec's "--". Have your shell read it at start:

  bash:   source <(hatstand completion bash)     (~/.bashrc)
  zsh:    source <(hatstand completion zsh)      (~/.zshrc)
  fish:   hatstand completion fish | source      (~/.config/fish/config.fish)

  PowerShell (in $PROFILE):
          hatstand completion powershell | Out-String | Invoke-Expression`,
		Args:      ui.Exactly(1),
		ValidArgs: shells,
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return printScript(w, "sh", "words.bash", "completion.bash")
			case "zsh":
				return printScript(w, "sh", "compdef.zsh", "words.zsh", "completion.zsh")
			case "fish":
				return printScript(w, "fish", "words.fish", "completion.fish")
			case "powershell":
				return printScript(w, "powershell", "words.ps1", "completion.ps1")
			}
			return ui.UnknownValue("no completion for", args[0], shells...)
		},
	}
}
