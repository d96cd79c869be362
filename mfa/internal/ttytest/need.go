// Package ttytest gives tests a program on a pseudo-terminal of its own, which they see and type on. Nothing of it is
// linked into a program.
package ttytest

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// Patience is how long a test waits for what must come; it is no measure of anything.
const Patience = 30 * time.Second

// Need is the path of a program that a test needs. Without it the test is skipped, or fails where every part is
// required.
func Need(t testing.TB, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed: apt-get install %s", program, pkg)
	}
	t.Skipf("%s is not installed: apt-get install %s", program, pkg)
	return ""
}
