//go:build unix

package child

import "syscall"

// Run replaces this process by the command; it returns only if that fails, with a *StartError. Signals,
// the terminal and the exit code are then the command's own. path is what [Find] gave; args holds the command's
// name too.
func Run(path string, args, env []string) error {
	return startError(args[0], syscall.Exec(path, args, env))
}
