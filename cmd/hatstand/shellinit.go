package main

import (
	"embed"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
)

//go:embed shell
var shellScripts embed.FS

func (a *parts) shellInitCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "shell-init bash|zsh|fish|powershell",
		Short: "Print the shell function hat, which switches this shell between roles",
		Long: `Prints a function for your shell. Have the shell read it at start:

  bash:        eval "$(hatstand shell-init bash)"                 (in ~/.bashrc)
  zsh:         eval "$(hatstand shell-init zsh)"                  (in ~/.zshrc, after compinit)
  fish:        hatstand shell-init fish | source                  (in ~/.config/fish/config.fish)
  PowerShell:  hatstand shell-init powershell | Out-String | Invoke-Expression   (in $PROFILE)

Then "hat prod" puts the role's credentials into this shell's environment, "hat" lets you choose a
profile, "hat -" goes back to the one before, with the same flags, and "hat --off" takes all of it
away. Names of profiles are completed. The credentials end after an hour or so: "hat prod" again has
new ones.`,
		Args:      ui.Exactly(1),
		ValidArgs: shells,
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return a.printScript("sh", "hat.sh", "bash.sh")
			case "zsh":
				return a.printScript("sh", "hat.sh", "zsh.sh")
			case "fish":
				return a.printScript("fish", "hat.fish")
			case "powershell":
				return a.printScript("powershell", "hat.ps1")
			}
			return &ui.UsageError{Reason: "no function for " + ui.Quoted(args[0]), Next: "known are: " + strings.Join(shells, ", ")}
		},
	}
}

func (a *parts) printScript(shell string, names ...string) error {
	var b strings.Builder
	for _, name := range names {
		text, err := shellScripts.ReadFile("shell/" + name)
		if err != nil {
			return err
		}
		b.Write(text)
	}
	program, err := app.LastingSelf(a.World)
	if err != nil {
		program = a.Self() // of go run: it lasts as long as the shell that it is tried in
	}
	return a.ui().Print(strings.ReplaceAll(b.String(), "@HATSTAND@", child.Quote(shell, program)))
}
