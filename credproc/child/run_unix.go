//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// Run replaces this process by the command; it returns only if that fails, with a *StartError. Signals,
// the terminal and the exit code are then the command's own.
func Run(args, env []string) error {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return startError(args[0], err)
	}
	return startError(args[0], syscall.Exec(path, args, env))
}
