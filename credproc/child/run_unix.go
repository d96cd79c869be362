//go:build unix

package child

import (
	"os"
	"os/signal"
	"syscall"
)

// Run replaces this process by the command; it returns only if that fails, with a *StartError. Signals,
// the terminal and the exit code are then the command's own. path is what [Find] gave; args holds the command's
// name too.
func Run(path string, args, env []string) error {
	defer heeded()()
	return startError(args[0], syscall.Exec(path, args, env))
}

// heeded has programs that are started from now on heed SIGTTOU, which a prompt has this process ignore once it has
// lent the terminal to a program, and which they would ignore too. again undoes that. A caught signal is a
// program's to heed; signal.Reset does not undo Ignore.
func heeded() (again func()) {
	if !signal.Ignored(syscall.SIGTTOU) {
		return func() {}
	}
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGTTOU)
	signal.Stop(ch)
	return func() { signal.Ignore(syscall.SIGTTOU) }
}
