package child

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A Crew is commands that run at the same time, each without a terminal and without input, so that none
// can take the keys that are meant for another. The zero Crew is ready.
type Crew struct {
	mu      sync.Mutex
	running map[*os.Process]bool
	told    bool
}

// ErrTold is the error of a command that did not start, for the others had been sent a signal.
var ErrTold = errors.New("not started: a signal came first")

// An End is how a command ended.
type End struct {
	Code   int  // 128+n where signal n ended it, which a command's own exit code may be too
	Signal int  // that ended it; 0: none did
	Told   bool // a signal was sent to it before it ended
}

// Run runs a command to its end. path is what Find gave; args holds the command's name too. The error is a
// *StartError or ErrTold. The writers are not used at the same time by one command; one that fails is written
// to no more.
func (c *Crew) Run(path string, args, env []string, stdout, stderr io.Writer) (End, error) {
	out, outEnd, err := newDrain(stdout)
	if err != nil {
		return End{}, startError(args[0], err)
	}
	faults, faultsEnd, err := newDrain(stderr)
	if err != nil {
		out.r.Close()
		outEnd.Close()
		return End{}, startError(args[0], err)
	}
	cmd := exec.Cmd{Path: path, Args: args, Env: env, Stdout: outEnd, Stderr: faultsEnd, SysProcAttr: apart()}
	err = c.start(&cmd)
	outEnd.Close()
	faultsEnd.Close()
	if err != nil {
		out.r.Close()
		faults.r.Close()
		return End{}, err
	}
	go out.run()
	go faults.run()
	err = cmd.Wait()
	c.mu.Lock()
	delete(c.running, cmd.Process)
	told := c.told
	c.mu.Unlock()
	out.end()
	faults.end()
	<-out.done
	<-faults.done
	if cmd.ProcessState == nil {
		return End{}, startError(args[0], err)
	}
	end := endOf(cmd.ProcessState)
	end.Told = told
	return end, nil
}

// start starts a command, unless the others have had a signal: it would never hear of it.
func (c *Crew) start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told {
		return ErrTold
	}
	if err := cmd.Start(); err != nil {
		return startError(cmd.Args[0], err)
	}
	if c.running == nil {
		c.running = map[*os.Process]bool{}
	}
	c.running[cmd.Process] = true
	return nil
}

// Signal reaches every command that runs, and what it started; no more start.
func (c *Crew) Signal(sig os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = true
	for p := range c.running {
		signalAll(p, sig)
	}
}
