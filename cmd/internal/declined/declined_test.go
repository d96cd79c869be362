package declined

import (
	"errors"
	"testing"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "nobody to ask, where another process may have somebody", Err: &NobodyError{&mfa.Error{Kind: mfa.NobodyToAsk, Serial: "arn:aws:iam::111111111111:mfa/alice", Reason: "no"}}, Code: 3},
		{Name: "nobody answered elsewhere", Err: &Error{err: &lock.RefusedError{Holder: "prod", Reason: "the prompt was not answered in time"}, exit: advice.NoHuman}, Code: 3},
		{Name: "AWS refused the one that was waited for", Err: &Error{err: &lock.RefusedError{Holder: "prod", Reason: "AWS refused"}, exit: advice.Refused}, Code: 4},
		{Name: "cancelled elsewhere", Err: &Error{err: &lock.RefusedError{Holder: "prod", Reason: "the prompt was cancelled"}, exit: advice.Cancelled}, Code: 130},
	}, nil, ".")
}

// TestAReasonKeepsItsExitCode: who waited ends as the process that was asked.
func TestAReasonKeepsItsExitCode(t *testing.T) {
	for _, exit := range []int{advice.Cancelled, advice.NoHuman, advice.Refused, advice.Failed} {
		for _, forReason := range []bool{false, true} {
			reason := Reason(forReason, &Error{err: errors.New("no"), exit: exit})
			if got := exitOf(reason); got != exit {
				t.Errorf("%d: %q, and %d", exit, reason, got)
			}
		}
	}
	if got := exitOf("words of a later version"); got != advice.Failed {
		t.Error(got)
	}
}
