package profiles

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	cause := &grant.Error{Kind: grant.NoAccess, Grant: "corp", Reason: "no"}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "an account that is not listed", Err: &unlistedError{session: "corp", account: "Dev (1)", cause: cause}, Code: 4},
		{Name: "more of them", Err: &unlistedError{session: "corp", more: 3, cause: cause}, Code: 4},
	}, nil, ".")
}
