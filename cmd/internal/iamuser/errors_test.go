package iamuser

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	need := []*session{{key: sessionKey{serial: "a"}, users: []*User{{Profile: "me"}}}}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "one code for the keys of two devices", Err: &manyCodesError{need}, Code: 2},
	}, nil, ".")
}
