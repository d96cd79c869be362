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

// A groupSignalProbe is a process of this group that does nothing. What is sent to the whole group, by a terminal or
// kill -- -PGID, ends it; what is sent to this process alone does not. Nothing else tells the two apart: Go's signals
// have no sender, and a sender may mean one process or the group. The kernel signals the newest process of a group
// first, and all of them before it lets go of the group, so that the probe cannot answer any more once this
// process has been told. A probe that has ended is followed by another.
type groupSignalProbe struct {
	path    []string
	process *os.Process // nil: there is none
	in, out *os.File
	dead    chan syscall.WaitStatus // gets one
	// ended is when probes ended, by signals that this process has yet to hear of.
	ended map[syscall.Signal]time.Time
}

// The probe is a cat: it answers what it is asked, and ends when this process does. It leaves no core, and goes on
// where Ctrl-Z stops nobody else.
const probeScript = `ulimit -c 0; trap "" TSTP TTIN TTOU; exec cat`

// probeLimit is how long an answer may take, and how long before this process a probe may have been
// signalled: a busy machine needs more than a second. What ended a probe earlier was not meant for this process.
const probeLimit = 10 * time.Second

// newGroupSignalProbe starts one. Of the command's environment it gets PATH.
func newGroupSignalProbe(env []string) *groupSignalProbe {
	p := &groupSignalProbe{ended: map[syscall.Signal]time.Time{}}
	p.path = slices.DeleteFunc(slices.Clone(env), func(kv string) bool { return !strings.HasPrefix(kv, "PATH=") })
	p.start()
	return p
}

// start starts its process. There is none where there is no shell.
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

// gotSignal reports whether a signal that this process got, and that [ends] a probe, was sent to the whole
// group; known is false where that cannot be told.
func (p *groupSignalProbe) gotSignal(s syscall.Signal) (saw, known bool) {
	alive := p.process != nil && p.answers()
	if p.process != nil && !alive {
		_ = p.process.Kill() // the cause of what has ended stays what it was
		p.reap(<-p.dead)
	}
	at, ok := p.ended[s]
	delete(p.ended, s)
	saw = ok && time.Since(at) < probeLimit
	return saw, saw || alive
}

func (p *groupSignalProbe) answers() bool {
	_ = p.out.SetReadDeadline(time.Now().Add(probeLimit))
	_, err := p.in.Write([]byte{'?'})
	if err == nil {
		_, err = io.ReadFull(p.out, make([]byte, 1))
	}
	return err == nil
}

// reap takes note of the end of the probe's process. None follows one that no signal of a group has ended: the next
// would end as well.
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
