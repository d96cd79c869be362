//go:build unix

package mfa

import (
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// inGroup has cmd run in a process group of its own, which is killed as a whole. In the background such
// a group would be stopped by the kernel as soon as it read the terminal, so it is
// put in the foreground where this process is; release takes the foreground back, and turns echo on
// again after a program that was killed while it had it off.
func inGroup(cmd *exec.Cmd) (release func(clean bool)) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	tty, err := OpenTTY()
	if err != nil {
		return func(bool) {}
	}
	modes, err := unix.IoctlGetTermios(tty.fd, getTermios)
	if err != nil {
		tty.Close()
		return func(bool) {}
	}
	cmd.SysProcAttr.Foreground, cmd.SysProcAttr.Ctty = true, tty.fd
	return func(clean bool) {
		defer tty.Close()
		// Taking the foreground from the background stops a process that does not ignore this signal.
		// It is ignored only now, since programs inherit what is ignored.
		if !signal.Ignored(syscall.SIGTTOU) {
			signal.Ignore(syscall.SIGTTOU)
			defer signal.Reset(syscall.SIGTTOU)
		}
		_ = unix.IoctlSetPointerInt(tty.fd, unix.TIOCSPGRP, unix.Getpgrp())
		if !clean {
			_ = unix.IoctlSetTermios(tty.fd, setTermios, modes)
		}
	}
}

// interrupted tells whether the program ended by Ctrl-C, in its own words or a shell's.
func interrupted(exit *exec.ExitError) bool {
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return status.Signal() == syscall.SIGINT
	}
	return exit.ExitCode() == 130
}
