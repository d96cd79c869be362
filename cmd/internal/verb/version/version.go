// Package version is the verb version, and the flag of that name: one line, or JSON, that says which build this is, for
// a report of a fault. It looks at nothing but the program itself.
package version

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/ui"
)

// New is the verb version.
func New(out io.Writer) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  ui.AtMost(0),
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return ui.Streams{Out: out}.PrintJSON(of(buildinfo.Read()))
			}
			return Print(out)
		},
	}
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: build{}})
	return cmd
}

// A build is what version --json prints.
type build struct {
	Version  string `json:"version,omitempty"` // not there where it was built from a folder
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"` // of the commit
	Modified bool   `json:"modified"`       // the folder held changes that are not in the commit
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Go       string `json:"go"`
}

func of(i buildinfo.Info) build {
	return build{i.Version, i.Commit, i.Date, i.Modified, runtime.GOOS, runtime.GOARCH, runtime.Version()}
}

// Print writes the line.
func Print(out io.Writer) error {
	_, err := fmt.Fprintln(out, line(buildinfo.Read()))
	return err
}

// line ends with the commit and its date, where the build says them.
func line(build buildinfo.Info) string {
	version := build.Version
	if version == "" {
		version = "(devel)"
	}
	line := fmt.Sprintf("hatstand %s %s/%s %s", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
	if build.Commit != "" {
		line += " commit " + build.Commit[:min(len(build.Commit), 12)]
		if build.Date != "" {
			line += " " + build.Date
		}
		if build.Modified {
			line += " (modified)"
		}
	}
	return line
}
