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
	"hatstand/credproc/saml"
	"hatstand/profiles/cmdline"
)

func (r *Resolver) process(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	args, err := cmdline.Split(p.Base.Process.Value)
	if err != nil {
		return credentials.Value{}, programError(p, p.Base.Process.Value, "the command line "+err.Error())
	}
	began := r.Now()
	out, err := r.Run(ctx, p.Base.Profile, args)
	r.Log.Info("process", "program", args[0], "ms", r.Now().Sub(began).Milliseconds(), "ok", err == nil)
	if err != nil {
		e := programError(p, args[0], err.Error())
		var failed *exitError
		if p.Base.Hatstand && errors.As(err, &failed) && failed.said.byHatstand {
			e.Exit, e.Hints = failed.state.ExitCode(), failed.said.hints
		}
		return credentials.Value{}, e
	}
	c, err := credproc.Decode(out)
	if err != nil {
		return credentials.Value{}, programError(p, args[0], err.Error())
	}
	if c.CanExpire && !c.Expires.After(r.Now()) {
		reason := "its credentials expired at " + c.Expires.Format(time.RFC3339)
		return credentials.Value{}, programError(p, args[0], reason)
	}
	return c, nil
}

// RunProgram starts a program with no shell and returns its stdout. Its stderr is read for the error
// (the last line of it). When ctx ends, and when it prints more than credproc.MaxRead bytes, or 1 MiB to stderr, the
// program is killed.
func RunProgram(ctx context.Context, args, env []string, stdin io.Reader) ([]byte, error) {
	return runProgram(ctx, args, env, stdin, credproc.MaxRead, credproc.ErrTooLong)
}

// RunSAMLProgram is RunProgram for a program that prints a SAML assertion, which may be longer than credentials.
func RunSAMLProgram(ctx context.Context, args, env []string, stdin io.Reader) ([]byte, error) {
	const most = 2 * saml.MaxText // with line ends
	return runProgram(ctx, args, env, stdin, most, fmt.Errorf("it printed more than %d bytes", most))
}

func runProgram(ctx context.Context, args, env []string, stdin io.Reader, most int, tooLong error) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := head{max: most, full: func() { cancel(tooLong) }}
	errs := tail{max: 4 << 10, most: maxStderr, full: func() { cancel(errTooMuchSaid) }}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, stdin, &out, &errs
	// A grandchild may hold the pipes open after the program itself is gone.
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	for _, much := range []error{tooLong, errTooMuchSaid} {
		if errors.Is(context.Cause(ctx), much) {
			return nil, fmt.Errorf("%w, and was stopped", much)
		}
	}
	if ctx.Err() != nil {
		return nil, errors.New("it did not answer in time and was stopped")
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return nil, &exitError{state: exit.ProcessState, said: readLastWords(errs.b)}
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

// maxStderr is how much a program may say on stderr, in bytes: one that never stops answers nothing.
const maxStderr = 1 << 20

var errTooMuchSaid = errors.New("it printed more than 1 MiB to stderr")

// tail keeps the last max bytes: what a program says last is why it failed. It calls full when there were more than most.
type tail struct {
	b              []byte
	max, most, all int
	full           func()
}

func (t *tail) Write(p []byte) (int, error) {
	if t.all += len(p); t.all > t.most {
		t.full()
	}
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-t.max):]
	return len(p), nil
}

// An exitError says how another program failed.
type exitError struct {
	state *os.ProcessState
	said  lastWords
}

func (e *exitError) Error() string {
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
