package cached

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// Become starts another program, waits for it and returns its exit code: Windows cannot put one in a process's place.
// Ctrl-C reaches both, and is the other's to answer.
func Become(path string, args, environ []string) (int, error) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	cmd := &exec.Cmd{Path: path, Args: args, Env: environ, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}
