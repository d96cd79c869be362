package awsfile

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	readOnly := &Error{Path: "~/.aws/config", Reason: "is read-only", Next: "chmod u+w ~/.aws/config"}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a file that would lose something by being replaced", Err: readOnly, Code: 1},
	}, nil, ".")
}
