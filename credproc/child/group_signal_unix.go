//go:build unix

package child

import (
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A groupSignalProbe is an idle process in this process group. It shows whether a signal was sent to the whole group
// (by the terminal, or kill -- -PGID), which ends the probe too, or to this process alone. There is no other way to
// know: Go does not give a signal's sender, and a sender may signal one process or the group. The kernel signals the
// newest process of a group first, and all of them before it releases the group, so that the probe no longer answers
// once this process has received the signal. A probe that a signal ended is replaced by a new one.
type groupSignalProbe struct {
	path    []string
	process *os.Process // nil: there is none
	in, out *os.File
	dead    chan syscall.WaitStatus // gets one
	// ended says when a signal ended a probe, for signals that this process has yet to receive.
	ended map[syscall.Signal]time.Time
}

// The probe is cat: it answers with what it reads, and ends when this process does. It writes no core file, and Ctrl-Z
// does not stop it.
const probeScript = `ulimit -c 0; trap "" TSTP TTIN TTOU; exec cat`

// probeLimit is how long an answer may take, and how long before this process a probe may have received the same
// signal: a busy machine needs more than a second. A signal that ended a probe earlier is not the one received now.
const probeLimit = 10 * time.Second

// newGroupSignalProbe starts a probe. From the command's environment it gets only PATH.
func newGroupSignalProbe(env []string) *groupSignalProbe {
	p := &groupSignalProbe{ended: map[syscall.Signal]time.Time{}}
	p.path = slices.DeleteFunc(slices.Clone(env), func(kv string) bool { return !strings.HasPrefix(kv, "PATH=") })
	p.start()
	return p
}

// start starts the process. Without a shell there is no probe.
func (p *groupSignalProbe) start() {
	theirs, in, err := os.Pipe()
	if err != nil {
		return
	}
	defer theirs.Close()
	out, answer, err := os.Pipe()
	if err != nil {
		in.Close()
		return
	}
	defer answer.Close()
	process, err := os.StartProcess("/bin/sh", []string{"sh", "-c", probeScript}, &os.ProcAttr{
		Dir: "/", Env: p.path, Files: []*os.File{theirs, answer},
	})
	if err != nil {
		in.Close()
		out.Close()
		return
	}
	dead := make(chan syscall.WaitStatus, 1)
	go func() {
		var status syscall.WaitStatus
		if state, err := process.Wait(); err == nil {
			status = state.Sys().(syscall.WaitStatus)
		}
		dead <- status
	}()
	p.process, p.in, p.out, p.dead = process, in, out, dead
}

// gotSignal reports whether a signal that this process received, and that [ends] a probe, was sent to the whole
// group; known is false if there was no probe to show it.
func (p *groupSignalProbe) gotSignal(s syscall.Signal) (saw, known bool) {
	alive := p.process != nil && p.answers()
	if p.process != nil && !alive {
		_ = p.process.Kill() // if it has ended already, its status does not change
		p.reap(<-p.dead)
	}
	at, ok := p.ended[s]
	delete(p.ended, s)
	saw = ok && time.Since(at) < probeLimit
	return saw, saw || alive
}

// answers reports whether the probe is alive.
func (p *groupSignalProbe) answers() bool {
	_ = p.out.SetReadDeadline(time.Now().Add(probeLimit))
	_, err := p.in.Write([]byte{'?'})
	if err == nil {
		_, err = io.ReadFull(p.out, make([]byte, 1))
	}
	return err == nil
}

// reap records that the probe's process has ended. It starts a new one only if a signal ended it that is sent to
// groups: after any other end, the new one would most likely end in the same way.
func (p *groupSignalProbe) reap(status syscall.WaitStatus) {
	p.in.Close()
	p.out.Close()
	p.process, p.dead = nil, nil
	if status.Signaled() && ends(status.Signal()) {
		p.ended[status.Signal()] = time.Now()
		p.start()
	}
}

// stop ends the probe.
func (p *groupSignalProbe) stop() {
	if p.process != nil {
		_ = p.process.Kill()
		<-p.dead
	}
}

// ends reports whether the signal is one of those that end a probe, and that people and programs send to groups.
func ends(s syscall.Signal) bool {
	switch s {
	case syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM:
		return true
	}
	return false
}
