package dialog

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill cmd when this process is killed: a window that nobody
// waits for any more would ask for a code that goes nowhere.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }
