package mfa

import "os/exec"

// A Foreground is the program alone: Windows has no process groups that could be killed as a whole.
type Foreground struct{ tty *TTY }

func NewForeground(*exec.Cmd) *Foreground {
	tty, err := OpenTTY()
	if err != nil {
		return &Foreground{}
	}
	return &Foreground{tty: tty}
}

func (g *Foreground) Started() {}

func (g *Foreground) Release(bool) {}

func (g *Foreground) Close() {
	if g.tty != nil {
		g.tty.Close()
	}
}

// interrupted tells whether the program ended by Ctrl-C (STATUS_CONTROL_C_EXIT).
func interrupted(exit *exec.ExitError) bool { return uint32(exit.ExitCode()) == 0xc000013a }

// Terminal reports whether the program has a terminal to ask on.
func (g *Foreground) Terminal() bool { return g.tty != nil }
