package grant

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hatstand/profiles"
)

// Times of a token.
const (
	// renewBefore is what must be left of an access token that is used as it is. A call with it may take a while.
	renewBefore = 5 * time.Minute
	// lastUse is what must be left of one that cannot be renewed.
	lastUse = 30 * time.Second
	// registrationMargin is taken off a registration's life: one sign-in and its refreshes should outlast it.
	registrationMargin = 24 * time.Hour
)

// Locks are held across processes. Lock waits until ctx ends. Await waits until nobody holds the lock. Both report
// whether somebody else held it. Failed, called with the lock held, makes everybody who waits for it fail too.
type Locks interface {
	Lock(ctx context.Context, name string) (unlock func(), waited bool, err error)
	Await(ctx context.Context, name string, linger time.Duration) (waited bool, err error)
	Failed(name string, why error)
}

// Tokens is where tokens are kept: the keyring, or the AWS CLI's files.
type Tokens interface {
	// Token returns the grant's token. ok is false where there is none that was made for these settings.
	Token(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error)
	PutToken(ctx context.Context, g profiles.Grant, t Token) error
	// RemoveToken removes the token. It is no error if there is none.
	RemoveToken(ctx context.Context, g profiles.Grant) error
}

// A Manager gets tokens: kept ones, refreshed ones, or those of a new sign-in. It may be used by several goroutines.
type Manager struct {
	Items   Items
	Tokens  Tokens
	Locks   Locks
	Person  Person
	Connect func(profiles.Grant) (*Client, error)
	// Resolve turns a start URL with a host that is not AWS's into AWS's own, when somebody signs in.
	Resolve func(context.Context, profiles.Grant) (profiles.Grant, error)
	// Forget removes all credentials that come from the sign-in with that key.
	Forget func(ctx context.Context, key string) error
	Now    func() time.Time
	Log    *slog.Logger
	// Acting: a person has asked for the sign-in or sits at the terminal. Without it, a sign-in that nobody finished
	// blocks further ones.
	Acting bool
	// Background: a program calls for a person who may not be there.
	Background bool
	// CallbackPort is the port that a browser comes back to; 0: a free one.
	CallbackPort int
	// Sleep waits between two polls; nil: by the system's clock.
	Sleep func(context.Context, time.Duration) error
	// Anew signs in even where a token is kept, once.
	Anew bool
	// Warn gets what went wrong without making the call fail, such as a failed write. It may be nil.
	Warn func(error)
	// Say tells the person how the sign-in goes on, such as that no browser could be opened. It may be nil.
	Say func(ctx context.Context, text string)

	mu      sync.Mutex
	refused map[string]string // by key: the access token that AWS refused
	unkept  map[string]Token  // by key: tokens that could not be written
	anew    map[string]bool   // by key: signed in since Anew
}

// LockName names the lock around refreshing a grant's token and signing in.
func LockName(g profiles.Grant) string { return "grant/" + g.Key() }

// Token returns a token of the grant with some life left: the one that is kept, else a refreshed one, else that of a
// new sign-in. Its error is an *Error, or that of the keyring or the locks.
func (m *Manager) Token(ctx context.Context, g profiles.Grant) (Token, error) {
	t, ok, err := m.usable(ctx, g)
	if err != nil || ok {
		return t, err
	}
	// Wait before taking the lock: what another process gets serves all that waited, who then need not queue.
	waited, err := m.Locks.Await(ctx, LockName(g), 0)
	if err != nil {
		return Token{}, err
	}
	if waited {
		if t, ok, err = m.usable(ctx, g); err != nil || ok {
			return t, err
		}
	}
	unlock, _, err := m.Locks.Lock(ctx, LockName(g))
	if err != nil {
		return Token{}, err
	}
	defer unlock()
	if t, ok, err = m.usable(ctx, g); err != nil || ok {
		return t, err
	}
	if t, err = m.renew(ctx, g); err != nil {
		m.Log.Info("no token", "grant", g.Key(), "error", err.Error())
		m.Locks.Failed(LockName(g), err)
		return Token{}, err
	}
	return t, nil
}

// usable is the kept token, if it need not be renewed.
func (m *Manager) usable(ctx context.Context, g profiles.Grant) (Token, bool, error) {
	if m.wantsAnew(g) {
		return Token{}, false, nil
	}
	t, err := m.kept(ctx, g)
	return t, err == nil && t.Access != "" && t.Expires.Sub(m.Now()) > renewBefore && !m.isRefused(g, t), err
}

// kept is the kept token, however little is left of it; zero if there is none.
func (m *Manager) kept(ctx context.Context, g profiles.Grant) (Token, error) {
	m.mu.Lock()
	t, ok := m.unkept[g.Key()]
	m.mu.Unlock()
	if ok {
		return t, nil
	}
	t, _, err := m.Tokens.Token(ctx, g)
	return t, err
}

// renew refreshes the token or has a person sign in. The grant's lock is held.
func (m *Manager) renew(ctx context.Context, g profiles.Grant) (Token, error) {
	t, err := m.kept(ctx, g)
	if err != nil {
		return Token{}, err
	}
	if m.wantsAnew(g) {
		return m.signIn(ctx, g, t)
	}
	left := t.Expires.Sub(m.Now())
	serves := t.Access != "" && left > lastUse && !m.isRefused(g, t)
	if t.Refresh != "" && t.Client.Expires.After(m.Now()) {
		refreshed, err := m.refresh(ctx, g, t)
		if err == nil {
			return refreshed, nil
		}
		if !ends(err) { // the network's failure, say: the sign-in may be as good as ever
			if serves {
				m.Log.Warn("refresh failed: the token is used as it is", "grant", g.Key(), "error", err.Error())
				return t, nil
			}
			return Token{}, err
		}
		if other, ok := m.anothers(ctx, g, t); ok {
			return other, nil
		}
		m.Log.Info("the sign-in has ended", "grant", g.Key(), "error", err.Error())
		t.Refresh = "" // so that nobody tries it again
		m.keep(ctx, g, t)
	}
	if serves {
		return t, nil
	}
	return m.signIn(ctx, g, t)
}

// refresh spends the refresh token, once. What it buys is stored before it is used.
func (m *Manager) refresh(ctx context.Context, g profiles.Grant, t Token) (Token, error) {
	client, err := m.Connect(t.Of(g))
	if err != nil {
		return Token{}, err
	}
	// Once the refresh token is sent, neither a deadline nor Ctrl-C may lose what it buys.
	got, err := client.Refresh(context.WithoutCancel(ctx), t)
	if err != nil {
		return Token{}, err
	}
	got.SignIn, got.SignedIn, got.Region, got.User, got.Before = t.SignIn, t.SignedIn, t.Region, t.User, t.Before
	m.Log.Info("token refreshed", "grant", g.Key(), "expires", got.Expires)
	m.keep(ctx, g, got)
	return got, nil
}

// anothersAfter is how long another program, which does not take our lock, has to store what a refresh bought.
const anothersAfter = time.Second

// anothers is the token that another program has got, where AWS would not take our refresh token: the AWS CLI shares
// the file in some settings.
func (m *Manager) anothers(ctx context.Context, g profiles.Grant, ours Token) (Token, bool) {
	shared, ok := m.Tokens.(interface{ Shared() bool })
	if !ok || !shared.Shared() {
		return Token{}, false
	}
	select {
	case <-ctx.Done():
	case <-time.After(anothersAfter):
	}
	t, _, err := m.Tokens.Token(ctx, g)
	good := err == nil && t.Access != ours.Access && t.Expires.Sub(m.Now()) > lastUse
	return t, good
}

// ends reports whether AWS's refusal of a refresh means that the sign-in is over.
func ends(err error) bool {
	switch KindOf(err) {
	case GrantEnded, ClientRefused:
		return true
	}
	return false
}

// keep stores a token. A failure is a warning: the token serves this process all the same.
func (m *Manager) keep(ctx context.Context, g profiles.Grant, t Token) {
	err := m.Tokens.PutToken(context.WithoutCancel(ctx), g, t)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		delete(m.unkept, g.Key())
		return
	}
	if m.unkept == nil {
		m.unkept = map[string]Token{}
	}
	m.unkept[g.Key()] = t
	m.warn(&Error{Kind: NotKept, Grant: g.Name(), Reason: "the sign-in could not be kept: " + err.Error(), Err: err})
}

func (m *Manager) warn(err error) {
	m.Log.Warn(err.Error())
	if m.Warn != nil {
		m.Warn(err)
	}
}

func (m *Manager) say(ctx context.Context, text string) {
	m.Log.Info(text)
	if m.Say != nil {
		m.Say(ctx, text)
	}
}

// Refused notes that AWS did not take the token, so that the next call of Token gets another one.
func (m *Manager) Refused(g profiles.Grant, t Token) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refused == nil {
		m.refused = map[string]string{}
	}
	m.refused[g.Key()] = t.Access
}

func (m *Manager) isRefused(g profiles.Grant, t Token) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	access, ok := m.refused[g.Key()]
	return ok && access == t.Access
}

func (m *Manager) wantsAnew(g profiles.Grant) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Anew && !m.anew[g.Key()]
}

// begin makes a token that a sign-in gave the grant's one: all that comes from the sign-in before goes, before and
// after, as another process may store some in between.
func (m *Manager) begin(ctx context.Context, g profiles.Grant, t, before Token) (Token, error) {
	whole := context.WithoutCancel(ctx)
	t.SignIn, t.SignedIn, t.Before = rand.Text(), m.Now().UTC(), before.User
	if before.User == "" {
		t.Before = before.Before
	}
	if err := m.Forget(whole, g.Key()); err != nil {
		return Token{}, err
	}
	m.keep(whole, g, t)
	if err := m.Forget(whole, g.Key()); err != nil {
		return Token{}, err
	}
	if err := m.Items.RemoveItem(whole, PendingItem, g.Key()); err != nil {
		m.warn(err)
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

// Kept is the kept token, fresh or not, for those who only look; ok is false if there is none.
func (m *Manager) Kept(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error) {
	t, err = m.kept(ctx, g)
	return t, err == nil && (t.Access != "" || t.Refresh != ""), err
}

// Named makes the person's name part of a token that has none yet. learn finds it out; it is called once a sign-in,
// however many processes want to know. Without a name the token is returned as it is: it serves all the same.
func (m *Manager) Named(ctx context.Context, g profiles.Grant, t Token,
	learn func(context.Context) (string, error)) (Token, error) {
	unlock, _, err := m.Locks.Lock(ctx, LockName(g))
	if err != nil {
		return t, err
	}
	defer unlock()
	now, err := m.kept(ctx, g)
	if err != nil || now.SignIn != t.SignIn || now.User != "" {
		if err == nil && now.SignIn == t.SignIn {
			t = now
		}
		return t, err
	}
	name, err := learn(ctx)
	if err != nil || name == "" {
		m.Log.Info("the person's name is not known", "grant", g.Key(), "error", err)
		return t, nil
	}
	now.User = name
	if again, ok := m.Tokens.(interface {
		Recognize(context.Context, profiles.Grant, Token) (Token, bool, error)
	}); ok {
		recognized, same, err := again.Recognize(ctx, g, now)
		if err != nil {
			return t, err
		}
		if !same {
			return m.begin(ctx, g, recognized, Token{User: recognized.Before})
		}
		now = recognized
	}
	m.keep(ctx, g, now)
	return now, nil
}

// Logout ends the sign-in: at AWS, as far as that answers, and in the keyring, with all that comes from it. known is
// false where there was none.
func (m *Manager) Logout(ctx context.Context, g profiles.Grant) (known bool, err error) {
	unlock, _, err := m.Locks.Lock(ctx, LockName(g))
	if err != nil {
		return false, err
	}
	defer unlock()
	t, err := m.kept(ctx, g)
	if err != nil {
		return false, err
	}
	known = t.Access != "" || t.Refresh != ""
	if t.Access != "" && t.Expires.After(m.Now()) {
		client, err := m.Connect(t.Of(g))
		if err == nil {
			err = client.Logout(ctx, t)
		}
		if err != nil {
			m.Log.Info("AWS was not told of the sign-out", "grant", g.Key(), "error", err.Error())
		}
	}
	return known, errors.Join(m.Tokens.RemoveToken(ctx, g), m.Items.RemoveItem(ctx, PendingItem, g.Key()),
		m.Forget(ctx, g.Key()))
}
