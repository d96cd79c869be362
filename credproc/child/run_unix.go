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
	defer takeSIGTTOU()()
	return startError(args[0], syscall.Exec(path, args, env))
}

// takeSIGTTOU makes sure that programs started from now on do not ignore SIGTTOU. A prompt that lent the terminal to a
// program ignores it in this process, and programs inherit that. Catching the signal undoes it; signal.Reset would not.
// again ignores the signal again.
func takeSIGTTOU() (again func()) {
	if !signal.Ignored(syscall.SIGTTOU) {
		return func() {}
	}
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGTTOU)
	signal.Stop(ch)
	return func() { signal.Ignore(syscall.SIGTTOU) }
}
