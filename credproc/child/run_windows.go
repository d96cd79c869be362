package child

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// Run runs the command, waits for it and returns its exit code as an *ExitError; nil is code 0. Ctrl-C
// reaches the command from the console itself and is ignored here until the command is done. The command, and
// what it starts, ends when this process is killed. path is what [Find] gave; args holds the command's name too.
func Run(path string, args, env []string) error {
	cmd := exec.Cmd{Path: path, Args: args, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	interrupts := make(chan os.Signal, 1) // signal.Ignore would have Windows end this process
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	err := cmd.Start()
	if err == nil {
		loosen := tie(cmd.Process.Pid)
		err = cmd.Wait()
		loosen()
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return &ExitError{Code: exit.ExitCode()}
	}
	return startError(args[0], err)
}
