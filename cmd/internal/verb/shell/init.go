// Package shell has what a user's shell evaluates: scripts that it reads at start (the completion of verbs, flags and
// profiles, and the function hat), and the variables that hat sets to change the shell's own role. It prints to stdout;
// it never writes a shell's files, and a script holds no secret.
package shell

import (
	"embed"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
)

//go:embed scripts
var scripts embed.FS

// NewInit is the verb shell-init.
func NewInit(w app.World) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "shell-init bash|zsh|fish|powershell",
		Short: "Print the function hat, which switches the role of a shell",
		Long: `Prints a function for your shell. Have the shell read it at start:

  bash:   eval "$(hatstand shell-init bash)"     (~/.bashrc)
  zsh:    eval "$(hatstand shell-init zsh)"      (~/.zshrc)
  fish:   hatstand shell-init fish | source      (~/.config/fish/config.fish)

  PowerShell (in $PROFILE):
          hatstand shell-init powershell | Out-String | Invoke-Expression

Then "hat prod" gives this shell the role, "hat" lets you choose a profile,
"hat -" goes back to the previous one with its flags, and "hat --off" makes the
shell what it was before. Profile names and flags are completed.

A profile that hatstand adopt has changed becomes the shell's AWS_PROFILE, and
its credentials are renewed by themselves. The credentials of another one, or
those that you ask for with flags, are in the environment. They end after an
hour or so: the shell says so beforehand, and "hat prod" again gets new ones.`,
		Args:      ui.Exactly(1),
		ValidArgs: shells,
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return printScript(w, "sh", "hat.sh", "hat.bash", "words.bash", "bash.sh")
			case "zsh":
				return printScript(w, "sh", "hat.sh", "hat.zsh", "words.zsh", "zsh.sh")
			case "fish":
				return printScript(w, "fish", "words.fish", "hat.fish")
			case "powershell":
				return printScript(w, "powershell", "words.ps1", "hat.ps1")
			}
			return ui.UnknownValue("no function for", args[0], shells...)
		},
	}
}

// printScript prints scripts one after the other, with the path of this program in its place.
func printScript(w app.World, shell string, names ...string) error {
	var b strings.Builder
	for _, name := range names {
		text, err := scripts.ReadFile("scripts/" + name)
		if err != nil {
			return err
		}
		b.Write(text)
	}
	program, err := app.LastingSelf(w)
	if err != nil {
		program = w.Self() // of go run: it lasts as long as the shell that it is tried in
	}
	return w.Streams().Print(strings.ReplaceAll(b.String(), "@HATSTAND@", child.Quote(shell, program)))
}
