//go:build unix

package browser

import (
	"os/exec"
	"syscall"
)

// detach: a session of its own gets no Ctrl-C and no hangup from this one's terminal.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
