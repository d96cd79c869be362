package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"time"

	"hatstand/mfa/internal/plain"
	"hatstand/mfa/internal/program"
)

const (
	processLimit = 55 * time.Second // SDKs give a credential_process 60 s
)

// Process is the source that runs a program (mfa_process) and takes what it prints as the code. No shell
// is involved, standard input is empty, and the program is killed with its process group at
// the deadline, after 55 s where there is none. On a terminal its process group is in the foreground, so
// that it may ask there for a PIN. It is unusable when Args is empty.
type Process struct {
	// Args is the program and its arguments.
	Args []string
	// Env is the program's whole environment; nil is an empty one.
	Env []string
	// Stderr gets what the program writes there, as it comes ("touch your key"). When it is nil that goes
	// to the terminal, where there is one: our own standard error may be captured.
	Stderr io.Writer
}

// A failure is how a program gave no code.
type failure struct {
	program  string // its base name
	exitCode int    // -1: it was not started, or was killed
	said     string // the last line it wrote to standard error, cleaned
	err      error  // why it was not started, or what is wrong with the code
}

// error puts a failure into words. It does not wrap NotACode: the program made that mistake, not the user.
func (f failure) error() *Error {
	e := &Error{Kind: ProgramFailed, Subject: "mfa_process " + plain.Line(f.program, 128)}
	switch {
	case KindOf(f.err) == NotACode:
		e.Reason = "what it printed is not a token code: " + f.err.Error()
	case f.err != nil:
		e.Reason, e.Err = f.err.Error(), f.err
	default:
		e.Reason = fmt.Sprintf("exit code %d", f.exitCode)
	}
	if f.said != "" {
		e.Reason += fmt.Sprintf(" (it said: %s)", f.said)
	}
	return e
}

// Code runs the program once. A program that fails, or prints anything but a code, is an error of kind
// ProgramFailed; one that takes too long is Late; one that the user interrupted is ErrCancelled.
func (p Process) Code(ctx context.Context, r Request) (string, error) {
	if len(p.Args) == 0 {
		return "", Unusable("no mfa_process")
	}
	name := filepath.Base(p.Args[0])
	ctx, cancel := withDeadline(ctx, r.Deadline)
	defer cancel()
	if r.Deadline.IsZero() {
		ctx, cancel = context.WithTimeout(ctx, processLimit)
		defer cancel()
	}
	ctx, stop := Interruptible(ctx)
	defer stop()
	if ctx.Err() != nil {
		return "", Stopped(ctx, "mfa_process "+name, r.Profile)
	}

	said := &program.Tail{Max: 4096, Copy: p.Stderr}
	printed := &program.Head{Max: 4096}
	cmd := exec.CommandContext(ctx, p.Args[0], p.Args[1:]...)
	cmd.Env = append([]string{}, p.Env...) // not nil: that would be this process's own
	cmd.Stdout, cmd.Stderr = printed, said
	cmd.WaitDelay = program.Drain
	group := NewForeground(cmd)
	defer group.Close()
	if said.Copy == nil && group.tty != nil {
		said.Copy = ttyWriter{ctx, group.tty}
	}
	err := cmd.Start()
	if err == nil {
		group.Started()
		err = cmd.Wait()
	}
	group.Release(err == nil)

	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && err != nil:
		return "", Stopped(ctx, "mfa_process "+name, r.Profile)
	case errors.As(err, &exit):
		if interrupted(exit) {
			return "", ErrCancelled
		}
		return "", failure{program: name, exitCode: exit.ExitCode(), said: said.Line()}.error()
	case errors.Is(err, exec.ErrWaitDelay): // it ended well; something it started holds its pipes
	case err != nil:
		return "", failure{program: name, err: withoutPath(err)}.error()
	}
	code, err := ParseCode(printed.String())
	if err != nil {
		return "", failure{program: name, said: said.Line(), err: err}.error()
	}
	return code, nil
}

// withoutPath drops what would name the program a second time.
func withoutPath(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// ttyWriter writes to a terminal, and gives up when the context ends: output may be held (Ctrl-S), and
// Wait waits for the copying to end.
type ttyWriter struct {
	ctx context.Context
	tty *TTY
}

func (w ttyWriter) Write(p []byte) (int, error) {
	if err := w.tty.write(w.ctx, string(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
