package loopback

import (
	"errors"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	taken := &PortError{Port: 9911, Process: "process 7 (nginx)", Err: errors.New("address already in use")}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a port that is taken", Err: taken, Code: 1},
		{Name: "no port at all", Err: &PortError{Err: errors.New("cannot assign requested address")}, Code: 1},
	}, nil, ".")
}
