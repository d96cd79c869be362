//go:build unix

package child

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Spawn runs the command beside this process, for as long as this process has something to do for it, and
// waits for its end. The command shares the terminal and the process group; every signal that reaches this
// process alone is passed on; one that was sent to the group is not, since the command received it too. Spawn
// returns nil if the command exits with 0, else an *ExitError (its code is 128 plus the signal's number if a signal
// killed the command) or a *StartError. On Linux the command gets SIGTERM when this process is killed. path is what
// [Find] returned; args includes the command's name.
func Spawn(path string, args, env []string) error {
	// The signal of a parent's death is that of the thread which started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, passed()...)
	defer signal.Stop(signals)
	again := takeSIGTTOU()
	probe := newGroupSignalProbe(env)
	p, err := os.StartProcess(path, args, &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys: attributes()})
	again()
	if err != nil {
		probe.stop()
		return startError(args[0], err)
	}
	defer p.Release()
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case s := <-signals:
				if n := s.(syscall.Signal); !groupGot(n, p.Pid, probe) {
					_ = p.Signal(n) // it may have ended
				}
			case status := <-probe.dead:
				probe.reap(status)
			case <-done:
				probe.stop()
				return
			}
		}
	}()
	err = await(p)
	close(done)
	<-over
	return err
}

// groupGot reports whether the command has had the signal already, with the whole group. To send Ctrl-C twice would be
// harmful: on the second one terraform leaves its state unsaved.
func groupGot(s syscall.Signal, pid int, probe *groupSignalProbe) bool {
	group, err := unix.Getpgid(pid)
	if err != nil || group != unix.Getpgrp() {
		return false // a shell with job control has made another group
	}
	if ends(s) {
		if saw, known := probe.gotSignal(s); known {
			return saw
		}
	}
	switch s {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGWINCH:
		return foreground() == group // from the terminal, most likely
	}
	return false
}

// passed returns the signals to pass on: all but those that concern this process itself, and those that it was started
// to ignore (nohup): the command ignores them too.
func passed() []os.Signal {
	const last = 64
	var all []os.Signal
	for n := syscall.Signal(1); n <= last; n++ {
		switch n {
		case syscall.SIGKILL, syscall.SIGSTOP, // cannot be caught
			syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGTTIN, syscall.SIGTTOU,
			syscall.SIGURG, syscall.SIGPROF, // Go's own
			syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS:
			continue
		}
		if !signal.Ignored(n) {
			all = append(all, n)
		}
	}
	return all
}

// foreground returns the process group in the foreground of this process's terminal; 0 if there is none.
func foreground() int {
	fd, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil {
		return 0
	}
	return group
}

// await waits for the command's end. When it stops in the foreground of a terminal this process stops too, so that the
// shell which waits for this process has the terminal again.
func await(p *os.Process) error {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(p.Pid, &status, unix.WUNTRACED, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case status.Stopped():
			if foreground() == unix.Getpgrp() {
				// The SIGCONT that ends this, perhaps of this process alone, is passed on like all others. To send
				// one from here would be a race: kill may return before this process has stopped, and a command
				// that is continued too early eats what is typed for the shell.
				_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
			}
		case status.Signaled():
			return &ExitError{Code: 128 + int(status.Signal())}
		case status.ExitStatus() != 0:
			return &ExitError{Code: status.ExitStatus()}
		default:
			return nil
		}
	}
}
