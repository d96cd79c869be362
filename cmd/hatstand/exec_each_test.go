//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// files waits until there are n files that match a pattern.
func (h *herd) files(pattern string, n int) {
	h.tb.Helper()
	for end := time.Now().Add(patient); ; time.Sleep(5 * time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(h.dir, pattern)); len(found) == n {
			return
		} else if time.Now().After(end) {
			h.tb.Fatalf("%d of %d files %s", len(found), n, pattern)
		}
	}
}

// What is typed at the terminal reaches all that runs, and what they started, and nobody else. What it ended is not
// told of as done.
func TestCtrlCReachesAll(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	// Each command starts another, which tells that it lives by its file; dash says what ended that one.
	const script = `
cd "$0"
test $HATSTAND_PROFILE != p0 || { : >done; exit; }
trap 'echo bye; exit 9' INT TERM HUP
sh -c 'trap "rm lives.$HATSTAND_PROFILE; exit" INT TERM HUP; : >lives.$HATSTAND_PROFILE; while :; do sleep 0.05; done'`
	for _, row := range []struct {
		name string
		end  func(*realRun)
	}{
		{"Ctrl-C", func(p *realRun) { p.presses("\x03") }},
		{"a polite kill", func(p *realRun) { _ = p.cmd.Process.Signal(syscall.SIGTERM) }},
		{"a closed window", func(p *realRun) { _ = p.cmd.Process.Signal(syscall.SIGHUP) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHerd(t, bin, 5)
			h.storeSeeds()
			p := h.hat("exec", "--each", "p*", "-j", "3", "--", "sh", "-c", script, h.dir)
			p.onTerminal()
			p.start()
			h.files("done", 1)
			h.files("lives.*", 3)
			row.end(p)
			p.wait()
			h.files("lives.*", 0)
			if p.exitCode() != 130 || !strings.HasSuffix(p.errs.String(), "hatstand: interrupted after 1 of 5\n") || strings.Contains(p.errs.String(), "p4") || strings.Count(p.out.String(), " | bye\n") != 3 {
				t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
			}
			h.left()
		})
	}
}

// What does not heed a first Ctrl-C ends at a second.
func TestASecondCtrlCEndsAllForGood(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 2)
	h.storeSeeds()
	p := h.hat("exec", "--each", "p*", "--", "sh", "-c", `cd "$0"; trap ': >heard.$HATSTAND_PROFILE' INT; : >lives.$HATSTAND_PROFILE; while :; do sleep 0.05; done`, h.dir)
	p.onTerminal()
	p.start()
	h.files("lives.*", 2)
	p.presses("\x03")
	h.files("heard.*", 2)
	p.presses("\x03")
	p.wait()
	if p.exitCode() != 130 || p.out.Len() > 0 {
		t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
}

// Whoever ends hatstand may say so twice (timeout does, and the shell and the system where a window is closed): the
// commands hear it once, and have time to end.
func TestToBeToldTwiceIsNotToBeKilled(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 2)
	h.storeSeeds()
	p := h.hat("exec", "--each", "p*", "--", "sh", "-c", `cd "$0"; trap ': >heard.$HATSTAND_PROFILE' TERM; trap 'echo bye; exit' HUP; : >lives.$HATSTAND_PROFILE; while :; do sleep 0.05; done`, h.dir)
	p.start()
	h.files("lives.*", 2)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	h.files("heard.*", 2)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Process.Signal(syscall.SIGHUP)
	p.wait()
	if p.exitCode() != 130 || p.out.String() != "p0 | bye\np1 | bye\n" && p.out.String() != "p1 | bye\np0 | bye\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
}

// Where stdout takes no more, no command starts any more, those that run end as in a pipeline of their own, and the exit
// code says so.
func TestOutputThatNobodyTakes(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	r, broken, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	r.Close()
	const script = `: >"$0/began.$HATSTAND_PROFILE"; echo hi; echo >"$0/lived.$HATSTAND_PROFILE"`
	for _, row := range []struct {
		name   string
		stdout *os.File
		args   []string
		code   int
		says   string
	}{
		{"a reader that went away", broken, nil, 141, ""},
		{"a reader of JSON that went away", broken, []string{"--json"}, 141, ""},
		{"a full disk", full, nil, 1, "hatstand: error: write /dev/stdout: no space left on device\n"},
		{"a full disk for JSON", full, []string{"--json"}, 1, "hatstand: error: write /dev/stdout: no space left on device\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHerd(t, bin, 3)
			h.storeSeeds()
			p := h.hat(append(append([]string{"exec", "--each", "p*", "-j", "1"}, row.args...), "--", "sh", "-c", script, h.dir)...)
			p.cmd.Stdout = row.stdout
			p.start()
			p.wait()
			h.files("began.*", 1)
			h.files("lived.*", 1)
			if p.exitCode() != row.code || p.errs.String() != row.says {
				t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
			}
		})
	}
}

// One prompt on the terminal, before anything starts; then every command has its own identity, at most -j
// at once, none of them with a terminal.
func TestEachIsAskedForOnce(t *testing.T) {
	t.Parallel()
	const n, jobs = 10, 3
	h := newHerd(t, herdBin(t), n)
	script := `cd "$0"; : >began.$HATSTAND_PROFILE; mkdir slot.$$; ls -d slot.* | wc -l >>most; (: </dev/tty) 2>/dev/null && echo tty; echo $AWS_ACCESS_KEY_ID; sleep 0.1; rmdir slot.$$`
	p := h.hat("exec", "--each-role", "p*", "-j", fmt.Sprint(jobs), "--", "sh", "-c", script, h.dir)
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	h.files("began.*", 0)
	p.types(h.code())
	p.wait()
	if p.exitCode() != 0 || strings.Count(p.screen(), "MFA code") != 1 {
		t.Errorf("exit code %d, screen %q, stderr %q", p.exitCode(), p.screen(), p.errs.String())
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": n})
	issued := h.issued()
	lines := strings.Split(strings.TrimSuffix(p.out.String(), "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("stdout %q", p.out.String())
	}
	for _, line := range lines {
		profile, key, _ := strings.Cut(line, " | ")
		if got := issued[key].Params["RoleArn"]; got != roleOf(profile) {
			t.Errorf("%s has the identity %q", profile, got)
		}
	}
	most, err := os.ReadFile(filepath.Join(h.dir, "most"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(most)) {
		if line > fmt.Sprint(jobs) {
			t.Errorf("%s ran at the same time", line)
		}
	}
	h.left()
}

// Lines have the profile's colour on a terminal, unless NO_COLOR says otherwise.
func TestLinesAreColouredOnATerminal(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 2)
	h.storeSeeds()
	h.write(".aws/config", strings.Replace(h.read(".aws/config"), "[profile p0]", "[profile p0]\ncolor = 12ab34", 1))
	for _, row := range []struct{ name, env, want string }{
		{"a terminal", "TERM=xterm", "\x1b[38;2;18;171;52mp0 | \x1b[0mhi\r\n"},
		{"NO_COLOR", "NO_COLOR=1", "p0 | hi\r\n"},
		{"a terminal that knows no colours", "TERM=dumb", "p0 | hi\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := h.with("TERM=xterm", row.env).hat("exec", "--each", "p0,p1", "-j", "1", "--", "echo", "hi")
			p.onTerminal()
			p.cmd.Stdout = p.slave
			p.start()
			p.wait()
			if got := p.screen(); got != row.want+"p1 | hi\r\n" {
				t.Errorf("the terminal shows %q", got)
			}
		})
	}
}

// BenchmarkEach runs a command for a hundred profiles at an AWS 50 ms away, ten at a time. ideal is the work of
// all, shared by ten, and one chain: two round trips and a command.
func BenchmarkEach(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	const n, jobs, latency = 100, 10, 50 * time.Millisecond
	bin := newBench(b).bin
	m := medians{}
	for b.Loop() {
		h := newHerd(b, filepath.Join(bin, "hatstand"), n)
		h.storeSeeds()
		h.aws.Reset()
		h.aws.Fault(awstest.Fault{Times: -1, Latency: latency})
		hello := startAll(b, h.env, 1, func(int, []byte) {}, func(int) []string { return []string{filepath.Join(bin, "hello")} })
		cmd := exec.Command(filepath.Join(bin, "hatstand"), "exec", "--each", "p*", "-j", fmt.Sprint(jobs), "--", filepath.Join(bin, "hello"))
		cmd.Env = h.with("HATSTAND_LOG=").env
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		each := time.Since(began)
		h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": n})
		one := ms(latency) + ms(hello.took)
		m.add("each", ms(each))
		m.add("ideal", n*one/jobs+ms(latency)+one)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(m.of("each"), "each-ms")
	b.ReportMetric(m.of("ideal"), "ideal-ms")
	b.ReportMetric(m.of("each")/m.of("ideal"), "each/ideal")
}
