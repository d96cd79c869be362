//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// TestDemoLeavesNothing ends the demo at its prompt in the ways that a user ends a program; SIGHUP is
// the terminal's window being closed.
func TestDemoLeavesNothing(t *testing.T) {
	w := newRealWorld(t, build(t, "hatstand", "."))
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			temp := t.TempDir()
			p := w.run(w.bin, "demo")
			p.cmd.Env = append(p.cmd.Env[:len(p.cmd.Env):len(p.cmd.Env)], "TMPDIR="+temp)
			p.cmd.WaitDelay = time.Minute // what it started holds its stdout too
			p.onTerminal()
			p.start()
			p.sees("MFA code for alice")
			if left, err := os.ReadDir(temp); err != nil || len(left) != 1 {
				t.Fatalf("the demo's home is not where it is looked for: %v, %v", left, err)
			}
			if err := p.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			p.wait()
			if p.exitCode() != 130 {
				t.Errorf("exit code %d, want 130: %s", p.exitCode(), p.errs.String())
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
