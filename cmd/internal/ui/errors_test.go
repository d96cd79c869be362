package ui_test

import (
	"errors"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "the command line", Err: &ui.UsageError{Reason: "takes no argument"}, Code: 2},
		{Name: "no terminal", Err: &ui.NoTerminalError{Want: "the key", Next: "use --from-env"}, Code: 3},
		{Name: "no clipboard", Err: &ui.NoClipboardError{Failed: []string{"wl-copy failed (exit status 1)"}}, Code: 3},
		{Name: "several, of which the first counts", Err: ui.Errors{mfa.NewSpent("a", 0), errors.New("no")}, Code: 4},
	}, nil, ".")
}
