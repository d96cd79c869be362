package provider

import (
	"testing"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/declined"
	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "nobody signed in elsewhere", Err: &unansweredError{err: declined.Elsewhere(&lock.RefusedError{Holder: "prod", Reason: "nobody signed in"}, "nobody signed in"), hint: "sign in: hatstand login corp"}, Code: 3},
		{Name: "no home", Err: errNoHome{}, Code: 2},
	}, nil, ".")
}
