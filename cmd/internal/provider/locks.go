package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// sayAfter is how long a wait for another process goes on before a person is told.
const sayAfter = 5 * time.Second

// locks are those of the folder that lock.Open picks. Where there can be none (a read-only state
// folder), the work goes on without: two prompts are better than no credentials.
type locks struct {
	prompts *prompt.Prompts
	log     *slog.Logger
	// target is what others are told that the holder of a lock is after.
	target string
	// typed are the devices whose code a person, or an mfa_process, gave to this process.
	typed *typed
}

// typed is a set of devices, by the name of their lock.
type typed struct{ sync.Map }

func (l *locks) Lock(ctx context.Context, name string) (unlock func(), waited bool, err error) {
	err = l.wait(ctx, name, func(open *lock.Locks) (err error) {
		unlock, waited, err = open.Queue(ctx, name, l.target)
		return err
	})
	if err == nil && unlock == nil {
		unlock = func() {}
	}
	return unlock, waited, err
}

func (l *locks) Await(ctx context.Context, name string, linger time.Duration) (waited bool, err error) {
	err = l.wait(ctx, name, func(open *lock.Locks) (err error) {
		waited, err = open.Await(ctx, name, linger)
		return err
	})
	return waited, err
}

// wait runs what waits for a lock, tells a person if that takes long, and words its error. Where locks do
// not work it does nothing and there is no error.
func (l *locks) wait(ctx context.Context, name string, get func(*lock.Locks) error) error {
	open, err := l.prompts.Locks.Open()
	if err == nil {
		began := l.prompts.World.Now()
		waited := make(chan struct{})
		quiet := time.AfterFunc(sayAfter, func() { l.say(open, name, waited) })
		err = get(open)
		quiet.Stop()
		close(waited)
		if err == nil {
			l.log.Debug("lock", "name", name, "waited_ms", l.prompts.World.Now().Sub(began).Milliseconds())
			return nil
		}
	}
	var held *lock.HeldError
	var refused *lock.RefusedError
	switch {
	case errors.As(err, &refused):
		return &declinedError{err: fmt.Errorf("profile %q: %w", l.target, err), exit: exitOf(refused.Reason)}
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted):
		return mfa.ErrCancelled
	case errors.As(err, &held):
		return &prompt.BusyError{Target: l.target, Held: held}
	case ctx.Err() != nil && l.target != "":
		return fmt.Errorf("profile %q: no time is left: %w", l.target, ctx.Err())
	case ctx.Err() != nil:
		return ctx.Err()
	}
	l.log.Warn("no lock: going on without", "name", name, "error", err.Error())
	return nil
}

// say tells a person at the terminal what is waited for, until waited is closed.
func (l *locks) say(open *lock.Locks, name string, waited <-chan struct{}) {
	pid, holder := open.Holder(name)
	said := l.prompts.SayOnce(open, name, fmt.Sprintf("another hatstand (process %d, for %s), which may be asking for a code", pid, ui.Plain(holder)), waited)
	l.log.Info("waiting for another process", "name", name, "holder", pid, "for", holder, "said", said)
}

// refusals are what those who waited are told, and the exit codes that it stands for: theirs is the
// one of the process that they waited for.
func refusals() []refusal {
	return []refusal{
		{advice.Cancelled, "the prompt was cancelled"},
		{advice.NoHuman, "the prompt was not answered in time"},
		{advice.Refused, "AWS refused the call that the code was for"},
		{advice.Failed, programFailed},
		{advice.Failed, "the call that the code was for failed"},
	}
}

const programFailed = "mfa_process failed"

type refusal struct {
	exit   int
	reason string
}

func exitOf(reason string) int {
	for _, r := range refusals() {
		if r.reason == reason {
			return r.exit
		}
	}
	return advice.Failed
}

func reasonOf(why error) string {
	if mfa.KindOf(why) == mfa.ProgramFailed {
		return programFailed
	}
	exit, all := advice.Exit(why), refusals()
	for _, r := range all {
		if r.exit == exit && r.reason != programFailed {
			return r.reason
		}
	}
	return all[len(all)-1].reason
}

// Failed refuses those who wait where a person said no, or gave a code that was of no use: to be asked
// by each of a hundred processes in turn is no better than by all of them at once. What failed without
// a person (a stored seed, say), for want of one, or because this process ends, the next one may try.
func (l *locks) Failed(name string, why error) {
	_, asked := l.typed.Load(name)
	asked = asked || errors.Is(why, resolve.ErrDeclined)
	if !asked || errors.Is(why, resolve.ErrNobody) || errors.Is(why, mfa.ErrGone) {
		return
	}
	open, err := l.prompts.Locks.Open()
	if err == nil {
		err = open.Refuse(name, reasonOf(why), l.prompts.World.Now())
	}
	if err != nil {
		l.log.Warn("those who wait may ask again", "name", name, "error", err.Error())
	}
}

// A declinedError is a prompt that a person did not answer, here or in the process that was waited for;
// or what came of the answer there.
type declinedError struct {
	err  error
	exit int
}

func (e *declinedError) Error() string { return e.err.Error() }

func (e *declinedError) ExitCode() int { return e.exit }

func (e *declinedError) Unwrap() error { return e.err }

func (e *declinedError) Is(target error) bool { return target == resolve.ErrDeclined }

// A nobodyError is a code that is wanted where there is nobody to ask. Another process may have somebody.
type nobodyError struct{ err error }

func (e *nobodyError) Error() string { return e.err.Error() }

func (e *nobodyError) Unwrap() error { return e.err }

func (e *nobodyError) Is(target error) bool { return target == resolve.ErrNobody }

// declined marks the errors of a prompt that mean that a person said no, or said nothing, or that there is none.
func declined(err error) error {
	switch {
	case err == nil, errors.Is(err, mfa.ErrGone):
		return err
	case errors.Is(err, mfa.ErrCancelled), errors.Is(err, context.Canceled):
		return &declinedError{err: err, exit: advice.Cancelled}
	case mfa.KindOf(err) == mfa.Late:
		return &declinedError{err: err, exit: advice.NoHuman}
	case mfa.KindOf(err) == mfa.NobodyToAsk:
		return &nobodyError{err}
	}
	return err
}
