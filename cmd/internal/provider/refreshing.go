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

// A Refresher gets a profile's credentials for an endpoint, whenever they are due for renewal.
type Refresher struct {
	// Plan is run each time.
	Plan credproc.Plan
	// OnError is called when there are no credentials, once for each reason. It may be nil.
	OnError func(error)

	provider *Provider
	flags    RoleFlags

	mu         sync.Mutex
	declined   time.Time // when a person last said no, or nothing
	lastReason string    // that OnError was called for
}

// NewRefresher makes a Refresher. It drops --mfa-code and --reason, which are good only for the first credentials: a
// reason lasts as long as the session that it opened.
func (a *Provider) NewRefresher(p credproc.Plan, k *RoleFlags) *Refresher {
	s := &Refresher{provider: a, Plan: p, flags: *k}
	s.flags.MFACode, s.flags.Reason, s.flags.Silent, s.flags.Renewal = "", "", true, true // the terminal may be a command's
	if s.flags.SAMLResponse == fromStdin {
		s.flags.SAMLResponse = ""
	}
	return s
}

// Credentials gets the credentials, and when to renew them. ask says whether a person may be asked. Its errors hold the
// hints, since clients see nothing else.
func (s *Refresher) Credentials(ctx context.Context, ask bool) (credentials, time.Time, error) {
	c, renew, err := s.CredentialsWith(ctx, &s.flags, ask)
	s.ReportOnce(err)
	if hints := advice.Hints(err); len(hints) > 0 {
		err = fmt.Errorf("%w (%s)", err, strings.Join(hints, "; "))
	}
	if err != nil {
		err = errors.New(ui.Plain(err.Error()))
	}
	return c, renew, err
}

// CredentialsWith is Credentials with other flags, and with the errors unchanged and unreported.
func (s *Refresher) CredentialsWith(ctx context.Context, k *RoleFlags, ask bool) (credentials, time.Time, error) {
	limit, err := s.provider.limits()
	if err != nil {
		return credentials{}, time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit(s.Plan))
	defer cancel()
	policy := prompt.Normal
	if !ask || s.declinedLately() {
		policy = prompt.Never
	}
	r, err := s.provider.Resolver(ctx, s.Plan, k, policy)
	if err != nil {
		return credentials{}, time.Time{}, s.noteDeclined(err)
	}
	c, err := r.Credentials(ctx, s.Plan)
	if err != nil {
		return credentials{}, time.Time{}, s.noteDeclined(err)
	}
	return c, s.RenewAt(ctx, r, c), nil
}

// RenewAt is when to renew credentials that r got. If the keyring has them too, it goes by when they were issued.
func (s *Refresher) RenewAt(ctx context.Context, r *resolve.Resolver, c credentials) time.Time {
	issued := s.provider.world.Now()
	if n := len(s.Plan.Steps); n > 0 {
		cached, at, err := r.Cached(ctx, s.Plan, n-1)
		if err == nil && cached.SessionToken == c.SessionToken {
			issued = at
		}
	}
	return credproc.RenewAt(issued, c.Expires)
}

// noteDeclined remembers that a person said no, or nothing, if that is what the error means.
func (s *Refresher) noteDeclined(err error) error {
	if errors.Is(err, resolve.ErrDeclined) || mfa.KindOf(err) == mfa.Late || cache.IsPassphrase(err) {
		s.mu.Lock()
		s.declined = s.provider.world.Now()
		s.mu.Unlock()
	}
	return err
}

// declinedLately reports whether a person is not to be asked again yet.
func (s *Refresher) declinedLately() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return prompt.DeclinedLately(s.declined, s.provider.world.Now())
}

// ReportOnce calls OnError, unless the last call was for the same reason. Without an error the next reason is new
// again.
func (s *Refresher) ReportOnce(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.mu.Lock()
	known := text == s.lastReason
	s.lastReason = text
	s.mu.Unlock()
	if err == nil || known || s.OnError == nil {
		return
	}
	if !errors.Is(err, context.Canceled) && !errors.Is(err, mfa.ErrCancelled) {
		s.OnError(err)
	}
}

// Endpoint is the profile for an endpoint. Close its cache at the end.
func (s *Refresher) Endpoint(ctx context.Context) endpoint.Profile {
	p := endpoint.Profile{
		Name: s.Plan.Target, Account: s.Plan.Account(), Region: s.Plan.Region,
		Cache: endpoint.NewRefreshingCache(ctx, s, s.provider.world.Now),
	}
	if s.Plan.Base.NeedsPerson() {
		state, key := s.provider.settings.Environment().StateDir(), s.Plan.Base.SignInKey()
		p.Cache.Watch(func() string { return cache.Dropped(state, key) })
	}
	if n := len(s.Plan.Steps); n > 0 {
		p.RoleARN = s.Plan.Steps[n-1].Role.ARN
	}
	return p
}

// PathOf is a profile's path at an endpoint: its name, with a dash for each character that clients may encode.
func PathOf(name string) string {
	return "/" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, name)
}
