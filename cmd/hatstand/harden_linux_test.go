package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Secrets in memory must not reach a core dump: both programs say so before they read anything.
func TestMemoryIsNotDumped(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		missingPart(t, "strace")
	}
	if out, err := exec.Command(strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not watch other programs here: %v: %s", err, out)
	}
	for _, args := range [][]string{
		{build(t, "hatstand", "."), "credential-process", "nobody"},
		{build(t, "hatstand-credential-process", "../hatstand-credential-process"), "nobody"},
	} {
		trace := filepath.Join(t.TempDir(), "trace")
		cmd := exec.Command(strace, slices.Concat([]string{"-f", "-o", trace, "-e", "trace=prctl,openat"}, args)...)
		cmd.Env = scrubbed(t.TempDir())
		_ = cmd.Run() // there is no such profile
		b, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		before, after, found := strings.Cut(string(b), "PR_SET_DUMPABLE, SUID_DUMP_DISABLE")
		if !found || strings.Contains(before, ".aws/config") || !strings.Contains(after, ".aws/config") {
			t.Errorf("%s: the trace is\n%s", args[0], b)
		}
	}
}
