//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
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

func flightTerminatedUnlocking(t *testing.T, h *herd) {
	h.do("", h.bin, "lock")
	locked := h.with("HATSTAND_FILE_PASSPHRASE=")
	lists := func() *realRun {
		p := locked.hat("keys", "list")
		p.onTerminal()
		p.start()
		return p
	}
	const asks = "Passphrase of the hatstand keyring: "
	holder := lists()
	holder.sees(asks)
	waiters := []*realRun{lists(), lists()}
	h.waitFor(len(waiters))
	h.terminate(holder)
	h.fails(holder, 130, fmt.Sprintf("hatstand: error: keyring file: no passphrase for %s: the passphrase prompt was declined: cancelled\n",
		filepath.Join(h.dir, ".local/share/hatstand/keyring")))
	next, _ := h.nextToShow(asks, waiters)
	next.types(herdPassphrase)
	for _, p := range waiters {
		p.wait()
		if p.exitCode() != 0 || !strings.HasPrefix(p.out.String(), "PROFILE") || p.errs.Len() > 0 {
			t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
		}
	}
}
