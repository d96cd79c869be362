package child

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
)

// An ExitError is the exit code of a command that ran, where the process could not be replaced by it.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("the command exited with %d", e.Code) }

// A StartError says that the command could not be started. Code is the shell's convention: 127 where
// it was not found, 126 where it cannot be executed.
type StartError struct {
	Command string
	Code    int
	Err     error
}

func (e *StartError) Error() string { return fmt.Sprintf("%q: %v", e.Command, e.Err) }

func (e *StartError) Unwrap() error { return e.Err }

// IsLine reports whether the command that was not found is a whole command line in quotes: its first word is a command.
func (e *StartError) IsLine() bool {
	first, _, more := strings.Cut(e.Command, " ")
	_, err := exec.LookPath(first)
	return more && err == nil && e.Code == 127
}

// Find is the path of a command, or a *StartError. It is called before anybody is asked for a code, so that a
// misspelt command costs none.
func Find(command string) (string, error) {
	path, err := exec.LookPath(command)
	if err != nil {
		return "", startError(command, err)
	}
	return path, nil
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
