package main

import (
	"context"
	"errors"
	"time"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/mfa"
)

// keysPatience is how long a change of the keys waits for another one. Most take no longer than their own
// writes; a rotation does, and a person is better told than kept waiting.
const keysPatience = 5 * time.Second

// changeAlone keeps other processes from changing keys meanwhile: of two that look and then write, one
// would put its key over the other's, whose secret AWS never shows again. doing is what others are told of
// this one. What was read before is read again under it, from the store that a.store gives then: keys
// migrate may have moved everything to another keyring. Where there can be no lock (a read-only state
// folder), the work goes on without.
func (a *parts) changeAlone(ctx context.Context, profile, doing string) (unlock func(), err error) {
	unlock, err = a.keysLock(ctx, profile, doing)
	if err != nil {
		return nil, err
	}
	if err := a.keyring.Settle(ctx); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

func (a *parts) keysLock(ctx context.Context, profile, doing string) (unlock func(), err error) {
	log, err := a.logs.Open()
	if err != nil {
		return nil, err
	}
	locks, err := a.locks.Open()
	if err == nil {
		wait, stop := context.WithTimeout(ctx, keysPatience)
		defer stop()
		unlock, err = locks.Acquire(wait, "keys", doing)
	}
	var held *lock.HeldError
	switch {
	case err == nil:
		return unlock, nil
	case errors.Is(context.Cause(ctx), app.ErrInterrupted):
		return nil, mfa.ErrCancelled
	case errors.As(err, &held):
		return nil, &prompt.BusyError{Target: profile, Held: held}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	log.Warn("no lock: going on without", "name", "keys", "error", err.Error())
	return func() {}, nil
}
