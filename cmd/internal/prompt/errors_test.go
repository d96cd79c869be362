package prompt

import (
	"context"
	"testing"

	"hatstand/cache"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "the prompt that was named cannot ask", Err: &Error{prompt: Choice{Name: "zenity", From: "HATSTAND_PROMPT"}, err: &mfa.Error{Kind: mfa.NobodyToAsk, Serial: "arn:aws:iam::111111111111:mfa/alice", Reason: "no"}}, Code: 3},
		{Name: "nobody can be asked for a reason", Err: &ReasonError{tried: mfa.ErrNoTerminal}, Code: 3},
		{Name: "nobody is to be asked for a reason", Err: &ReasonError{tried: ErrNever}, Code: 3},
		{Name: "the prompt that was named cannot ask for a reason", Err: &ReasonError{choice: Choice{Name: "zenity", From: "HATSTAND_PROMPT"}, tried: mfa.ErrNoTerminal}, Code: 3},
		{Name: "another process took too long", Err: &BusyError{Held: &lock.HeldError{PID: 7, Holder: "prod", Err: context.DeadlineExceeded}}, Code: 3},
		{Name: "nobody can be asked for the passphrase", Err: &cache.Error{Kind: cache.NoPassphrase, Err: &nobodyToUnlockError{errNoTerminal}}, Code: 5},
	}, []string{"prompt.nobodyToUnlockError"}, ".")
}
