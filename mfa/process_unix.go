//go:build unix

package mfa

import (
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Foreground is the process group of a program: its own, so that it can be killed as a whole. In the
// background such a group would be stopped by the kernel as soon as it read the terminal, so it is put
// in the foreground where this process is.
type Foreground struct {
	tty   *TTY // nil: there is none, or this process is in the background itself
	modes *unix.Termios
}

func NewForeground(cmd *exec.Cmd) *Foreground {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	tty, err := OpenTTY()
	if err != nil {
		return &Foreground{}
	}
	modes, err := unix.IoctlGetTermios(tty.fd, getTermios)
	if err != nil {
		tty.Close()
		return &Foreground{}
	}
	// A stopped program would keep the terminal from the shell: nobody waits for its stopping.
	unstoppable := *modes
	unstoppable.Cc[unix.VSUSP] = disabled
	_ = unix.IoctlSetTermios(tty.fd, setTermios, &unstoppable)
	cmd.SysProcAttr.Foreground, cmd.SysProcAttr.Ctty = true, tty.fd
	return &Foreground{tty: tty, modes: modes}
}

// Started is called when the program runs. From here on this process is in the background, and would be stopped by
// taking the foreground back, or (stty tostop) by writing. It ignores that signal (SIGTTOU) from now on, and not
// earlier: programs inherit what is ignored. Package child undoes that for its commands.
func (g *Foreground) Started() {
	if g.tty != nil {
		signal.Ignore(syscall.SIGTTOU)
	}
}

// Release takes the foreground back. A program that was killed may have left echo off.
func (g *Foreground) Release(clean bool) {
	if g.tty == nil {
		return
	}
	g.Started() // a program that could not be started may have got as far as the foreground
	_ = unix.IoctlSetPointerInt(g.tty.fd, unix.TIOCSPGRP, unix.Getpgrp())
	modes := g.modes
	if now, err := unix.IoctlGetTermios(g.tty.fd, getTermios); clean && err == nil {
		modes = now // what it has set is meant to be so
		modes.Cc[unix.VSUSP] = g.modes.Cc[unix.VSUSP]
	}
	_ = unix.IoctlSetTermios(g.tty.fd, setTermios, modes)
}

func (g *Foreground) Close() {
	if g.tty != nil {
		g.tty.Close()
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

// Terminal reports whether the program has a terminal to ask on.
func (g *Foreground) Terminal() bool { return g.tty != nil }
