package run

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	failed := &eachError{results: results{{Profile: "prod", err: errNotStarted}}, failed: 1}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a command failed for one profile of many", Err: failed, Code: 1},
		{Name: "a profile of many that cannot be used", Err: &unusableError{&ui.UsageError{Reason: "no"}}, Code: 2},
	}, nil, ".")
}
