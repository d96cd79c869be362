package grant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/profiles"
)

// renewals is how often a renewal is tried again when other programs, which do not take our lock, store tokens
// meanwhile.
const renewals = 3

// renew refreshes the token or has a person sign in. The grant's lock is held.
func (m *Manager) renew(ctx context.Context, g profiles.Grant) (t Token, err error) {
	for range renewals {
		if t, err = m.kept(ctx, g); err != nil {
			return Token{}, err
		}
		switch {
		case m.wantsAnew(g):
			return m.signIn(ctx, g, t)
		case m.lasts(g, t, renewBefore):
			return t, nil
		}
		if t, err = m.renewThis(ctx, g, t); !errors.Is(err, ErrReplaced) {
			return t, err
		}
		m.Log.Info("another program has stored a token", "grant", g.Key())
	}
	return Token{}, &Error{Kind: Refused, Grant: g.Name(), Reason: "sign-in to " + g.Name() + ": " + err.Error(), Err: err}
}

// renewThis renews one token, or has a person sign in. The error is ErrReplaced where there is another one by now.
func (m *Manager) renewThis(ctx context.Context, g profiles.Grant, t Token) (Token, error) {
	if !renewable(g, t, m.Now()) {
		return m.afterEnd(ctx, g, t, t)
	}
	refreshed, err := m.refresh(ctx, g, t)
	switch {
	case err == nil || errors.Is(err, ErrReplaced):
		return refreshed, err
	case !ends(err) && m.serves(g, t): // the network's failure, say: the sign-in may be as good as ever
		m.Log.Warn("refresh failed: the token is used as it is", "grant", g.Key(), "error", err.Error())
		m.Locks.Failed(LockName(g), err) // a hundred that wait need not try the same
		return t, nil
	case !ends(err):
		return Token{}, err
	}
	if _, ok := m.shared(g); ok { // another program may have been quicker
		if err := m.awaitReplacement(ctx, g, t); err != nil {
			return Token{}, err
		}
	}
	m.Log.Info("the sign-in has ended", "grant", g.Key(), "error", err.Error())
	was := t
	t.Refresh = "" // so that nobody tries it again
	return m.afterEnd(ctx, g, t, was)
}

// afterEnd returns a token once AWS no longer renews the sign-in: its own while it lives, else that of a new sign-in.
// was is the token as it is stored. If AWS has refused the token, then it has ended for every process, whatever it had
// left.
func (m *Manager) afterEnd(ctx context.Context, g profiles.Grant, t, was Token) (Token, error) {
	if now := m.Now(); m.isRefused(g, t) && t.Expires.After(now) {
		t.Expires = now
	}
	if t != was {
		if err := m.keep(ctx, g, t, was); err != nil {
			return Token{}, err
		}
	}
	if m.serves(g, t) {
		return t, nil
	}
	return m.signIn(ctx, g, t)
}

// renewable reports whether the service may renew a token: it does not once the registration has expired.
func renewable(g profiles.Grant, t Token, now time.Time) bool {
	return t.Refresh != "" && (!g.Registers() || t.Client.Expires.After(now))
}

// replacementWait is how long another program has to store what its refresh gave.
const replacementWait = time.Second

// awaitReplacement waits for another program to store a token in place of ours, which AWS would not refresh: then the
// error is ErrReplaced.
func (m *Manager) awaitReplacement(ctx context.Context, g profiles.Grant, ours Token) error {
	if err := m.sleep(ctx, replacementWait); err != nil {
		return context.Cause(ctx)
	}
	t, _, err := m.Tokens.Token(ctx, g)
	if err == nil && !sameTokens(t, ours) {
		err = ErrReplaced
	}
	return err
}

// ends reports whether AWS's refusal of a refresh means that the sign-in is over.
func ends(err error) bool {
	switch KindOf(err) {
	case GrantEnded, ClientRefused:
		return true
	}
	return false
}

// Times of a refresh: what must be left for one to begin; and how long after the end of its context an answer is waited
// for, as of every call that spends something.
const (
	toRefresh = 5 * time.Second
	grace     = 3 * time.Second
)

// refresh uses the refresh token, once. The new token is stored before it is used.
func (m *Manager) refresh(ctx context.Context, g profiles.Grant, t Token) (Token, error) {
	client, err := m.Connect(t.Of(g))
	if err != nil {
		return Token{}, err
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < toRefresh {
		return Token{}, fmt.Errorf("the sign-in to %s could not be renewed: no time is left: %w", g.Name(),
			context.DeadlineExceeded)
	}
	// Once the refresh token is sent, neither a deadline nor Ctrl-C may lose what it gives.
	sent, stop := outlasting(ctx, grace)
	defer stop()
	got, err := client.Refresh(sent, t)
	if err != nil {
		return Token{}, err
	}
	got.SignIn, got.SignedIn, got.Region, got.User, got.Before = t.SignIn, t.SignedIn, t.Region, t.User, t.Before
	m.Log.Info("token refreshed", "grant", g.Key(), "expires", got.Expires)
	if err := m.keep(ctx, g, got, t); err != nil {
		return Token{}, err
	}
	return got, nil
}

// spending makes a call that uses up a code or a person's answer. If ctx ends meanwhile, a token that the service gives
// is still returned; an error is replaced by that of ctx.
func spending(ctx context.Context, call func(context.Context) (Token, error)) (Token, error) {
	sent, stop := outlasting(ctx, grace)
	defer stop()
	t, err := call(sent)
	if err != nil && ctx.Err() != nil {
		return Token{}, context.Cause(ctx)
	}
	return t, err
}

// outlasting is a context that ends some time after ctx.
func outlasting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		late := time.NewTimer(d)
		defer late.Stop()
		select {
		case <-late.C:
			end()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); end() }
}

// An unkept token could not be written: it serves this process, as long as what is stored stays as it was.
type unkept struct{ token, stored Token }

// keep stores a token in place of another; see Tokens. If it cannot be written, that is a warning: the token serves
// this process all the same. The error is ErrReplaced or nil.
func (m *Manager) keep(ctx context.Context, g profiles.Grant, t, was Token) error {
	whole := context.WithoutCancel(ctx)
	err := m.Tokens.PutToken(whole, g, t, was)
	if errors.Is(err, ErrReplaced) {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		delete(m.unkept, g.Key())
		return nil
	}
	stored, _, readErr := m.Tokens.Token(whole, g)
	if readErr != nil {
		stored = was
	}
	if m.unkept == nil {
		m.unkept = map[string]unkept{}
	}
	m.unkept[g.Key()] = unkept{t, stored}
	m.warn(&Error{Kind: NotKept, Grant: g.Name(), Reason: "the sign-in could not be kept: " + err.Error(), Err: err})
	return nil
}

// sameTokens reports whether two tokens are one.
func sameTokens(a, b Token) bool { return a.Access == b.Access && a.Refresh == b.Refresh }
