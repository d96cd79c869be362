package mfa

import "os/exec"

// A group is the program alone: Windows has no process groups that could be killed as a whole.
type group struct{ tty *TTY }

func newGroup(*exec.Cmd) *group {
	tty, err := OpenTTY()
	if err != nil {
		return &group{}
	}
	return &group{tty: tty}
}

func (g *group) started() {}

func (g *group) release(bool) {}

func (g *group) close() {
	if g.tty != nil {
		g.tty.Close()
	}
}

// interrupted tells whether the program ended by Ctrl-C (STATUS_CONTROL_C_EXIT).
func interrupted(exit *exec.ExitError) bool { return uint32(exit.ExitCode()) == 0xc000013a }
