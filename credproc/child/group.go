package child

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A Group runs commands at the same time, each without a terminal and without input, so that none
// can take the keys that are meant for another. The zero Group is ready.
type Group struct {
	mu        sync.Mutex
	running   map[*os.Process]bool
	signalled bool
}

// ErrSignalled is the error of a command that did not start, for the others had been sent a signal.
var ErrSignalled = errors.New("not started: a signal came first")

// An End is how a command ended.
type End struct {
	Code      int  // 128+n where signal n ended it, which a command's own exit code may be too
	Signal    int  // that ended it; 0: none did
	Signalled bool // a signal was sent to it before it ended
}

// Run runs a command to its end. path is what Find gave; args holds the command's name too. The error is a
// *StartError or ErrSignalled. The writers are not used at the same time by one command; one that fails is written
// to no more.
func (g *Group) Run(path string, args, env []string, stdout, stderr io.Writer) (End, error) {
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
	err = g.start(&cmd)
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
	g.mu.Lock()
	delete(g.running, cmd.Process)
	signalled := g.signalled
	g.mu.Unlock()
	out.end()
	faults.end()
	<-out.done
	<-faults.done
	if cmd.ProcessState == nil {
		return End{}, startError(args[0], err)
	}
	end := endOf(cmd.ProcessState)
	end.Signalled = signalled
	return end, nil
}

// start starts a command, unless the others have had a signal: it would never hear of it.
func (g *Group) start(cmd *exec.Cmd) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.signalled {
		return ErrSignalled
	}
	if err := cmd.Start(); err != nil {
		return startError(cmd.Args[0], err)
	}
	if g.running == nil {
		g.running = map[*os.Process]bool{}
	}
	g.running[cmd.Process] = true
	return nil
}

// Signal reaches every command that runs, and what it started; no more start.
func (g *Group) Signal(sig os.Signal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.signalled = true
	for p := range g.running {
		signalAll(p, sig)
	}
}
