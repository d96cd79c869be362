package child

import (
	"os"
	"syscall"
)

// Ctrl-C reaches the commands from the console itself.
func apart() *syscall.SysProcAttr { return nil }

func signalAll(p *os.Process, sig os.Signal) {
	if sig == os.Kill {
		_ = p.Kill()
	}
}

func endOf(s *os.ProcessState) End { return End{Code: s.ExitCode()} }
