package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/endpoint"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// A Refreshing gets one profile's credentials for an endpoint that asks again and again.
type Refreshing struct {
	// Plan is what is run again and again.
	Plan credproc.Plan
	// OnError is given each new reason why there are no credentials; it may be nil.
	OnError func(error)

	provider *Provider
	flags    RoleFlags

	mu       sync.Mutex
	declined time.Time
	last     string // the reason last told
}

// Refreshing makes one. --mfa-code is good for the first credentials alone, and is not for it.
func (a *Provider) Refreshing(p credproc.Plan, k *RoleFlags) *Refreshing {
	s := &Refreshing{provider: a, Plan: p, flags: *k}
	s.flags.MFACode = ""
	return s
}

// Credentials says in its errors what to do, since clients see nothing else.
func (s *Refreshing) Credentials(ctx context.Context, ask bool) (credentials, time.Time, error) {
	c, renew, err := s.Get(ctx, &s.flags, ask)
	s.Tell(err)
	if hints := advice.Hints(err); len(hints) > 0 {
		err = fmt.Errorf("%w (%s)", err, strings.Join(hints, "; "))
	}
	if err != nil {
		err = errors.New(ui.Plain(err.Error()))
	}
	return c, renew, err
}

// Get is Credentials with the errors as they are, and other flags.
func (s *Refreshing) Get(ctx context.Context, k *RoleFlags, ask bool) (credentials, time.Time, error) {
	limit, err := s.provider.settings.Patience()
	if err != nil {
		return credentials{}, time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	policy := prompt.Normal
	if !ask || s.resting() {
		policy = prompt.Never
	}
	r, err := s.provider.Resolver(ctx, s.Plan.Target, k, policy)
	if err != nil {
		return credentials{}, time.Time{}, s.rest(err)
	}
	c, err := r.Credentials(ctx, s.Plan)
	if err != nil {
		return credentials{}, time.Time{}, s.rest(err)
	}
	return c, s.RenewAt(ctx, r, c), nil
}

// RenewAt is when to renew credentials that r got, by the rule of the keyring's copy, where there is one.
func (s *Refreshing) RenewAt(ctx context.Context, r *resolve.Resolver, c credentials) time.Time {
	issued := s.provider.world.Now()
	if n := len(s.Plan.Steps); n > 0 {
		kept, at, err := r.Kept(ctx, s.Plan, n-1)
		if err == nil && kept.SessionToken == c.SessionToken {
			issued = at
		}
	}
	return credproc.RenewAt(issued, c.Expires)
}

// rest remembers that a person said no, or said nothing.
func (s *Refreshing) rest(err error) error {
	if errors.Is(err, resolve.ErrDeclined) || mfa.KindOf(err) == mfa.Late || cache.IsPassphrase(err) {
		s.mu.Lock()
		s.declined = s.provider.world.Now()
		s.mu.Unlock()
	}
	return err
}

func (s *Refreshing) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return prompt.Resting(s.declined, s.provider.world.Now())
}

// Tell passes a reason on, once.
func (s *Refreshing) Tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.mu.Lock()
	is := text == s.last
	s.last = text
	s.mu.Unlock()
	if err != nil && !is && s.OnError != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, mfa.ErrCancelled) {
		s.OnError(err)
	}
}

// Endpoint is it as an endpoint knows it. Close it at the end.
func (s *Refreshing) Endpoint(ctx context.Context) endpoint.Profile {
	p := endpoint.Profile{Name: s.Plan.Target, Region: s.Plan.Region, Cache: endpoint.NewRefreshingCache(ctx, s, s.provider.world.Now)}
	if n := len(s.Plan.Steps); n > 0 {
		p.RoleARN = s.Plan.Steps[n-1].Role.ARN
	}
	return p
}

// PathOf is a profile's path: its name, in letters that no client writes in another way.
func PathOf(name string) string {
	return "/" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, name)
}
