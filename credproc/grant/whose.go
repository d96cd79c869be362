package grant

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"hatstand/profiles"
)

// begin makes a token that a sign-in gave the grant's one, in place of the one before. Nothing that comes from that is
// left, even if this process is killed on the way: then nobody is signed in. was is as PutToken has it.
func (m *Manager) begin(ctx context.Context, g profiles.Grant, t, before, was Token) (Token, error) {
	whole := context.WithoutCancel(ctx)
	t.SignIn, t.SignedIn, t.Before = rand.Text(), m.Now().UTC(), before.User
	if before.User == "" {
		t.Before = before.Before
	}
	unlock := m.lockStore(whole, g)
	defer unlock()
	if err := m.Forget(whole, g.Key()); err != nil {
		return Token{}, err
	}
	if _, shared := m.shared(g); !shared {
		if err := m.Tokens.RemoveToken(whole, g); err != nil {
			m.warn(err)
		}
	}
	// Before the token is stored: what would be left of a sign-in that is finished looks like one that nobody finished.
	if err := m.Items.RemoveItem(whole, PendingItem, g.Key()); err != nil {
		m.warn(err)
	}
	if err := m.keep(whole, g, t, was); err != nil {
		return Token{}, err
	}
	// Again: there may have been no lock, and another process may have stored something in between.
	if err := m.Forget(whole, g.Key()); err != nil {
		return Token{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.refused, g.Key())
	if m.anew == nil {
		m.anew = map[string]bool{}
	}
	m.anew[g.Key()] = true
	return t, nil
}

// SignInOnly has a person sign in, and keeps nothing of it: Keep does, when it is known whose sign-in it is.
func (m *Manager) SignInOnly(ctx context.Context, g profiles.Grant) (Token, error) {
	unlock, _, err := m.Locks.Lock(ctx, LockName(g))
	if err != nil {
		return Token{}, err
	}
	defer unlock()
	return m.signInNow(ctx, g)
}

// Keep makes what SignInOnly gave the grant's token. Nothing that comes from the one before is left.
func (m *Manager) Keep(ctx context.Context, g profiles.Grant, t Token) (Token, error) {
	unlock, _, err := m.Locks.Lock(ctx, LockName(g))
	if err != nil {
		return Token{}, err
	}
	defer unlock()
	before, err := m.kept(ctx, g)
	if err != nil {
		return Token{}, err
	}
	return m.begin(ctx, g, t, before, Token{})
}

// storeLockTime is how long the lock around storing is waited for. It is held for moments; who holds it for longer was
// stopped.
const storeLockTime = 10 * time.Second

// lockStore takes the lock around storing. Without it, what was stored meanwhile goes a moment later.
func (m *Manager) lockStore(ctx context.Context, g profiles.Grant) (unlock func()) {
	limited, stop := context.WithTimeout(ctx, storeLockTime)
	defer stop()
	unlock, _, err := m.Locks.Lock(limited, StoreLockName(g))
	if err != nil {
		m.Log.Warn("no lock: going on without", "name", StoreLockName(g), "error", err.Error())
		return func() {}
	}
	return unlock
}

// Times of learning a name.
const (
	// nameTime is how long a process waits for its turn: somebody may be signing in.
	nameTime = 10 * time.Second
	// learnTime is how long finding it out may take, with all calls and their repetitions: whoever has signed in wants
	// the credentials, and a name is no more than that.
	learnTime = 3 * time.Second
)

// Named makes the person's name part of a token that has none yet. learn finds it out, with what the token gave; it is
// called once a sign-in, however many processes want to know. If the name cannot be found out, the token is returned as
// it is: it serves all the same. The error is ErrReplaced where the kept token is of another sign-in by now, as far as
// anybody can tell.
func (m *Manager) Named(ctx context.Context, g profiles.Grant, t Token,
	learn func(context.Context) (string, error)) (Token, error) {
	waiting, stop := context.WithTimeout(ctx, nameTime)
	unlock, _, err := m.Locks.Lock(waiting, LockName(g))
	stop()
	if err != nil {
		return t, err
	}
	defer unlock()
	now, err := m.kept(ctx, g)
	switch {
	case err != nil:
		return t, err
	case !sameTokens(now, t) && (t.SignIn == "" || t.SignIn != now.SignIn):
		return t, ErrReplaced
	case now.User != "":
		return now, nil
	}
	limited, stop := context.WithTimeout(ctx, learnTime)
	name, err := learn(limited)
	stop()
	if err != nil || name == "" {
		m.Log.Info("the person's name is not known", "grant", g.Key(), "error", err)
		return t, nil
	}
	named := now
	named.User = name
	if others, ok := m.shared(g); ok {
		recognized, same, err := others.Recognize(ctx, g, named)
		if err != nil {
			return t, err
		}
		if !same {
			return m.begin(ctx, g, recognized, Token{User: recognized.Before}, now)
		}
		named = recognized
	}
	if err := m.keep(ctx, g, named, now); err != nil {
		return t, err
	}
	return named, nil
}

// An Ended is a sign-in that was there, and has been ended.
type Ended struct {
	Grant profiles.Grant // with the settings of that time
	User  string         // the person; "": not known
}

// Logout ends the sign-in, and those with settings that it had before: at AWS, as far as that answers, and in the
// keyring, with all that comes from it. Nothing is sent to an endpoint that has been set since a sign-in.
func (m *Manager) Logout(ctx context.Context, g profiles.Grant) (ended []Ended, err error) {
	unlock, _, err := m.Locks.Lock(ctx, LockName(g))
	if err != nil {
		return nil, err
	}
	defer unlock()
	t, err := m.kept(ctx, g)
	if err != nil {
		return nil, err
	}
	old, err := m.Tokens.Outdated(ctx, g)
	if err != nil {
		return nil, err
	}
	if t.Access != "" || t.Refresh != "" {
		ended = append(ended, Ended{g, t.User})
		m.end(ctx, g, t)
	}
	for _, o := range old {
		ended = append(ended, Ended{o.Grant, o.Token.User})
		if o.Grant.Service.URL != g.Service.URL {
			m.Log.Info("the service was not told of the sign-out: another endpoint is set now", "grant", g.Key())
			continue
		}
		o.Grant.Service, o.Grant.Portal = g.Service, g.Portal
		m.end(ctx, o.Grant, o.Token)
	}
	whole := context.WithoutCancel(ctx) // AWS has been told
	unlockStore := m.lockStore(whole, g)
	defer unlockStore()
	err = errors.Join(m.Forget(whole, g.Key()), m.Tokens.RemoveToken(whole, g),
		m.Items.RemoveItem(whole, PendingItem, g.Key()))
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.unkept, g.Key())
	return ended, err
}

// end tells the service that a sign-in ends, if it still takes the token.
func (m *Manager) end(ctx context.Context, g profiles.Grant, t Token) {
	if !(t.Access != "" && t.Expires.After(m.Now()) || t.Refresh != "" && g.EndsLate()) {
		return
	}
	client, err := m.Connect(t.Of(g))
	if err == nil {
		err = client.Logout(ctx, t)
	}
	if err != nil {
		m.Log.Info("the service was not told of the sign-out", "grant", g.Key(), "error", err.Error())
	}
}
