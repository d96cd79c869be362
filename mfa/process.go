package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	processLimit = 55 * time.Second // SDKs give a credential_process 60 s
	// How long to wait for the pipes of a program that has ended: a daemon it started may hold them.
	processDrain = time.Second
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

// error puts a failure into words. What a program printed is not the user's slip: its NotACode is not wrapped.
func (f failure) error() *Error {
	e := &Error{Kind: ProgramFailed, Subject: "mfa_process " + clean(f.program, 128)}
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
		return "", unusable("no mfa_process")
	}
	name := filepath.Base(p.Args[0])
	ctx, cancel := withDeadline(ctx, r.Deadline)
	defer cancel()
	if r.Deadline.IsZero() {
		ctx, cancel = context.WithTimeout(ctx, processLimit)
		defer cancel()
	}
	ctx, stop := notify(ctx)
	defer stop()
	if ctx.Err() != nil {
		return "", stopped(ctx, "mfa_process "+name, r.Profile)
	}

	said := &tail{max: 4096, copy: p.Stderr}
	printed := &head{max: 4096}
	cmd := exec.CommandContext(ctx, p.Args[0], p.Args[1:]...)
	cmd.Env = append([]string{}, p.Env...) // not nil: that would be this process's own
	cmd.Stdout, cmd.Stderr = printed, said
	cmd.WaitDelay = processDrain
	group := newGroup(cmd)
	defer group.close()
	if said.copy == nil && group.tty != nil {
		said.copy = ttyWriter{ctx, group.tty}
	}
	err := cmd.Start()
	if err == nil {
		group.started()
		err = cmd.Wait()
	}
	group.release(err == nil)

	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && err != nil:
		return "", stopped(ctx, "mfa_process "+name, r.Profile)
	case errors.As(err, &exit):
		if interrupted(exit) {
			return "", ErrCancelled
		}
		return "", failure{program: name, exitCode: exit.ExitCode(), said: said.line()}.error()
	case errors.Is(err, exec.ErrWaitDelay): // it ended well; something it started holds its pipes
	case err != nil:
		return "", failure{program: name, err: withoutPath(err)}.error()
	}
	code, err := ParseCode(printed.String())
	if err != nil {
		return "", failure{program: name, said: said.line(), err: err}.error()
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

// head keeps the first bytes written to it, and notes nothing of the rest but that there was some.
type head struct {
	strings.Builder
	max int
}

func (h *head) Write(p []byte) (int, error) {
	if room := h.max - h.Len(); room > 0 {
		h.Builder.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// tail keeps the last bytes written to it, and passes all of them on.
type tail struct {
	max  int
	copy io.Writer
	buf  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - t.max; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	if t.copy != nil {
		_, _ = t.copy.Write(p) // nobody listening is no reason to stop the program
	}
	return len(p), nil
}

// line is the last line that holds anything.
func (t *tail) line() string {
	text := strings.TrimRight(string(t.buf), " \t\r\n")
	return clean(strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:]), 200)
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
