package grant

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hatstand/profiles"
)

// signIn asks a person to sign in: it continues a device authorization that is in progress, or begins a new one. before
// is the token of the previous sign-in. The grant's lock is held.
func (m *Manager) signIn(ctx context.Context, g profiles.Grant, before Token) (Token, error) {
	t, err := m.signInNow(ctx, g)
	if err != nil {
		return Token{}, err
	}
	return m.begin(ctx, g, t, before, Token{})
}

func (m *Manager) signInNow(ctx context.Context, g profiles.Grant) (_ Token, err error) {
	defer func() { m.locate(g, err) }()
	pending, err := m.pending(ctx, g)
	if err != nil {
		return Token{}, err
	}
	if pending.DeviceCode != "" && !m.Anew {
		t, err := m.resume(ctx, g, pending.authorization())
		// One that has ended: the process that finished it was killed before it could store the token.
		if !ends(err) && !errors.Is(err, errByBrowser) {
			return t, err
		}
		m.Log.Info("the sign-in in progress is no longer valid", "grant", g.Key(), "error", err.Error())
		pending = storedPending{}
	}
	if pending.unanswered() && !m.Acting {
		return Token{}, &Error{Kind: NotSignedIn, Grant: g.Name(),
			Reason: "not signed in to " + g.Name() + ": nobody finished the last sign-in"}
	}
	flow, why, err := m.Person.Way(ctx, g)
	if err != nil {
		return Token{}, notSignedIn(g, err)
	}
	sent := g
	if m.Resolve != nil {
		if sent, err = m.Resolve(ctx, g); err != nil {
			return Token{}, err
		}
	}
	if flow == Browser {
		t, err := m.byBrowser(ctx, g, sent)
		if !errors.Is(err, errNoBrowser) || ctx.Err() != nil {
			return t, err
		}
		why = err.Error()
	}
	if why != "" {
		m.say(ctx, "signing in to "+g.Name()+" with a code, since "+why)
	}
	if flow == Paste || g.Pastes() {
		return m.byPaste(ctx, g, sent)
	}
	a, err := m.startDevice(ctx, sent)
	if err != nil {
		return Token{}, err
	}
	a.Region, a.Unshown = otherRegion(g, sent), true
	if pending.unanswered() && m.Background { // a person may be there, or a window that nobody will see
		a.WindowOpened = m.Now()
	}
	// Stored before it is shown, so that the next process goes on with it if this one is killed.
	if err := m.putPending(ctx, g, pendingOf(g, a)); err != nil {
		m.warn(err)
	}
	return m.byDevice(ctx, g, a)
}

// locate has an error about a setting say where that stands.
func (m *Manager) locate(g profiles.Grant, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok || m.Where == nil || e.Location != "" {
		return
	}
	if key := e.setting(g); key != "" {
		e.Location = m.Where(g, key)
	}
}

// notSignedIn says that nobody can sign in, and why. An error about something else, a setting say, stays as it is.
func notSignedIn(g profiles.Grant, err error) error {
	if !errors.Is(err, ErrNobody) {
		return err
	}
	return &Error{Kind: NotSignedIn, Grant: g.Name(), Reason: "not signed in to " + g.Name() + ", and " + err.Error(), Err: err}
}

// resume goes on with a device authorization that another process has begun. It may be approved already, so AWS is
// asked at once, also where nobody can be shown anything.
func (m *Manager) resume(ctx context.Context, g profiles.Grant, a Authorization) (Token, error) {
	m.Log.Info("going on with a sign-in", "grant", g.Key(), "expires", a.Expires)
	client, err := m.Connect(Token{Region: a.Region}.Of(g))
	if err != nil {
		return Token{}, err
	}
	t, err := spending(ctx, func(ctx context.Context) (Token, error) { return client.DeviceToken(ctx, a) })
	t.Region = a.Region
	switch KindOf(err) {
	case Pending:
	case SlowDown:
		a.Interval += slower
	default:
		return t, m.settle(ctx, g, err)
	}
	if m.ByBrowser {
		if flow, _, err := m.Person.Way(ctx, g); err == nil && flow == Browser {
			return Token{}, errByBrowser
		}
	}
	return m.byDevice(ctx, g, a)
}

// errByBrowser is why a device authorization is given up that nobody has approved yet.
var errByBrowser = errors.New("the person wants the browser flow")

// byBrowser is the authorization code flow. g is as the settings have it, sent as AWS wants it.
func (m *Manager) byBrowser(ctx context.Context, g, sent profiles.Grant) (t Token, err error) {
	port := cmp.Or(m.CallbackPort, g.RedirectPort)
	listener, err := Listen(port)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Issuer = g.Issuer
		}
		return t, err
	}
	defer func() {
		if listener != nil {
			listener.Close()
		}
	}()
	opened := false
	open := func(ctx context.Context, url string) error {
		if ctx.Err() != nil { // cancelled while it registered: nobody will see the window
			return context.Cause(ctx)
		}
		// Noted before it is opened: if this process is killed, the next one opens no other.
		if err := m.putPending(ctx, g, windowPending(g, m.Now())); err != nil {
			m.warn(err)
		}
		opened = true
		if err := m.Person.Open(ctx, g, url); err != nil {
			return fmt.Errorf("%w: %w", errNoBrowser, err)
		}
		return nil
	}
	err = m.registered(ctx, sent, Browser, func(s Service, r Registration) error {
		t, err = signInByBrowser(ctx, s, g.Name(), r,
			browserOptions{Listener: listener, Port: port, Open: open})
		listener = nil // it serves one try
		return err
	})
	t.Region = otherRegion(g, sent)
	if err != nil && opened {
		err = m.closeWindow(ctx, g, err)
	}
	return t, err
}

// closeWindow notes how the browser flow's window has ended, and returns its error. If the person cancelled at the
// terminal or refused in the browser, a later process may open a window again. If nobody reacted, it may not.
func (m *Manager) closeWindow(ctx context.Context, g profiles.Grant, err error) error {
	whole := context.WithoutCancel(ctx)
	var noted error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		noted = m.putPending(whole, g, unansweredPending(g))
		err = &Error{Kind: DeviceExpired, Grant: g.Name(),
			Reason: "nobody finished the sign-in to " + g.Name() + " in time"}
	case ctx.Err() != nil && !m.Acting:
		noted = m.putPending(whole, g, unansweredPending(g))
	default:
		noted = m.Items.RemoveItem(whole, PendingItem, g.Key())
	}
	if noted != nil {
		m.warn(noted)
	}
	return err
}

// otherRegion is the region that a start URL leads to, where it is not the settings'. A sign-in that profiles of
// several regions share always keeps its own.
func otherRegion(g, sent profiles.Grant) string {
	if sent.Region == g.Region && !g.AnyRegion() {
		return ""
	}
	return sent.Region
}

func (m *Manager) startDevice(ctx context.Context, g profiles.Grant) (a Authorization, err error) {
	err = m.registered(ctx, g, Device, func(s Service, r Registration) error {
		a, err = s.StartDevice(ctx, r)
		return err
	})
	return a, err
}

// registered calls f with a client and a registration: the stored one, else a new one. If AWS does not know that one
// any more, it calls f once more with a new one.
func (m *Manager) registered(ctx context.Context, g profiles.Grant, flow Flow,
	f func(Service, Registration) error) error {
	client, err := m.Connect(g)
	if err != nil {
		return err
	}
	name := clientName(g, flow)
	r, err := m.registration(ctx, g, name)
	if err != nil {
		return err
	}
	if r.ClientID != "" {
		if err = f(client, r); KindOf(err) != ClientRefused {
			return err
		}
		m.Log.Info("the registration is no longer valid", "grant", g.Key())
		if err := m.Items.RemoveItem(ctx, ClientItem, name); err != nil {
			m.warn(err)
		}
	}
	if r, err = client.Register(ctx, flow); err != nil {
		return err
	}
	if r.Expires.IsZero() { // none that is worth keeping
		return f(client, r)
	}
	data, err := json.Marshal(storedClient{Version: itemVersion, For: purposeOf(g), Client: r})
	if err == nil {
		err = m.Items.PutItem(ctx, ClientItem, name, data)
	}
	if err != nil {
		m.warn(fmt.Errorf("the registration could not be kept: %w", err))
	}
	return f(client, r)
}

// registration is the kept one; zero if there is none that lives long enough.
func (m *Manager) registration(ctx context.Context, g profiles.Grant, name string) (Registration, error) {
	data, err := m.Items.Item(ctx, ClientItem, name)
	if err != nil {
		return Registration{}, err
	}
	var s storedClient
	ok, err := decodeItem(data, &s, &s.Version)
	if err != nil || !ok || s.For != purposeOf(g) || s.Client.Expires.Sub(m.Now()) < registrationMargin {
		return Registration{}, err
	}
	return s.Client, nil
}

// byDevice shows a device authorization and waits until a person has approved it, as long as ctx lasts.
func (m *Manager) byDevice(ctx context.Context, g profiles.Grant, a Authorization) (Token, error) {
	client, err := m.Connect(Token{Region: a.Region}.Of(g))
	if err != nil {
		return Token{}, err
	}
	if ctx.Err() != nil { // the next process shows it
		return Token{}, context.Cause(ctx)
	}
	shown, err := m.Person.Show(ctx, g, a)
	if err != nil {
		return Token{}, notSignedIn(g, err)
	}
	defer shown.Done()
	if opened := shown.Opened && a.WindowOpened.IsZero(); opened || a.Unshown {
		if a.Unshown = false; opened {
			a.WindowOpened = m.Now()
		}
		if err := m.putPending(ctx, g, pendingOf(g, a)); err != nil {
			m.warn(err)
		}
	}
	waiting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case <-shown.Cancelled:
			stop(errCancelled)
		case <-waiting.Done():
		}
	}()
	t, err := waitForDevice(waiting, client, g.Name(), &a, m.Now, m.sleep)
	t.Region = a.Region
	switch {
	case err == nil:
		return t, nil
	case errors.Is(context.Cause(waiting), errCancelled):
		err = &Error{Kind: Declined, Grant: g.Name(), Reason: "the sign-in to " + g.Name() + " was cancelled"}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Token{}, stillOpen(g, a.UserCode)
	case ctx.Err() != nil: // Ctrl-C, say: the next process goes on
		return Token{}, context.Cause(ctx)
	}
	return Token{}, m.settle(ctx, g, err)
}

// stillOpen is the error of a process whose time is up, while the sign-in goes on in the browser.
func stillOpen(g profiles.Grant, userCode string) *Error {
	return &Error{Kind: StillOpen, Grant: g.Name(), Subject: userCode, Reason: fmt.Sprintf("the sign-in to %s is still "+
		"open in your browser (code %s): finish it and try again", g.Name(), userCode)}
}

// settle notes how a device authorization has ended, and returns its error.
func (m *Manager) settle(ctx context.Context, g profiles.Grant, err error) error {
	whole := context.WithoutCancel(ctx)
	var noted error
	switch KindOf(err) {
	case DeviceExpired: // nothing is opened again before a person acts
		noted = m.putPending(whole, g, unansweredPending(g))
	case Declined, ClientRefused, GrantEnded:
		noted = m.Items.RemoveItem(whole, PendingItem, g.Key())
	}
	if noted != nil {
		m.warn(noted)
	}
	return err
}

// errCancelled ends a wait that the person cancels.
var errCancelled = errors.New("cancelled")

func (m *Manager) sleep(ctx context.Context, d time.Duration) error {
	if m.Sleep != nil {
		return m.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pending is the authorization on its way; one that ran out meanwhile is an unanswered one.
func (m *Manager) pending(ctx context.Context, g profiles.Grant) (storedPending, error) {
	return readPending(ctx, m.Items, g, m.Now())
}

func readPending(ctx context.Context, items Items, g profiles.Grant, now time.Time) (storedPending, error) {
	data, err := items.Item(ctx, PendingItem, g.Key())
	if err != nil {
		return storedPending{}, err
	}
	var p storedPending
	ok, err := decodeItem(data, &p, &p.Version)
	if err != nil || !ok || p.For != purposeOf(g) {
		return storedPending{}, err
	}
	if !p.Unanswered && !p.Expires.After(now) {
		p = unansweredPending(g)
	}
	return p, nil
}

func (m *Manager) putPending(ctx context.Context, g profiles.Grant, p storedPending) error {
	data, err := json.Marshal(p)
	if err == nil {
		err = m.Items.PutItem(context.WithoutCancel(ctx), PendingItem, g.Key(), data)
	}
	if err != nil {
		return fmt.Errorf("the sign-in in progress could not be noted: %w", err)
	}
	return nil
}
