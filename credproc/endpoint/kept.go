package endpoint

import (
	"context"
	"errors"
	"sync"
	"time"

	"hatstand/credproc/credentials"
)

// A Provider gets credentials, and says when they are to be renewed.
type Provider interface {
	// Credentials may ask a person only where ask is true: somebody waits for the answer then. It ends
	// when ctx does.
	Credentials(ctx context.Context, ask bool) (c credentials.Value, renew time.Time, err error)
}

// patience is how long a request waits for credentials that are being fetched: instance metadata clients
// (botocore) and the JavaScript SDK's container client give up after one second, botocore's container
// client after two.
const patience = 750 * time.Millisecond

const (
	// afterFailure passes before a request makes the provider try again.
	afterFailure = 5 * time.Second
	// again passes before a failed renewal is tried again with nobody waiting.
	again = time.Minute
)

// ErrFetching is the answer while credentials are being fetched and there are no older ones to give.
var ErrFetching = errors.New("its credentials are being fetched, which may be waiting for a token code: answer the prompt, then try again")

// Kept are one provider's credentials, renewed in the background before they expire for as long as somebody
// asks for them. However many ask, the provider is asked once at a time. Credentials that cannot be renewed are
// given out until they expire; then the reason is.
type Kept struct {
	provider Provider
	now      func() time.Time

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	c      credentials.Value
	renew  time.Time
	err    error     // of the last flight
	retry  time.Time // not before then
	used   bool      // since the credentials were got
	flight *flight   // nil: the provider is not being asked
	timer  *time.Timer
}

// A flight is one call of the provider.
type flight struct {
	began time.Time
	done  chan struct{}
}

// Keep makes a Kept, which asks nothing of its provider before it is asked itself. Close ends it.
func Keep(ctx context.Context, p Provider, now func() time.Time) *Kept {
	k := &Kept{provider: p, now: now}
	k.ctx, k.cancel = context.WithCancel(ctx)
	return k
}

// Put gives it credentials that were got elsewhere.
func (k *Kept) Put(c credentials.Value, renew time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.take(c, renew)
}

// Close ends the renewal and waits for the provider to return.
func (k *Kept) Close() {
	k.cancel()
	k.mu.Lock()
	k.closed = true
	if k.timer != nil {
		k.timer.Stop()
	}
	k.mu.Unlock()
	k.running.Wait()
}

// Credentials returns credentials that have not expired, within a second. The error is ErrFetching or the
// provider's.
func (k *Kept) Credentials(ctx context.Context) (credentials.Value, error) {
	limit := k.now().Add(patience)
	for {
		c, f, err := k.look(limit)
		if f == nil {
			return c, err
		}
		wait := time.NewTimer(earlier(limit, f.began.Add(patience)).Sub(k.now()))
		select {
		case <-f.done:
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return credentials.Value{}, ctx.Err()
		}
		wait.Stop()
	}
}

// look is what can be said now, or the flight that is worth waiting for until limit.
func (k *Kept) look(limit time.Time) (credentials.Value, *flight, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.used = true
	if k.c.HasKeys() && !k.due(now) {
		return k.c, nil, nil
	}
	if k.flight == nil && !now.Before(k.retry) && now.Before(limit) {
		k.fly(true)
	}
	if k.flight != nil && now.Before(earlier(limit, k.flight.began.Add(patience))) {
		return credentials.Value{}, k.flight, nil
	}
	switch {
	case k.c.HasKeys() && (!k.c.CanExpire || now.Before(k.c.Expires)):
		return k.c, nil, nil
	case k.flight != nil, k.err == nil:
		return credentials.Value{}, nil, ErrFetching
	}
	return credentials.Value{}, nil, k.err
}

func (k *Kept) due(now time.Time) bool { return k.c.CanExpire && !now.Before(k.renew) }

// fly asks the provider; it needs mu.
func (k *Kept) fly(ask bool) {
	if k.closed {
		k.err = context.Canceled
		return
	}
	f := &flight{began: k.now(), done: make(chan struct{})}
	k.flight = f
	k.running.Go(func() {
		c, renew, err := k.provider.Credentials(k.ctx, ask)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.flight = nil
		close(f.done)
		if err == nil {
			k.take(c, renew)
			return
		}
		k.err = err
		if ask {
			// What failed with nobody to ask may succeed for the one who asks next.
			k.retry = k.now().Add(afterFailure)
		}
		if k.c.CanExpire && k.now().Before(k.c.Expires) {
			k.wake(again)
		}
	})
}

// take needs mu.
func (k *Kept) take(c credentials.Value, renew time.Time) {
	now := k.now()
	k.c, k.renew, k.err, k.retry, k.used = c, renew, nil, time.Time{}, false
	if !c.CanExpire {
		return
	}
	wait := renew.Sub(now)
	if wait <= 0 {
		// The provider could not renew them either.
		k.retry, wait = now.Add(afterFailure), again
	}
	k.wake(wait)
}

// wake renews after d, if somebody has asked since: those that nobody uses are left to expire. It needs mu.
func (k *Kept) wake(d time.Duration) {
	if k.closed {
		return
	}
	if k.timer != nil {
		k.timer.Stop()
	}
	k.timer = time.AfterFunc(d, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.used && k.flight == nil && k.due(k.now()) {
			k.fly(false)
		}
	})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
