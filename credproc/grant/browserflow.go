package grant

import (
	"context"
	"errors"
)

// browserOptions are how a sign-in reaches a browser and is reached by it.
type browserOptions struct {
	// Listener is where the browser comes back to; nil: Port is listened on, where 0 is any free one. Whoever must not
	// register in vain listens first.
	Listener *Listener
	Port     int
	// Open has a browser go to a URL, and returns when it is there, or ctx ends. The URL has the state in it, so it
	// belongs into no command line: others would learn how to bring us a sign-in of theirs.
	Open func(ctx context.Context, url string) error
}

// signInByBrowser has a person sign in with a browser on this machine: the authorization code flow with PKCE (RFC 7636,
// RFC 8252). It waits until the browser has come back or ctx ends. An error of Open is returned as it is. name is the
// grant's, for errors.
func signInByBrowser(ctx context.Context, s BrowserFlow, name string, r Registration, o browserOptions) (Token, error) {
	l := o.Listener
	if l == nil {
		var err error
		if l, err = Listen(o.Port); err != nil {
			return Token{}, named(name, err)
		}
	}
	defer l.Close()
	v := newVisit(l.RedirectURI())
	page, err := s.AuthorizeURL(ctx, r, v)
	if err != nil {
		return Token{}, err
	}
	a, err := visit(ctx, l, v.State, func(ctx context.Context) error { return o.Open(ctx, page) })
	if err != nil {
		return Token{}, named(name, err)
	}
	if a.problem != "" {
		return Token{}, s.BrowserError(a.problem, a.description)
	}
	return spending(ctx, func(ctx context.Context) (Token, error) { return s.CodeToken(ctx, r, v, a.code) })
}

// visit opens a browser and waits for its answer. When it returns, nothing that it began goes on.
func visit(ctx context.Context, l *Listener, state string, open func(context.Context) error) (answer, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	opened := make(chan error, 1)
	go func() {
		err := open(ctx)
		if err != nil {
			stop(err) // nobody will come
		}
		opened <- err
	}()
	a, err := l.wait(ctx, state)
	stop(nil)
	<-opened
	return a, err
}

// named fills in the grant's name.
func named(name string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Grant == "" {
		e.Grant = name
	}
	return err
}
