package keys

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a migration that a person stopped", Err: &stoppedMigrationError{to: "pass", inUse: "file", other: "pass"}, Code: 130},
	}, nil, ".")
}
