package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/verb/shell"
)

// A flag that takes a value says what may stand there, files or nothing among it: a shell would complete by files, which
// help with few of them. No description has the backquotes that mark the value's name for the help.
func TestEveryFlagsValueIsCompleted(t *testing.T) {
	root := commandTree(t)
	shell.CompleteValues(root, app.Targets{})
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, ok := cmd.GetFlagCompletionFunc(f.Name); !ok && f.NoOptDefVal == "" {
				t.Errorf("%s --%s: say in CompleteValues what its value may be", cmd.CommandPath(), f.Name)
			}
			if strings.Contains(f.Usage, "`") {
				t.Errorf("%s --%s: %s", cmd.CommandPath(), f.Name, f.Usage)
			}
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
}
