package dialog

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// apart keeps a console window from opening beside the dialog's own.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}

func askToEndFirst(cmd *exec.Cmd) { apart(cmd) }
