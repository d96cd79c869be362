//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unlocking is what the prompt for the file keyring's passphrase says.
const unlocking = "Passphrase of the hatstand keyring: "

// locks forgets the passphrase. Processes of what it returns must ask for it.
func (h *herd) lock(env ...string) *herd {
	h.tb.Helper()
	h.do("", h.bin, "lock")
	return h.with(append([]string{"HATSTAND_FILE_PASSPHRASE="}, env...)...)
}

// folder is the file keyring's.
func (h *herd) folder() string { return filepath.Join(h.dir, ".local/share/hatstand/keyring") }

// lists starts a process that needs the passphrase and nothing else.
func (h *herd) lists(terminal bool) *realRun {
	h.tb.Helper()
	p := h.hat("keys", "list")
	if terminal {
		p.onTerminal()
	}
	p.start()
	return p
}

// listed holds a process of lists to its success.
func (h *herd) listed(p *realRun) {
	h.tb.Helper()
	p.wait()
	if p.exitCode() != 0 || !strings.HasPrefix(p.out.String(), "PROFILE") || p.errs.Len() > 0 {
		h.tb.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
}

func flightTerminatedUnlocking(t *testing.T, h *herd) {
	locked := h.lock()
	holder := locked.lists(true)
	holder.sees(unlocking)
	waiters := []*realRun{locked.lists(true), locked.lists(true)}
	h.waitFor(len(waiters))
	h.terminate(holder)
	h.fails(holder, 130, fmt.Sprintf("hatstand: error: keyring file: no passphrase for %s: the passphrase prompt was declined: cancelled\n", h.folder()))
	next, _ := h.nextToShow(unlocking, waiters)
	next.types(herdPassphrase)
	for _, p := range waiters {
		h.listed(p)
	}
}

func flightHandedOverUnlocking(_ *testing.T, h *herd) {
	locked := h.lock()
	none := locked.with("HATSTAND_PROMPT=none")
	holder := locked.lists(true)
	holder.sees(unlocking)
	all := []*realRun{locked.lists(false), none.lists(false), locked.lists(false), none.lists(true)}
	h.waitFor(len(all))
	asks := locked.lists(true)
	h.waitFor(len(all) + 1)
	h.kill(holder)
	asks.sees(unlocking)
	h.waitFor(len(all))
	asks.types(herdPassphrase)
	for _, p := range append(all, asks) {
		h.listed(p)
	}
}

// flightStoppedUnlocking stops the one that asks: a person is told, and none waits for ever.
func flightStoppedUnlocking(t *testing.T, h *herd) {
	h.storeSeeds()
	h.do("", h.bin, "credential-process", "p0")
	locked := h.lock("HATSTAND_PROMPT_TIMEOUT=12s")
	holder := locked.lists(true)
	holder.sees(unlocking)
	pid := holder.cmd.Process.Pid
	h.pause(holder)
	exec, process := locked.hat("exec", "p0", "--", "true"), locked.wears("p0")
	exec.onTerminal()
	exec.start()
	process.start()
	exec.sees(fmt.Sprintf("hatstand: waiting for another hatstand (process %d), which is asking for the keyring's passphrase\r\n", pid))
	says := fmt.Sprintf("hatstand: error: keyring file: no passphrase for %s: another hatstand (process %d, for the keyring's passphrase) is busy with this: context deadline exceeded\n"+
		"hatstand: hint: answer its prompt; if it hangs, end it: kill -9 %d\n", h.folder(), pid, pid)
	h.fails(exec, 3, says)
	h.fails(process, 3, says)
	h.unpause(holder)
	holder.types(herdPassphrase)
	h.listed(holder)
}

// flightUnanswered has nobody answer for the passphrase: of those that wait none asks the same person again, nor
// does one that needs it twice.
func flightUnanswered(_ *testing.T, h *herd) {
	h.storeSeeds()
	h.do("", h.bin, "credential-process", "p0")
	locked := h.lock()
	holder := locked.with("HATSTAND_PROMPT_TIMEOUT=8s").hat("exec", "p0", "--", "true")
	holder.onTerminal()
	holder.start()
	holder.sees(unlocking)
	h.pause(holder) // its time passes, but it gives up when the other one waits
	login := locked.hat("login", "p0", "q0")
	login.onTerminal()
	login.start()
	h.waitFor(1)
	h.unpause(holder)
	no := fmt.Sprintf("hatstand: error: keyring file: no passphrase for %s: the passphrase prompt was declined: ", h.folder())
	h.fails(holder, 3, no+"no answer in time: waited for an answer on the terminal\n")
	refused := no + "another hatstand (for the keyring's passphrase) was asking for this, and the passphrase was not given\n"
	h.fails(login, 5, refused+refused+"hatstand: error: 0 of 2 profiles are signed in\n")
	if strings.Contains(login.screen(), unlocking) {
		h.tb.Errorf("it asked: %q", login.screen())
	}
}

// flightUnkept has a keyring that is first needed when the code is spent, and nobody who unlocks it then: what the
// code gave is served all the same, while whoever asked for it is still there.
func flightUnkept(t *testing.T, h *herd) {
	zoe := h.aws.AddUser(home, "zoe")
	device, key := zoe.AddMFA("zoe"), zoe.AddKey()
	h.write(".aws/credentials", "[me]\naws_access_key_id = "+key.ID+"\naws_secret_access_key = "+key.Secret+"\n")
	h.write(".aws/config", strings.ReplaceAll(h.read(".aws/config"), h.alice.Serial, device.Serial))
	if err := os.Remove(filepath.Join(h.folder(), "keys~me.item")); err != nil {
		t.Fatal(err)
	}
	p := h.lock("HATSTAND_PROMPT_TIMEOUT=15s").wears("p0")
	p.onTerminal()
	p.start()
	p.sees("MFA code for zoe")
	p.types(h.shown(device))
	p.sees(unlocking)
	h.gets(p, "p0")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
	if n := strings.Count(p.screen(), unlocking); n != 1 {
		t.Errorf("asked for the passphrase %d times: %q", n, p.screen())
	}
}
