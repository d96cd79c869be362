package provider

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
)

// A liveKeyring is the keyring in use, as the resolver sees it: while a person is asked or AWS takes its time, keys
// migrate may put another one in its place, and then it is that one. Its methods may be called at the same time.
type liveKeyring struct {
	began   *cache.Store // as it was opened
	options cache.Options
	log     *slog.Logger

	mu  sync.Mutex
	now *cache.Store
}

func (r *liveKeyring) store() *cache.Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// settled looks which keyring is in use: not for what is merely read, which costs the warm path nothing then.
func (r *liveKeyring) settled(ctx context.Context) *cache.Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.now.Settled(ctx, r.options)
	if err != nil {
		r.log.Warn("the keyring in use cannot be told", "error", err.Error())
		return r.now
	}
	r.now = now
	return now
}

// sessions and keys are the keyring's, asked for under a policy: what is not there is no error.
type sessions struct {
	*liveKeyring
	policy prompt.Policy
}

func (s sessions) Session(ctx context.Context, base, hash string) (credentials, time.Time, error) {
	ctx = prompt.With(ctx, s.policy)
	c, issued, err := s.store().Session(ctx, base, hash)
	if errors.Is(err, cache.ErrNotFound) {
		return credentials{}, time.Time{}, nil
	}
	return c, issued, err
}

// PutSession writes to the keyring that is in use afterwards. A migration that ends later drops all sessions
// of the old one.
func (s sessions) PutSession(ctx context.Context, base, hash string, c credentials, issued time.Time) error {
	ctx = prompt.With(ctx, s.policy)
	for into := s.settled(ctx); ; {
		err := into.PutSession(ctx, base, hash, c, issued)
		now := s.settled(ctx)
		if now == into {
			return err
		}
		if err := into.RemoveSession(ctx, base, hash); err != nil {
			s.log.Warn("a session stays in the keyring that was left", "error", err.Error())
		}
		into = now
	}
}

func (s sessions) RemoveSession(ctx context.Context, base, hash string) error {
	ctx = prompt.With(ctx, s.policy)
	return s.settled(ctx).RemoveSession(ctx, base, hash)
}

type keys struct {
	*liveKeyring
	policy prompt.Policy
}

// Keys looks again where a migration has taken them.
func (k keys) Keys(ctx context.Context, profile string) (credentials, string, error) {
	ctx = prompt.With(ctx, k.policy)
	from := k.store()
	kept, err := from.Keys(ctx, profile)
	if errors.Is(err, cache.ErrNotFound) {
		if now := k.settled(ctx); now != from {
			kept, err = now.Keys(ctx, profile)
		}
	}
	if errors.Is(err, cache.ErrNotFound) {
		return credentials{}, "", nil
	}
	return credentials{AccessKeyID: kept.AccessKeyID, SecretAccessKey: kept.SecretAccessKey, Source: "keyring"}, kept.ARN, err
}

// relocking are locks after whose wait the keyring is looked for again.
type relocking struct {
	*locks
	ring *liveKeyring
}

func (l relocking) Lock(ctx context.Context, name string) (unlock func(), waited bool, err error) {
	unlock, waited, err = l.locks.Lock(ctx, name)
	if err == nil {
		l.ring.settled(ctx)
	}
	return unlock, waited, err
}
