package provider

import (
	"testing"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "nobody to ask, where another process may have somebody", Err: &nobodyError{&mfa.Error{Kind: mfa.NobodyToAsk, Serial: "arn:aws:iam::111111111111:mfa/alice", Reason: "no"}}, Code: 3},
		{Name: "nobody answered elsewhere", Err: &declinedError{err: &lock.RefusedError{Holder: "prod", Reason: "the prompt was not answered in time"}, exit: advice.NoHuman}, Code: 3},
		{Name: "AWS refused the one that was waited for", Err: &declinedError{err: &lock.RefusedError{Holder: "prod", Reason: "AWS refused"}, exit: advice.Refused}, Code: 4},
		{Name: "cancelled elsewhere", Err: &declinedError{err: &lock.RefusedError{Holder: "prod", Reason: "the prompt was cancelled"}, exit: advice.Cancelled}, Code: 130},
		{Name: "no home", Err: errNoHome{}, Code: 2},
	}, nil, ".")
}
