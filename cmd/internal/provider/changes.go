package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cache"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// changePatience is how long a change of the keys waits for another one. Most take no longer than their own writes;
// a rotation does, and a person is better told than kept waiting.
const changePatience = 5 * time.Second

// LockChanges keeps other processes from changing keys and seeds until unlock: of two that look and then write, one
// would overwrite the other's key, whose secret AWS never shows again. The caller has to read keys again under the
// lock, from the store that Open gives then: keys migrate may have moved everything to another keyring. Where there can
// be no lock (a read-only state folder), the work goes on without one. Other processes are told what this one is doing;
// the profile, if any, is for the error.
func (k *Keyring) LockChanges(ctx context.Context, profile, doing string) (unlock func(), err error) {
	unlock, err = k.lockChanges(ctx, profile, doing)
	if err != nil {
		return nil, err
	}
	if err := k.reopenIfMigrated(ctx); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

func (k *Keyring) lockChanges(ctx context.Context, profile, doing string) (unlock func(), err error) {
	log, err := k.logs.Open()
	if err != nil {
		return nil, err
	}
	locks, err := k.prompts.Locks.Open()
	if err == nil {
		wait, stop := context.WithTimeout(ctx, changePatience)
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

// CopyLeft says where a migration that is not finished has left a copy of what a command removes from the keyring in
// use; "" where there is none.
func (k *Keyring) CopyLeft(command string) string {
	recorded, err := cache.ReadRecord(k.settings.Environment().StateDir())
	if err != nil || recorded.Copies.Backend == "" {
		return ""
	}
	other := recorded.Copies.Backend
	if other == k.Opened().Backend() {
		other = recorded.Backend
	}
	return fmt.Sprintf("A migration is not finished, and %s may have a copy; to remove that: "+
		"HATSTAND_BACKEND=%[1]s hatstand %s\n", other, ui.Plain(command))
}
