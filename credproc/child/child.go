package child

import "fmt"

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
