package dialog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"hatstand/mfa"
	"hatstand/mfa/internal/plain"
	"hatstand/mfa/internal/program"
)

// An outcome is how a dialog ended.
type outcome struct {
	name string // of the program
	code int    // its exit code; -1: a signal ended it
	out  string
	said string // the last line of standard error, cleaned
}

// run runs a dialog that prints its answer. The dialog has no standard input and no terminal. It and its children are
// killed when the context ends and, on Linux, when this process ends. The error is mfa.ErrUnusable for a program that
// cannot be started.
func run(ctx context.Context, env environ, args ...string) (outcome, error) {
	o := outcome{name: filepath.Base(args[0])}
	// The kernel sends the parent's death signal when the thread that started a program ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	printed, said := &program.Head{Max: mfa.MaxLine + 2}, &program.Tail{Max: 4096}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append([]string{}, env...) // not nil: that would be this process's own
	cmd.Stdout, cmd.Stderr = printed, said
	cmd.WaitDelay = program.Drain
	apart(cmd)
	err := cmd.Run()
	o.said = plain.Line(said.Line(), 120)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && err != nil:
		return o, ctx.Err()
	case errors.As(err, &exit):
		o.code = exit.ExitCode()
		return o, nil
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return o, o.unusable(startFailure(err))
	case printed.Len() > mfa.MaxLine:
		return o, fmt.Errorf("%s: an answer of more than %d bytes", o.name, mfa.MaxLine)
	}
	o.out = strings.TrimSuffix(strings.TrimSuffix(printed.String(), "\n"), "\r")
	return o, nil
}

// unusable is the error of a dialog that did not get as far as asking.
func (o outcome) unusable(why string) error {
	if why == "" {
		why = o.said
	}
	if why == "" {
		why = fmt.Sprintf("exit code %d", o.code)
	}
	return mfa.Unusable(o.name + ": " + plain.Line(why, 120))
}

// startFailure says why a dialog did not start, without its path.
func startFailure(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// missing is the error of a dialog that is not installed.
func missing(name string) error { return mfa.Unusable(name + " is not installed") }
