package mfa

import "os/exec"

// inGroup kills the program alone: Windows has no process groups that could be killed as a whole.
func inGroup(cmd *exec.Cmd) (release func(clean bool)) { return func(bool) {} }

// interrupted tells whether the program ended by Ctrl-C (STATUS_CONTROL_C_EXIT).
func interrupted(exit *exec.ExitError) bool { return uint32(exit.ExitCode()) == 0xc000013a }
