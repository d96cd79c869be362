//go:build unix

package child

import (
	"os"
	"syscall"
)

// apart gives a command a session, and so a process group, of its own: a signal reaches all that it
// starts, and a prompt on the terminal fails at once; as a background job of this terminal it would be
// stopped there for ever.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func signalAll(p *os.Process, sig os.Signal) {
	if s, ok := sig.(syscall.Signal); ok {
		_ = syscall.Kill(-p.Pid, s)
	}
}

func endOf(s *os.ProcessState) End {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return End{Code: 128 + int(w.Signal()), Signal: int(w.Signal())}
	}
	return End{Code: s.ExitCode()}
}
