package browser

import (
	"os/exec"
	"syscall"
)

// detachedProcess is CreateProcess' DETACHED_PROCESS: without this process's console, and so without its
// Ctrl-C.
const detachedProcess = 0x00000008

func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP}
}
