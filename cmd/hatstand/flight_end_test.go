//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hatstand/credproc/awstest"
)

func (h *herd) terminate(p *realRun) {
	h.tb.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.tb.Fatal(err)
	}
}

// goesOn is the next of those that wait: it asks, is given a code, and all get theirs for one session.
func (h *herd) goesOn(waiters []*realRun, profiles []string) {
	h.tb.Helper()
	next, _ := h.nextToAsk(waiters)
	next.types(h.code())
	for i, p := range waiters {
		h.gets(p, profiles[i])
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

func flightTerminatedAgain(t *testing.T, h *herd) {
	holder := h.asks("p0")
	profiles := []string{"p1", "p0"}
	waiters := h.waiters(profiles...)
	h.step()
	holder.types(h.wrong()[0])
	holder.seesTimes("MFA code for alice", 2)
	h.terminate(holder)
	h.fails(holder, 130, "hatstand: error: profile \"p0\": cancelled\n")
	h.aws.Reset()
	h.goesOn(waiters, profiles)
}

// flightClosed closes the terminal of one that takes no notice of the signal which comes with that, so that the
// end of the terminal is all that it sees.
func flightClosed(t *testing.T, h *herd) {
	holder := h.run("sh", "-c", `trap '' HUP; exec "$@"`, "sh", h.bin, "credential-process", "p0")
	holder.onTerminal()
	// One that does not block can be closed while it is read.
	fd, err := unix.FcntlInt(holder.master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	holder.master.Close()
	holder.master = os.NewFile(uintptr(fd), "terminal")
	holder.start()
	holder.sees("MFA code for alice")
	profiles := []string{"p1", "p0"}
	waiters := h.waiters(profiles...)
	holder.master.Close()
	h.fails(holder, 130, "hatstand: error: profile \"p0\": cancelled\n")
	h.goesOn(waiters, profiles)
}

// flightNotStarted has exec told to end, at a prompt that it could do without, and when its credentials are on their
// way: no command is started then, whatever it has.
func flightNotStarted(t *testing.T, h *herd) {
	h.do("", h.bin, "credential-process", "long", "--duration", "2h", "--mfa-code", h.before())
	h.age(2*time.Hour - 10*time.Minute)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		p := h.hat("exec", "long", "--duration", "2h", "--", "echo", "started")
		p.onTerminal()
		p.start()
		p.sees("MFA code for alice")
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		h.fails(p, 130, "hatstand: error: profile \"long\": cancelled\n")
	}
	h.do("", h.bin, "logout", "--all")
	h.storeSeeds()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		started := make(chan *os.Process, 1)
		taken := h.during(awstest.Fault{Action: "AssumeRole", After: true}, func() error {
			p := <-started
			if err := p.Signal(sig); err != nil {
				return err
			}
			return delivered(p.Pid, sig)
		})
		p := h.hat("exec", "long", "--duration", "2h", "--no-cache", "--", "echo", "started")
		p.start()
		started <- p.cmd.Process
		h.fails(p, 130, "hatstand: error: profile \"long\": cancelled\n")
		taken()
	}
}

// flightServerEnds has the command of exec --server end while a dialog is open for it. Nobody said no.
func flightServerEnds(t *testing.T, h *herd) {
	h.do("", h.bin, "credential-process", "long", "--duration", "2h", "--mfa-code", h.before())
	h.age(2*time.Hour - 5*time.Minute)
	for _, file := range []string{"bin", "asked"} {
		if err := os.Mkdir(filepath.Join(h.dir, file), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	h.write("zenity", "#!/bin/sh\necho x >"+h.dir+"/asked/it\nexec sleep 3600\n")
	if err := os.Chmod(filepath.Join(h.dir, "zenity"), 0o700); err != nil {
		t.Fatal(err)
	}
	dialogs := h.with("DISPLAY=:77", "HATSTAND_PROMPT=zenity", "PATH="+filepath.Join(h.dir, "bin")+":"+os.Getenv("PATH"))
	p := dialogs.hat("exec", "--server", "long", "--duration", "2h", "--", "sh", "-c", `
		mv "$0/zenity" "$0/bin"
		touch "$0/asked/ready"
		until test -e "$0/asked/late"; do sleep 0.05; done
		curl -s -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI" >"$0/answer"
		until test -e "$0/asked/end"; do sleep 0.05; done`, h.dir)
	p.start()
	h.waitForFile("asked/ready")
	h.clock.forward(5*time.Minute - 30*time.Second) // what has less than a minute left, the endpoint does not serve
	h.write("asked/late", "")
	h.waitForFile("asked/it")
	waiters := h.waiters("p0")
	h.write("asked/end", "")
	p.wait()
	if p.exitCode() != 0 || p.errs.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
	}
	waiters[0].sees("MFA code for alice")
	waiters[0].types(h.code())
	h.gets(waiters[0], "p0")
}

// waitForFile returns when a process has made a file.
func (h *herd) waitForFile(path string) {
	h.tb.Helper()
	for end := time.Now().Add(patient); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(h.dir, path)); err == nil {
			return
		}
		if time.Now().After(end) {
			h.tb.Fatalf("nobody made %s: %s", path, h.read("log"))
		}
	}
}

// pause stops a process until unpause; its deadlines go on.
func (h *herd) pause(p *realRun) { h.kills(p, syscall.SIGSTOP) }

func (h *herd) unpause(p *realRun) { h.kills(p, syscall.SIGCONT) }

func (h *herd) kills(p *realRun, sig syscall.Signal) {
	h.tb.Helper()
	if err := syscall.Kill(p.cmd.Process.Pid, sig); err != nil {
		h.tb.Fatal(err)
	}
}

// delivered waits until a process has taken a signal, which is not pending then any more.
func delivered(pid int, sig syscall.Signal) error {
	pending := regexp.MustCompile(`(?m)^(?:SigPnd|ShdPnd):\s*([0-9a-f]{16})$`)
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return nil // it is gone
		}
		var all uint64
		for _, m := range pending.FindAllStringSubmatch(string(status), -1) {
			n, _ := strconv.ParseUint(m[1], 16, 64)
			all |= n
		}
		if all&(1<<(sig-1)) == 0 {
			return nil
		}
	}
	return fmt.Errorf("process %d takes no %v", pid, sig)
}
