package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/endpoint"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// A supply is the road to one profile's credentials, for an endpoint that asks again and again.
type supply struct {
	app    *parts
	plan   credproc.Plan
	asking asking
	// opening guards what the app opens when it is first wanted.
	opening *sync.Mutex
	// told is given each new reason why there are no credentials; it may be nil.
	told func(error)

	mu       sync.Mutex
	declined time.Time
	last     string // the reason last told
}

// supply makes one. --mfa-code is good for the first credentials alone, and is not for it.
func (a *parts) supply(p credproc.Plan, k *asking) *supply {
	s := &supply{app: a, plan: p, asking: *k, opening: &sync.Mutex{}}
	s.asking.mfaCode = ""
	return s
}

// Credentials says in its errors what to do, since clients see nothing else.
func (s *supply) Credentials(ctx context.Context, ask bool) (credentials, time.Time, error) {
	c, renew, err := s.get(ctx, &s.asking, ask)
	s.tell(err)
	if hints := advice.Hints(err); len(hints) > 0 {
		err = fmt.Errorf("%w (%s)", err, strings.Join(hints, "; "))
	}
	if err != nil {
		err = errors.New(ui.Plain(err.Error()))
	}
	return c, renew, err
}

func (s *supply) get(ctx context.Context, k *asking, ask bool) (credentials, time.Time, error) {
	s.opening.Lock()
	limit, err := s.app.settings.Patience()
	if err != nil {
		s.opening.Unlock()
		return credentials{}, time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if !ask || s.resting() {
		ctx = quietly(ctx)
	}
	r, err := s.app.resolver(ctx, s.plan.Target, k)
	s.opening.Unlock()
	if err != nil {
		return credentials{}, time.Time{}, s.rest(err)
	}
	c, err := r.Credentials(ctx, s.plan)
	if err != nil {
		return credentials{}, time.Time{}, s.rest(err)
	}
	return c, s.renewAt(ctx, r, c), nil
}

// renewAt is by the rule of the keyring's copy, where there is one.
func (s *supply) renewAt(ctx context.Context, r *resolve.Resolver, c credentials) time.Time {
	issued := s.app.Now()
	if n := len(s.plan.Steps); n > 0 {
		kept, at, err := r.Kept(ctx, s.plan, n-1)
		if err == nil && kept.SessionToken == c.SessionToken {
			issued = at
		}
	}
	return credproc.RenewAt(issued, c.Expires)
}

// rest remembers that a person said no, or said nothing.
func (s *supply) rest(err error) error {
	if errors.Is(err, resolve.ErrDeclined) || mfa.KindOf(err) == mfa.Late || cache.IsPassphrase(err) {
		s.mu.Lock()
		s.declined = s.app.Now()
		s.mu.Unlock()
	}
	return err
}

func (s *supply) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return restsAfter(s.declined, s.app.Now())
}

// tell passes a reason on, once.
func (s *supply) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.mu.Lock()
	is := text == s.last
	s.last = text
	s.mu.Unlock()
	if err != nil && !is && s.told != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, mfa.ErrCancelled) {
		s.told(err)
	}
}

// served is the supply as an endpoint knows it. Close it at the end.
func (s *supply) served(ctx context.Context) endpoint.Profile {
	p := endpoint.Profile{Name: s.plan.Target, Region: s.plan.Region, Cache: endpoint.NewRefreshingCache(ctx, s, s.app.Now)}
	if n := len(s.plan.Steps); n > 0 {
		p.RoleARN = s.plan.Steps[n-1].Role.ARN
	}
	return p
}

// pathOf is a profile's path: its name, in letters that no client writes in another way.
func pathOf(name string) string {
	return "/" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, name)
}
