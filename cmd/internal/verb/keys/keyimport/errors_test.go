package keyimport

import (
	"io/fs"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	still := &stillInFileError{path: "~/.aws/credentials", keys: "the keys of profile me", err: fs.ErrPermission}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{{Name: "keys that are still in the file", Err: still, Code: 1}}, nil, ".")
}
