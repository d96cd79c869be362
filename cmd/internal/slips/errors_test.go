package slips

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/sts"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a refusal that a misspelt setting may explain", Err: &Error{err: &sts.RefusedError{Target: "prod", Call: credproc.AssumeRole, Code: "AccessDenied", Message: "no"}, slips: []string{"~/.aws/config:3: misspelt"}}, Code: 4},
	}, nil, ".")
}
