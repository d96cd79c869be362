package provider

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/credproc"
)

// A liveKeyring is the keyring in use, as the resolver sees it, or none, in which nothing is found. While hatstand
// waits for a person or for AWS, keys migrate may switch to another keyring; a liveKeyring then is that one. Its
// methods may be called at the same time.
type liveKeyring struct {
	first   *cache.Store // as it was opened
	options cache.Options
	log     *slog.Logger
	absent  error // why it is none, where that was not asked for

	mu     sync.Mutex
	latest *cache.Store
}

// store is the keyring that was in use when current was last called. Reading from it is quick; where that finds
// nothing, current can tell whether there was a migration.
func (k *liveKeyring) store() *cache.Store {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.latest
}

// none reports whether there is no keyring.
func (k *liveKeyring) none() bool { return k.first == nil }

// current looks which keyring is in use now.
func (k *liveKeyring) current(ctx context.Context) *cache.Store {
	if k.none() {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now, err := k.latest.Settled(ctx, k.options)
	if err != nil {
		k.log.Warn("which keyring is in use is not known", "error", err.Error())
		return k.latest
	}
	k.latest = now
	return now
}

// keyringItems are the keyring's sessions and keys, looked up under a policy. It is no error if one is missing.
type keyringItems struct {
	*liveKeyring
	policy prompt.Policy
}

func (i keyringItems) Session(ctx context.Context, item credproc.Item) (credentials, time.Time, error) {
	ctx = prompt.With(ctx, i.policy)
	c, issued, err := i.store().Session(ctx, cache.SessionID(item))
	if errors.Is(err, cache.ErrNotFound) {
		return credentials{}, time.Time{}, nil
	}
	return c, issued, err
}

// PutSession writes to the keyring that is in use now. If a migration switches keyrings at this very moment, the
// session stays in the old one until it expires, and a code is asked for once more.
func (i keyringItems) PutSession(ctx context.Context, item credproc.Item, c credentials, issued time.Time) error {
	ctx = prompt.With(ctx, i.policy)
	return i.current(ctx).PutSession(ctx, cache.SessionID(item), c, issued)
}

func (i keyringItems) RemoveSession(ctx context.Context, item credproc.Item) error {
	ctx = prompt.With(ctx, i.policy)
	return i.current(ctx).RemoveSession(ctx, cache.SessionID(item))
}

// Keys looks into the old keyring first, and then where a migration has taken the keys.
func (i keyringItems) Keys(ctx context.Context, profile string) (credentials, string, error) {
	if i.none() {
		return credentials{}, "", nil
	}
	ctx = prompt.With(ctx, i.policy)
	store := i.store()
	stored, err := store.Keys(ctx, profile)
	if errors.Is(err, cache.ErrNotFound) {
		if now := i.current(ctx); now != store {
			stored, err = now.Keys(ctx, profile)
		}
	}
	if errors.Is(err, cache.ErrNotFound) {
		return credentials{}, "", nil
	}
	c := credentials{AccessKeyID: stored.AccessKeyID, SecretAccessKey: stored.SecretAccessKey, Source: "keyring"}
	return c, stored.ARN, err
}

// keyringLocks look for the keyring in use after each wait for a lock: a migration may have ended meanwhile.
type keyringLocks struct {
	*locks
	keyring *liveKeyring
}

func (l keyringLocks) Lock(ctx context.Context, name string) (unlock func(), waited bool, err error) {
	unlock, waited, err = l.locks.Lock(ctx, name)
	if err == nil {
		l.keyring.current(ctx)
	}
	return unlock, waited, err
}
