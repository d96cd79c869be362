//go:build unix

package child_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/child"
)

// away is a reader who takes nothing for a while, as a pager, and keeps no more than the beginning.
type away struct {
	bytes.Buffer
	back <-chan time.Time
}

func (a *away) Write(b []byte) (int, error) {
	if a.back != nil {
		<-a.back
		a.back = nil
	}
	if a.Len() > 1<<20 {
		return len(b), nil
	}
	return a.Buffer.Write(b)
}

func sh(t *testing.T, c *child.Group, script string, out *away) (child.End, error) {
	t.Helper()
	path, err := child.Find("sh")
	if err != nil {
		t.Skip(err)
	}
	var errs bytes.Buffer
	end, err := c.Run(path, []string{"sh", "-c", script}, os.Environ(), out, &errs)
	if errs.Len() > 0 {
		t.Errorf("stderr %q", errs.String())
	}
	return end, err
}

// What a command has printed is its output, however long after its end it is read: a pipe holds 64 KiB of it.
func TestASlowReaderLosesNothing(t *testing.T) {
	t.Parallel()
	out := &away{back: time.After(3 * time.Second)} // longer than anybody waits for what a command left running
	end, err := sh(t, new(child.Group), "i=0; while [ $i -lt 1500 ]; do printf '%050d\n' $i; i=$((i+1)); done", out)
	if end != (child.End{}) || err != nil || out.Len() != 1500*51 {
		t.Errorf("end %v, error %v, %d bytes of %d", end, err, out.Len(), 1500*51)
	}
}

// What a command leaves running holds nobody up, whether it prints or not.
func TestWhatACommandLeavesRunningIsNotWaitedFor(t *testing.T) {
	for _, row := range []struct{ name, script string }{
		{"silent", "sleep 60 & echo $!"},
		{"talking", "while :; do echo more; sleep 0.1; done & echo $!"},
		{"flooding", "yes & echo $!"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			out := &away{}
			end, err := sh(t, new(child.Group), row.script+"; exit 3", out)
			if end.Code != 3 || err != nil || out.Len() == 0 {
				t.Errorf("end %v, error %v, %d bytes", end, err, out.Len())
			}
			for _, line := range strings.Fields(out.String()) {
				if pid := number(line); pid > 0 {
					_ = syscall.Kill(pid, syscall.SIGKILL)
					break
				}
			}
		})
	}
}

func number(s string) (n int) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// A command that would start after the others were told to end never hears of it: it does not start.
func TestNothingStartsAfterASignal(t *testing.T) {
	var c child.Group
	c.Signal(syscall.SIGTERM)
	began := filepath.Join(t.TempDir(), "began")
	_, err := sh(t, &c, ": >'"+began+"'", &away{})
	if _, missing := os.Stat(began); !errors.Is(err, child.ErrSignalled) || missing == nil {
		t.Errorf("error %v, the file: %v", err, missing)
	}
}
