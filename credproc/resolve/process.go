package resolve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/internal/text"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

// A ProcessError says that another program's credential_process gave no credentials. It never quotes
// the program's stdout, which may hold secrets.
type ProcessError struct {
	Target  string
	Profile string
	Where   profiles.Setting // the credential_process setting
	Program string
	Reason  string
	// Exit is the exit code of a program that is a hatstand itself and failed as one; 0 for any other.
	Exit int
	// Next are that hatstand's hints.
	Next []string
}

func (e *ProcessError) Error() string {
	at := ""
	if e.Where.Path != "" {
		at = fmt.Sprintf(" (%s:%d)", e.Where.Path, e.Where.Line)
	}
	return fmt.Sprintf("profile %q: credential_process %q%s%s: %s", e.Target, e.Program, at, from(e.Profile, e.Target),
		e.Reason)
}

// Is reports ErrDeclined where a person cancelled the other hatstand's prompt.
func (e *ProcessError) Is(target error) bool { return e.Exit == exitCancelled && target == ErrDeclined }

// exitCancelled is a hatstand's exit code after its prompt was cancelled.
const exitCancelled = 130

func (r *Resolver) process(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	fail := &ProcessError{Target: p.Target, Profile: p.Base.Profile, Where: p.Base.Process}
	args, err := cmdline.Split(p.Base.Process.Value)
	if err != nil {
		fail.Program, fail.Reason = p.Base.Process.Value, "the command line "+err.Error()
		return credentials.Value{}, fail
	}
	fail.Program = args[0]
	began := r.Now()
	out, err := r.Run(ctx, p.Base.Profile, args)
	r.Log.Info("process", "program", args[0], "ms", r.Now().Sub(began).Milliseconds(), "ok", err == nil)
	if err != nil {
		fail.Reason = err.Error()
		var failed *programError
		if p.Base.Hatstand && errors.As(err, &failed) && failed.said.byHatstand {
			fail.Exit, fail.Next = failed.state.ExitCode(), failed.said.hints
		}
		return credentials.Value{}, fail
	}
	c, err := credproc.Decode(out)
	if err != nil {
		fail.Reason = err.Error()
		return credentials.Value{}, fail
	}
	if c.CanExpire && !c.Expires.After(r.Now()) {
		fail.Reason = "its credentials expired at " + c.Expires.Format(time.RFC3339)
		return credentials.Value{}, fail
	}
	return c, nil
}

// RunProgram starts a program with no shell and returns its stdout. Its stderr is read for the error
// (the last line of it). When ctx ends, and when it prints more than credproc.MaxRead bytes, the program is killed.
func RunProgram(ctx context.Context, args, env []string, stdin io.Reader) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := head{max: credproc.MaxRead, full: func() { cancel(credproc.ErrTooLong) }}
	errs := tail{max: 4 << 10}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, stdin, &out, &errs
	// A grandchild may hold the pipes open after the program itself is gone.
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	if errors.Is(context.Cause(ctx), credproc.ErrTooLong) {
		return nil, fmt.Errorf("%w, and was stopped", credproc.ErrTooLong)
	}
	if ctx.Err() != nil {
		return nil, errors.New("it did not answer in time and was stopped")
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return nil, &programError{state: exit.ProcessState, said: readLastWords(errs.b)}
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("no such program on PATH")
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		if cause := errors.Unwrap(err); cause != nil {
			err = cause // without the program's name, which the caller knows
		}
		return nil, fmt.Errorf("it could not be started: %w", err)
	}
	return out.b, nil
}

// head keeps the first max bytes, and calls full when there are more. It embeds no bytes.Buffer, whose ReadFrom would
// pass Write by.
type head struct {
	b    []byte
	max  int
	full func()
}

func (h *head) Write(p []byte) (int, error) {
	if len(h.b)+len(p) > h.max {
		h.full()
	}
	h.b = append(h.b, p[:min(len(p), h.max-len(h.b))]...)
	return len(p), nil
}

// tail keeps the last max bytes: what a program says last is why it failed.
type tail struct {
	b   []byte
	max int
}

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-t.max):]
	return len(p), nil
}

// A programError says how another program failed.
type programError struct {
	state *os.ProcessState
	said  lastWords
}

func (e *programError) Error() string {
	text := fmt.Sprintf("it failed (%s)", e.state)
	if e.said.line != "" {
		text += ": " + e.said.line
	}
	return text
}

// lastWords are what a program that failed said last: a line, or a hatstand's error and its hints, which stand
// below it.
type lastWords struct {
	line       string
	byHatstand bool
	hints      []string
}

// longestWords bounds a line of another program, in bytes.
const longestWords = 300

func readLastWords(stderr []byte) lastWords {
	var w lastWords
	for line := range strings.Lines(string(stderr)) {
		line = text.OneLine(strings.TrimSpace(line))
		if hint, ok := strings.CutPrefix(line, "hatstand: hint: "); ok {
			w.hints = append(w.hints, cut(hint))
		} else if line != "" {
			own, ok := strings.CutPrefix(line, "hatstand: error: ")
			w = lastWords{line: cut(own), byHatstand: ok}
		}
	}
	return w
}

func cut(s string) string { return strings.ToValidUTF8(s[:min(len(s), longestWords)], "") }
