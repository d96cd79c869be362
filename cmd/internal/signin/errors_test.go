package signin

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "nobody is asked now", Err: notNow(profiles.Grant{Session: "corp"}), Code: 3},
		{Name: "an answer that cannot be shown", Err: &pageError{profiles.Grant{Session: "corp"}, "the address of the page is no URL"}, Code: 4},
		{Name: "a provider's", Err: &pageError{profiles.Grant{Kind: profiles.OIDC, Session: "idp"}, "the address of the page is no URL"}, Code: 4},
	}, nil, ".")
}
