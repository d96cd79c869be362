package grant

import (
	"context"
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
	// PutToken stores t in place of was, which Token returned; a zero was stands for whatever is there. If another
	// program has replaced was, nothing is stored and the error is ErrReplaced.
	PutToken(ctx context.Context, g profiles.Grant, t, was Token) error
	// Outdated returns what RemoveToken removes besides: tokens that were made for other settings.
	Outdated(ctx context.Context, g profiles.Grant) ([]Outdated, error)
	// RemoveToken removes the token. It is no error if there is none.
	RemoveToken(ctx context.Context, g profiles.Grant) error
}

// ErrReplaced: another program has stored another token meanwhile.
var ErrReplaced = errors.New("another program has signed in or refreshed the sign-in meanwhile")

// sharedTokens are tokens that other programs store too, which do not take our locks.
type sharedTokens interface {
	// Recognize says whether a token whose person is known by now is of the person of the one before. Then it
	// continues that sign-in.
	Recognize(ctx context.Context, g profiles.Grant, t Token) (Token, bool, error)
}

// shared are the tokens of a sign-in that other programs store too.
func (m *Manager) shared(g profiles.Grant) (sharedTokens, bool) {
	others, ok := m.Tokens.(sharedTokens)
	return others, ok && g.Shareable()
}

// A Manager gets tokens: kept ones, refreshed ones, or those of a new sign-in. It may be used by several goroutines.
type Manager struct {
	Items  Items
	Tokens Tokens
	Locks  Locks
	Person Person
	// Connect makes a client for the service that the grant is signed in to.
	Connect func(profiles.Grant) (Service, error)
	// Resolve turns a start URL with a host that is not AWS's into AWS's own, when somebody signs in.
	Resolve func(context.Context, profiles.Grant) (profiles.Grant, error)
	// Forget removes all credentials that come from the sign-in with that key.
	Forget func(ctx context.Context, key string) error
	Now    func() time.Time
	Log    *slog.Logger
	// Where says where a setting of the grant's stands: ~/.aws/config:12; "" if nowhere. It may be nil.
	Where func(g profiles.Grant, key string) string
	// Acting: a person has asked for the sign-in or sits at the terminal. Without it, a sign-in that nobody finished
	// blocks further ones.
	Acting bool
	// Background: a program calls for a person who may not be there.
	Background bool
	// CallbackPort is the port that a browser comes back to; 0: a free one.
	CallbackPort int
	// ByBrowser: the person wants the browser flow now. A device authorization that is on its way, and that nobody has
	// approved, is not gone on with where a browser can come back.
	ByBrowser bool
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
	unkept  map[string]unkept // by key: tokens that could not be written
	anew    map[string]bool   // by key: signed in since Anew
}

// LockName names the lock around refreshing a grant's token and signing in. A person may take minutes under it.
func LockName(g profiles.Grant) string { return "grant/" + g.Key() }

// StoreLockName names the lock around storing what comes from a grant's sign-in, and around putting another sign-in in
// its place. It is never held while a person or AWS is waited for.
func StoreLockName(g profiles.Grant) string { return "granted/" + g.Key() }

// Token returns a token of the grant with some life left: the one that is kept, else a refreshed one, else that of a
// new sign-in. Its error is an *Error, or that of the keyring or the locks.
func (m *Manager) Token(ctx context.Context, g profiles.Grant) (Token, error) {
	t, ok, err := m.usable(ctx, g)
	if err != nil || ok {
		return t, err
	}
	waiting, serves := ctx, m.serves(g, t)
	if serves {
		var stop context.CancelFunc
		waiting, stop = context.WithTimeout(ctx, briefly)
		defer stop()
	}
	unlock, t, ok, err := m.turn(waiting, g, t)
	switch {
	case err != nil && serves && ctx.Err() == nil:
		m.Log.Warn("the token could not be renewed: it is used as it is", "grant", g.Key(), "error", err.Error())
		return t, nil
	case err != nil:
		return Token{}, m.stillOpen(ctx, g, err)
	case ok:
		return t, nil
	}
	defer unlock()
	if t, err = m.renew(ctx, g); err != nil {
		m.Log.Info("no token", "grant", g.Key(), "error", err.Error())
		m.Locks.Failed(LockName(g), err)
		return Token{}, err
	}
	return t, nil
}

// briefly is how long a process that has a token with some life left waits for one that renews it.
const briefly = 3 * time.Second

// turn waits until it is this process's turn to renew the token, or another process has done so: ok. now is the token
// that there is, after an error too.
func (m *Manager) turn(ctx context.Context, g profiles.Grant, t Token) (unlock func(), now Token, ok bool, err error) {
	// Wait before taking the lock: what another process gets serves all that waited, who then need not queue.
	waited, err := m.Locks.Await(ctx, LockName(g), 0)
	if err != nil {
		return nil, t, false, err
	}
	if waited {
		if now, ok, err = m.usable(ctx, g); err != nil || ok {
			return nil, now, ok, err
		}
	}
	if unlock, _, err = m.Locks.Lock(ctx, LockName(g)); err != nil {
		return nil, t, false, err
	}
	if now, ok, err = m.usable(ctx, g); err != nil || ok {
		unlock()
		return nil, now, ok, err
	}
	return unlock, now, false, nil
}

// stillOpen is the error of a process whose time was up before it was its turn: it names the code that waits in the
// browser, if that is why.
func (m *Manager) stillOpen(ctx context.Context, g profiles.Grant, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	looking, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	if p, pendingErr := m.pending(looking, g); pendingErr == nil && p.DeviceCode != "" {
		return stillOpen(g, p.UserCode)
	}
	return err
}

// usable is the kept token. ok: it need not be renewed.
func (m *Manager) usable(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error) {
	if m.wantsAnew(g) {
		return Token{}, false, nil
	}
	t, err = m.kept(ctx, g)
	return t, err == nil && m.lasts(g, t, renewBefore), err
}

// lasts reports whether more than d is left of a token that AWS has not refused.
func (m *Manager) lasts(g profiles.Grant, t Token, d time.Duration) bool {
	return t.Access != "" && t.Expires.Sub(m.Now()) > d && !m.isRefused(g, t)
}

// serves reports whether a token that is due for renewal can be used still.
func (m *Manager) serves(g profiles.Grant, t Token) bool { return m.lasts(g, t, lastUse) }

// kept is the kept token, however little is left of it; zero if there is none.
func (m *Manager) kept(ctx context.Context, g profiles.Grant) (Token, error) {
	t, _, err := m.Tokens.Token(ctx, g)
	m.mu.Lock()
	defer m.mu.Unlock()
	if u, ok := m.unkept[g.Key()]; ok {
		if err != nil || sameTokens(t, u.stored) {
			return u.token, nil
		}
		delete(m.unkept, g.Key()) // another process has stored a later one
	}
	return t, err
}

// Kept is the kept token, fresh or not, for those who only look; ok is false if there is none.
func (m *Manager) Kept(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error) {
	t, err = m.kept(ctx, g)
	return t, err == nil && (t.Access != "" || t.Refresh != ""), err
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
