package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Secrets in memory must not reach a core dump: the process says so before it reads anything.
func TestMemoryIsNotDumped(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		missingPart(t, "strace")
	}
	if out, err := exec.Command(strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not watch other programs here: %v: %s", err, out)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-o", trace, "-e", "trace=prctl,openat", build(t, "hatstand", "."), "credential-process", "nobody")
	cmd.Env = scrubbed(t.TempDir())
	_ = cmd.Run() // there is no such profile
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(b), "PR_SET_DUMPABLE, SUID_DUMP_DISABLE")
	if !found || strings.Contains(before, ".aws/config") || !strings.Contains(after, ".aws/config") {
		t.Errorf("the trace is\n%s", b)
	}
}
