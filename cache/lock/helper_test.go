package lock

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// The test program plays other processes too: with childRole set it runs that role instead of tests.
const childRole = "HATSTAND_LOCK_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childRole) == "" {
		os.Exit(m.Run())
	}
	if err := childHold(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child prepares another process in that role.
func child(ctx context.Context, t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, append([]string{role}, args...)...)
	// The race detector would hold each process for a second at its end.
	cmd.Env = append(os.Environ(), childRole+"="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}
