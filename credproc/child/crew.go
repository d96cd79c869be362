package child

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A Crew is commands that run at the same time, each without a terminal and without input, so that none
// can take the keys that are meant for another. The zero Crew is ready.
type Crew struct {
	mu      sync.Mutex
	running map[*os.Process]bool
}

// lastWords is how long output is read on from what a command left running when it ended.
const lastWords = 2 * time.Second

// Find is the path of a command, or a *StartError: so that a typo is one error and not one a profile.
func Find(command string) (string, error) {
	path, err := exec.LookPath(command)
	if err != nil {
		return "", startError(command, err)
	}
	return path, nil
}

// Run runs a command to its end and returns its exit code, 128+n where signal n ended it. path is what
// Find gave; args holds the command's name too. The error is a *StartError. The writers are not
// used at the same time by one command.
func (c *Crew) Run(path string, args, env []string, stdout, stderr io.Writer) (int, error) {
	cmd := exec.Cmd{Path: path, Args: args, Env: env, Stdout: stdout, Stderr: stderr, WaitDelay: lastWords, SysProcAttr: apart()}
	c.mu.Lock()
	err := cmd.Start()
	if err != nil {
		c.mu.Unlock()
		return 0, startError(args[0], err)
	}
	if c.running == nil {
		c.running = map[*os.Process]bool{}
	}
	c.running[cmd.Process] = true
	c.mu.Unlock()
	err = cmd.Wait()
	c.mu.Lock()
	delete(c.running, cmd.Process)
	c.mu.Unlock()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return 0, &StartError{Command: args[0], Code: 126, Err: err} // its output could not be taken
	}
	return code(cmd.ProcessState), nil
}

// Signal reaches every command that runs, and what it started.
func (c *Crew) Signal(sig os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p := range c.running {
		signalAll(p, sig)
	}
}
