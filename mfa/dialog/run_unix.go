//go:build unix

package dialog

import (
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// apart runs cmd in a session of its own, so that it has no terminal to be stopped by, and Ctrl-C there
// is this process's, which then closes the window.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	dieWithParent(cmd)
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
}

// askToEndFirst asks cmd to end when the context does, before its process group is killed: cmd draws on the terminal,
// and has to restore it.
func askToEndFirst(cmd *exec.Cmd) {
	dieWithParent(cmd)
	cmd.Cancel = func() error {
		group := -cmd.Process.Pid
		if err := unix.Kill(group, unix.SIGTERM); err != nil {
			return os.ErrProcessDone
		}
		for end := time.Now().Add(polite); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if unix.Kill(group, 0) != nil {
				return nil
			}
		}
		_ = unix.Kill(group, unix.SIGKILL)
		return nil
	}
}
