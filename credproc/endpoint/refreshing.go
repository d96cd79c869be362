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

// requestWait is how long a request waits for credentials that are being fetched: instance metadata clients
// (botocore) and the JavaScript SDK's container client give up after one second, botocore's container
// client after two.
const requestWait = 750 * time.Millisecond

const (
	// afterFailure passes before a request makes the provider try again.
	afterFailure = 5 * time.Second
	// retryUnasked passes before a failed renewal is tried again with nobody waiting.
	retryUnasked = time.Minute
)

// ErrFetching is the answer while credentials are being fetched and there are no older ones to give.
var ErrFetching = errors.New("its credentials are being fetched, which may be waiting for a token code or a " +
	"sign-in: answer the prompt, then try again")

// A RefreshingCache holds one provider's credentials, renewed in the background before they expire for as long as
// somebody asks for them. However many ask, there is one call of the provider at a time. Credentials that cannot be
// renewed are given out until they expire; after that, clients get the reason.
type RefreshingCache struct {
	provider Provider
	now      func() time.Time
	watched  func() string // nil: nothing is watched

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	c      credentials.Value
	mark   string // what watched said when they came
	renew  time.Time
	err    error     // of the last call
	retry  time.Time // not before then
	used   bool      // since the credentials were got
	call   *call     // nil: the provider is not being asked
	timer  *time.Timer
}

// A call is one call of the provider.
type call struct {
	began time.Time
	done  chan struct{}
}

// NewRefreshingCache makes a RefreshingCache, which asks nothing of its provider before it is asked itself. Close ends
// it.
func NewRefreshingCache(ctx context.Context, p Provider, now func() time.Time) *RefreshingCache {
	r := &RefreshingCache{provider: p, now: now}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r
}

// Watch has it drop credentials when a text changes after they came. That says that they may not be given out any more:
// the person has logged out, say, or somebody else has signed in. A change while the provider is asked is
// left to the provider: its own sign-in is one.
func (r *RefreshingCache) Watch(text func() string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watched = text
}

// Put gives it credentials that were got elsewhere.
func (r *RefreshingCache) Put(c credentials.Value, renew time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store(c, renew)
}

// Close ends the renewal and waits for the provider to return.
func (r *RefreshingCache) Close() {
	r.cancel()
	r.mu.Lock()
	r.closed = true
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	r.running.Wait()
}

// Credentials returns credentials that have not expired, within a second. The error is ErrFetching or the
// provider's.
func (r *RefreshingCache) Credentials(ctx context.Context) (credentials.Value, error) {
	limit := r.now().Add(requestWait)
	for {
		c, f, err := r.current(limit)
		if f == nil {
			return c, err
		}
		wait := time.NewTimer(earlier(limit, f.began.Add(requestWait)).Sub(r.now()))
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

// current is what can be said now, or the call that is worth waiting for until limit.
func (r *RefreshingCache) current(limit time.Time) (credentials.Value, *call, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	r.used = true
	if r.c.HasKeys() && r.mark != r.marked() {
		r.c, r.retry = credentials.Value{}, time.Time{}
	}
	if r.c.HasKeys() && !r.due(now) {
		return r.c, nil, nil
	}
	if r.call == nil && !now.Before(r.retry) && now.Before(limit) {
		r.start(true)
	}
	if r.call != nil && now.Before(earlier(limit, r.call.began.Add(requestWait))) {
		return credentials.Value{}, r.call, nil
	}
	switch {
	case r.c.HasKeys() && (!r.c.CanExpire || now.Before(r.c.Expires)):
		return r.c, nil, nil
	case r.call != nil, r.err == nil:
		return credentials.Value{}, nil, ErrFetching
	}
	return credentials.Value{}, nil, r.err
}

func (r *RefreshingCache) marked() string {
	if r.watched == nil {
		return ""
	}
	return r.watched()
}

func (r *RefreshingCache) due(now time.Time) bool { return r.c.CanExpire && !now.Before(r.renew) }

// start asks the provider; it needs mu.
func (r *RefreshingCache) start(ask bool) {
	if r.closed {
		r.err = context.Canceled
		return
	}
	f := &call{began: r.now(), done: make(chan struct{})}
	r.call = f
	r.running.Go(func() {
		c, renew, err := r.provider.Credentials(r.ctx, ask)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.call = nil
		close(f.done)
		if err == nil {
			r.store(c, renew)
			return
		}
		r.err = err
		if ask {
			// What failed with nobody to ask may succeed for the one who asks next.
			r.retry = r.now().Add(afterFailure)
		}
		if r.c.CanExpire && r.now().Before(r.c.Expires) {
			r.wake(retryUnasked)
		}
	})
}

// store needs mu.
func (r *RefreshingCache) store(c credentials.Value, renew time.Time) {
	now := r.now()
	r.c, r.renew, r.err, r.retry, r.used = c, renew, nil, time.Time{}, false
	r.mark = r.marked()
	if !c.CanExpire {
		return
	}
	wait := renew.Sub(now)
	if wait <= 0 {
		// The provider could not renew them either.
		r.retry, wait = now.Add(afterFailure), retryUnasked
	}
	r.wake(wait)
}

// wake renews after d, if somebody has asked since: those that nobody uses are left to expire. It needs mu.
func (r *RefreshingCache) wake(d time.Duration) {
	if r.closed {
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer = time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.used && r.call == nil && r.due(r.now()) {
			r.start(false)
		}
	})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
