// Package doctor is the verb doctor: it looks at the AWS files, the environment, the folders, the two programs and the
// keyrings, and says what is wrong and how to put it right. It changes nothing, sends nothing and asks nobody, and it
// shows no secret.
package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// Deps are what doctor looks at.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Keyring  *provider.Keyring
}

// New is the verb doctor.
func New(d Deps) *cobra.Command {
	var asJSON, uninstall bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the keyring and the AWS files, and say how to fix them",
		Long: `Checks which keyrings work here, which one is used and why; which profiles and
settings in the AWS files cannot be used, are ignored, or are read differently
by other programs; which variables of the environment count; who else could
replace the files; which programs the profiles start; where you are signed in;
and which tokens of sign-ins other programs keep in plain files. Nothing is
changed, nothing is sent and nothing is asked: no dialog, no passphrase. To
check keys and devices at AWS, use keys list --check and mfa list --check, and
audit for a whole account.

Ends with 0 if the keyring in use works, with 5 if it does not, and with 2 if
the AWS files cannot be read, or if a setting names an unknown keyring or an
impossible mfa_session_duration. Warnings do not change the exit code.

With --uninstall it lists instead everything that hatstand keeps on this
machine, in the order in which to remove it, and how.`,
		Args: ui.NotOfOne,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := []finding{}
			var failed error
			checks := d.checks()
			if uninstall {
				checks = d.leftovers()
			}
			for _, check := range checks {
				found, err := check(cmd.Context())
				all = append(all, found...)
				if failed == nil {
					failed = err
				}
			}
			print := d.printFindings
			if asJSON {
				print = func(all []finding) error {
					return d.World.Streams().PrintJSON(report{all})
				}
			}
			if err := print(all); err != nil {
				return err
			}
			return failed
		},
	}
	cmd.Flags().BoolVar(&uninstall, "uninstall", false, "list what is kept here, and how to remove it")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: report{}})
	return cmd
}

// checks are what doctor looks at, in the order of its report. An error is what doctor ends with; of several, the
// first.
func (d Deps) checks() []func(context.Context) ([]finding, error) {
	return []func(context.Context) ([]finding, error){
		d.checkFiles,
		d.checkEnvironment,
		d.checkFolders,
		d.checkPrograms,
		d.checkKeyring,
		d.checkSignIns,
	}
}

// A report is what doctor prints as JSON.
type report struct {
	Findings []finding `json:"findings"`
}

// A finding is one line of doctor's report.
type finding struct {
	About string   `json:"about"` // "files", "environment", "folders", "programs", "keyring", "sign-ins", "shells"
	What  string   `json:"what"`  // a file's line, a backend
	State state    `json:"state"`
	Text  string   `json:"text,omitempty"`
	Hints []string `json:"hints,omitempty"`
}

// A state says how much a finding matters.
type state string

const (
	stateOK      state = "ok"
	stateWarning state = "warning"
	stateError   state = "error"
	stateOff     state = "off"  // not available here, and not needed
	stateNote    state = "note" // good to know
)

func (d Deps) printFindings(all []finding) error {
	streams := d.World.Streams()
	var b strings.Builder
	mark := map[state]string{stateOK: "ok", stateWarning: "warn", stateError: "FAIL", stateOff: "-", stateNote: "-"}
	about := ""
	for _, f := range all {
		if f.About != about {
			if about != "" {
				b.WriteString("\n")
			}
			about = f.About
			fmt.Fprintf(&b, "%s\n", streams.Head(about))
		}
		word := mark[f.State]
		blanks := strings.Repeat(" ", len("warn")-len(word))
		line := fmt.Sprintf("  %s%s  %s", streams.StateWord(word), blanks, ui.Plain(f.What))
		if f.Text != "" {
			line += ": " + ui.Plain(f.Text)
		}
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(line, " "))
		for _, h := range f.Hints {
			fmt.Fprintln(&b, strings.TrimRight("          "+ui.Plain(h), " "))
		}
	}
	_, err := fmt.Fprint(streams.Out, b.String())
	return err
}
