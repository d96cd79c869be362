package keypair

import (
	"errors"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/sts"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	unreachable := &sts.UnreachableError{Target: "me", Call: credproc.GetCallerIdentity, Err: errors.New("no route")}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a key that cannot be verified", Err: &unverifiedError{err: unreachable, unverified: "hatstand keys add --no-verify me"}, Code: 1},
		{Name: "a text that is no key pair", Err: &Error{"there is nothing on stdin"}, Code: 2},
	}, nil, ".")
}
