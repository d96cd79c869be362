package console

import (
	"testing"
	"time"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/browser"
	"hatstand/mfa"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a browser that does not come", Err: &openError{"prod", &browser.Error{Kind: browser.NotOpened, Reason: "no"}}, Code: 1},
		{Name: "no browser for a profile", Err: &openError{"prod", &browser.Error{Kind: browser.NotInstalled, Reason: "no"}}, Code: 2},
		{Name: "no role to sign in as", Err: &noRoleError{"me"}, Code: 2},
		{Name: "a console for longer than there is", Err: &tooLongError{asked: 2 * time.Hour}, Code: 2},
		{Name: "cancelled while a browser was waited for", Err: &openError{"prod", mfa.ErrCancelled}, Code: 130},
	}, nil, ".")
}
