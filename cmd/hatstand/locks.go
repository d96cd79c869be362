package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/credproc"
	"hatstand/mfa"
)

// sayAfter is how long a wait for another process goes on before a person is told.
const sayAfter = 5 * time.Second

// locks opens the folder of locks when the first is wanted. Where there can be none (a read-only
// state folder), the work goes on without: two prompts are better than no credentials.
type locks struct {
	app *app
	log *slog.Logger
	// target is what others are told that the holder of a lock is after.
	target string

	once sync.Once
	open *cache.Locks
	err  error
}

func (l *locks) folder() (*cache.Locks, error) {
	l.once.Do(func() { l.open, l.err = cache.OpenLocks(l.app.getenv("XDG_RUNTIME_DIR"), l.app.stateDir()) })
	return l.open, l.err
}

func (l *locks) Lock(ctx context.Context, name string) (func(), error) {
	open, err := l.folder()
	if err == nil {
		began := l.app.now()
		quiet := time.AfterFunc(sayAfter, func() { l.say(open, name) })
		var unlock func()
		unlock, err = open.Acquire(ctx, name, l.target)
		quiet.Stop()
		if err == nil {
			l.log.Debug("lock", "name", name, "waited_ms", l.app.now().Sub(began).Milliseconds())
			return unlock, nil
		}
	}
	var held *cache.HeldError
	var refused *cache.RefusedError
	switch {
	case errors.As(err, &refused):
		return nil, &declinedError{err: err, cancelled: refused.Reason == promptCancelled}
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errInterrupted):
		return nil, mfa.ErrCancelled
	case errors.As(err, &held):
		return nil, &busyError{held: held}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	l.log.Warn("no lock: going on without", "name", name, "error", err.Error())
	return func() {}, nil
}

// say tells a person at the terminal what is waited for.
func (l *locks) say(open *cache.Locks, name string) {
	pid, holder := open.Holder(name)
	l.log.Info("waiting for another process", "name", name, "holder", pid, "for", holder)
	tty, err := l.app.terminal()
	if err != nil || l.app.unasked {
		return
	}
	defer tty.Close()
	fmt.Fprintf(tty, "\nhatstand: waiting for another hatstand (process %d, for %s), which may be asking for a code\n", pid, plain(holder))
}

const (
	promptCancelled = "the prompt was cancelled"
	promptTimedOut  = "the prompt was not answered in time"
)

func (l *locks) Refuse(name string, why error) {
	open, err := l.folder()
	if err != nil {
		return
	}
	reason := promptTimedOut
	if exitCode(why) == exitCancelled {
		reason = promptCancelled
	}
	if err := open.Refuse(name, reason); err != nil {
		l.log.Warn("those who wait may ask again", "name", name, "error", err.Error())
	}
}

// A declinedError is a prompt that a person did not answer, here or in the process that was waited
// for.
type declinedError struct {
	err       error
	cancelled bool
}

func (e *declinedError) Error() string { return e.err.Error() }

func (e *declinedError) Unwrap() error { return e.err }

func (e *declinedError) Is(target error) bool { return target == credproc.ErrDeclined }

// declined marks the errors of a prompt that mean that a person said no, or said nothing.
func declined(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mfa.ErrCancelled), errors.Is(err, context.Canceled):
		return &declinedError{err: err, cancelled: true}
	case as[*mfa.DeadlineError](err):
		return &declinedError{err: err}
	}
	return err
}

// A busyError says that another hatstand held a lock past the deadline.
type busyError struct{ held *cache.HeldError }

func (e *busyError) Error() string {
	if e.held.PID == 0 {
		return "another hatstand did not finish in time"
	}
	return fmt.Sprintf("another hatstand (process %d, for %s) did not finish in time", e.held.PID, e.held.Holder)
}

func (e *busyError) Unwrap() error { return e.held }

func (e *busyError) Hints() []string {
	if e.held.PID == 0 {
		return nil
	}
	return []string{fmt.Sprintf("answer its prompt; if it hangs, end it: kill -9 %d", e.held.PID)}
}
