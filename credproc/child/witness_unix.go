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

// A witness is a process of this group that does nothing. What is sent to the whole group, by a terminal or
// kill -- -PGID, ends it; what is sent to this process alone does not. Nothing else tells the two apart: Go's signals
// have no sender, and a sender may mean one process or the group. The kernel signals the newest process of a group
// first, and all of them before it lets go of the group, so that the witness cannot answer any more once this
// process has been told. A witness that has ended is followed by another.
type witness struct {
	path       []string
	process    *os.Process // nil: there is none
	say, hears *os.File
	dead       chan syscall.WaitStatus // gets one
	// ended is when witnesses ended, by signals that this process has yet to hear of.
	ended map[syscall.Signal]time.Time
}

// The witness is a cat: it answers what it is asked, and ends when this process does. It leaves no core, and goes on
// where Ctrl-Z stops nobody else.
const witnessScript = `ulimit -c 0; trap "" TSTP TTIN TTOU; exec cat`

// witnessLimit is how long an answer may take, and how long before this process a witness may have been
// signalled: a busy machine needs more than a second. What ended a witness earlier was not meant for this process.
const witnessLimit = 10 * time.Second

// newWitness starts one. Of the command's environment it gets PATH.
func newWitness(env []string) *witness {
	w := &witness{ended: map[syscall.Signal]time.Time{}}
	w.path = slices.DeleteFunc(slices.Clone(env), func(kv string) bool { return !strings.HasPrefix(kv, "PATH=") })
	w.call()
	return w
}

// call leaves none where there is no shell.
func (w *witness) call() {
	theirs, say, err := os.Pipe()
	if err != nil {
		return
	}
	defer theirs.Close()
	hears, answer, err := os.Pipe()
	if err != nil {
		say.Close()
		return
	}
	defer answer.Close()
	p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", witnessScript}, &os.ProcAttr{
		Dir: "/", Env: w.path, Files: []*os.File{theirs, answer},
	})
	if err != nil {
		say.Close()
		hears.Close()
		return
	}
	dead := make(chan syscall.WaitStatus, 1)
	go func() {
		var status syscall.WaitStatus
		if state, err := p.Wait(); err == nil {
			status = state.Sys().(syscall.WaitStatus)
		}
		dead <- status
	}()
	w.process, w.say, w.hears, w.dead = p, say, hears, dead
}

// sawIt reports whether the signal, which this process has got and which [ends] a witness, was sent to the whole
// group; known is false where that cannot be told.
func (w *witness) sawIt(s syscall.Signal) (saw, known bool) {
	alive := w.process != nil && w.answers()
	if w.process != nil && !alive {
		_ = w.process.Kill() // the cause of what has ended stays what it was
		w.bury(<-w.dead)
	}
	at, ok := w.ended[s]
	delete(w.ended, s)
	saw = ok && time.Since(at) < witnessLimit
	return saw, saw || alive
}

func (w *witness) answers() bool {
	_ = w.hears.SetReadDeadline(time.Now().Add(witnessLimit))
	_, err := w.say.Write([]byte{'?'})
	if err == nil {
		_, err = io.ReadFull(w.hears, make([]byte, 1))
	}
	return err == nil
}

// bury is for a witness whose end has been heard of. None follows one that no signal of a group has ended: the next
// would fare no better.
func (w *witness) bury(status syscall.WaitStatus) {
	w.say.Close()
	w.hears.Close()
	w.process, w.dead = nil, nil
	if status.Signaled() && ends(status.Signal()) {
		w.ended[status.Signal()] = time.Now()
		w.call()
	}
}

// dismiss is for the end.
func (w *witness) dismiss() {
	if w.process != nil {
		_ = w.process.Kill()
		<-w.dead
	}
}

// ends reports whether the signal is one of those that end a witness, and that people and programs send to groups.
func ends(s syscall.Signal) bool {
	switch s {
	case syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM:
		return true
	}
	return false
}
