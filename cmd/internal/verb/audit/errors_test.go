package audit

import (
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "something was found, and --fail is given", Err: &foundError{"2 findings"}, Code: 1},
	}, nil, ".")
}
