//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The command is the process that was started: nothing of hatstand stands between it and its caller.
func TestExecLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 1)
	h.storeSeeds()
	p := h.hat("exec", "p0", "--", "sh", "-c", `echo $$ $PPID; ps -o pid= --ppid $$ | wc -l`)
	p.start()
	p.wait()
	want := fmt.Sprintf("%d %d\n2\n", p.cmd.Process.Pid, os.Getpid()) // ps and wc
	if got := p.out.String(); p.exitCode() != 0 || got != want {
		t.Errorf("exit code %d, stdout %q, want %q, stderr %q", p.exitCode(), got, want, p.errs.String())
	}
	h.left()
}

// BenchmarkExec compares what exec adds to a command with a warm credential-process: over 1 is more than that.
func BenchmarkExec(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	w := newBench(b)
	hello := filepath.Join(w.bin, "hello")
	m := medians{}
	for b.Loop() {
		_, alone := w.run(b, nil, "hello")
		_, warm := w.run(b, nil, "hatstand", "credential-process", "prod")
		_, as := w.run(b, nil, "hatstand", "exec", "prod", "--", hello)
		m.add("hello", ms(alone))
		m.add("warm", ms(warm))
		m.add("exec", ms(as))
	}
	b.ReportMetric(0, "ns/op")
	for _, name := range []string{"hello", "warm", "exec"} {
		b.ReportMetric(m.of(name), name+"-ms")
	}
	b.ReportMetric((m.of("exec")-m.of("hello"))/m.of("warm"), "added/warm")
}
