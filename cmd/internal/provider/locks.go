package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/declined"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// noticeAfter is how long a process waits for another one before it tells a person.
const noticeAfter = 5 * time.Second

// locks keep processes from doing the same thing at the same time. Where there can be no locks (a read-only state
// folder) the work goes on without: two prompts are better than no credentials.
type locks struct {
	folder  *app.LockFolder
	prompts *prompt.Prompts // to say on the terminal that a lock is waited for
	now     func() time.Time
	log     *slog.Logger
	// target is the profile that other processes see this one holds a lock for.
	target string
	// asked are the locks of devices whose code a person, or an mfa_process, gave to this process, and of roles that a
	// person was asked a reason for: askedReason.
	asked *lockNames
}

const askedReason = "reason"

// lockNames is a set of names of locks.
type lockNames struct{ sync.Map }

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

// wait calls get, which waits for a lock. It tells a person if that takes long, and words the error. Where there can be
// no locks, it does nothing and there is no error.
func (l *locks) wait(ctx context.Context, name string, get func(*lock.Locks) error) error {
	open, err := l.folder.Open()
	if err == nil {
		began := l.now()
		waited := make(chan struct{})
		notice := time.AfterFunc(noticeAfter, func() { l.sayWaiting(open, name, waited) })
		err = get(open)
		notice.Stop()
		close(waited)
		if err == nil {
			l.log.Debug("lock", "name", name, "waited_ms", l.now().Sub(began).Milliseconds())
			return nil
		}
	}
	var held *lock.HeldError
	var refused *lock.RefusedError
	switch {
	case errors.As(err, &refused):
		return declined.Elsewhere(fmt.Errorf("profile %q: %w", l.target, err), refused.Reason)
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted):
		return mfa.ErrCancelled
	case errors.As(err, &held):
		return &prompt.BusyError{Target: l.target, Held: held}
	case ctx.Err() != nil && l.target != "":
		return fmt.Errorf("profile %q: the time limit was reached: %w", l.target, ctx.Err())
	case ctx.Err() != nil:
		return ctx.Err()
	}
	l.log.Warn("no lock: going on without", "name", name, "error", err.Error())
	return nil
}

// sayWaiting tells a person at the terminal which process is waited for. waited is closed when the wait is over.
func (l *locks) sayWaiting(open *lock.Locks, name string, waited <-chan struct{}) {
	pid, holder := open.Holder(name)
	doing := "asking for a code"
	if isGrantLock(name) {
		doing = "waiting for somebody to sign in"
	}
	said := l.prompts.SayWaiting(open, name,
		fmt.Sprintf("another hatstand (process %d, for %s), which may be %s", pid, ui.Plain(holder), doing), waited)
	l.log.Info("waiting for another process", "name", name, "holder", pid, "for", holder, "said", said)
}

// Failed makes the processes that wait for the lock fail too, if a person was asked: being asked by each of a hundred
// processes in turn is no better than by all of them at once. If no person was involved (a stored seed, nobody to ask,
// or this process ends), the next process may try.
func (l *locks) Failed(name string, why error) {
	what, asked := l.asked.Load(name)
	asked = asked || errors.Is(why, resolve.ErrDeclined)
	if !asked || errors.Is(why, resolve.ErrNobody) || errors.Is(why, mfa.ErrGone) {
		return
	}
	open, err := l.folder.Open()
	if err == nil {
		err = open.Refuse(name, declined.Reason(what == askedReason, why), l.now())
	}
	if err != nil {
		l.log.Warn("processes that wait may ask again", "name", name, "error", err.Error())
	}
}
