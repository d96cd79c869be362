//go:build unix

package child

import (
	"errors"
	"io/fs"
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

func startError(command string, err error) error {
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &StartError{Command: command, Code: 127, Err: errors.New("command not found")}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &StartError{Command: command, Code: 126, Err: err}
}
