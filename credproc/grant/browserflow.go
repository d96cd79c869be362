package grant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// BrowserOptions are how a sign-in reaches a browser and is reached by it.
type BrowserOptions struct {
	// Listener is where the browser comes back to; nil: SignInByBrowser listens on Port, where 0 is any free one.
	// Whoever must not register in vain listens first.
	Listener *Listener
	Port     int
	// Open has a browser go to a URL, and returns when it is there, or ctx ends. The URL has the state in it, so it
	// belongs into no command line: others would learn how to bring us a sign-in of theirs.
	Open func(ctx context.Context, url string) error
}

// SignInByBrowser has a person sign in with a browser on this machine: the authorization code flow with PKCE (RFC 7636,
// RFC 8252). It waits until the browser has come back or ctx ends. An error of Open is returned as it is.
func (c *Client) SignInByBrowser(ctx context.Context, r Registration, o BrowserOptions) (Token, error) {
	l := o.Listener
	if l == nil {
		var err error
		if l, err = Listen(o.Port); err != nil {
			return Token{}, c.named(err)
		}
	}
	defer l.Close()
	state, verifier := randomText(), randomText()
	page := c.AuthorizeURL(r, l.RedirectURI(), state, challengeOf(verifier))
	if page == "" {
		return Token{}, &Error{Kind: WrongRegionOrURL, Grant: c.grant.Name(), Call: authorize,
			Reason: fmt.Sprintf("sign-in to %s: there is no such service in %s", c.grant.Name(), c.grant.Region)}
	}
	a, err := visit(ctx, l, state, func(ctx context.Context) error { return o.Open(ctx, page) })
	if err != nil {
		return Token{}, c.named(err)
	}
	if a.problem != "" {
		return Token{}, c.browserError(a)
	}
	return c.CodeToken(ctx, r, a.code, l.RedirectURI(), verifier)
}

// randomText is 32 random bytes, in base64url.
func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// challengeOf is what AWS is told of a verifier (S256).
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
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
func (c *Client) named(err error) error {
	if e, ok := err.(*Error); ok && e.Grant == "" {
		e.Grant = c.grant.Name()
	}
	return err
}

// browserError is the error that a browser came back with.
func (c *Client) browserError(a answer) error {
	e := &Error{Kind: BrowserError, Grant: c.grant.Name(), Call: authorize, Code: a.problem}
	switch errorName(a.problem) {
	case "AccessDenied":
		e.Kind = Declined
	case "InvalidRequest":
		e.Kind = WrongRegionOrURL
	case "InvalidScope":
		e.Kind, e.Subject = InvalidScope, strings.Join(c.scopes(), ", ")
	case "InvalidClient", "UnauthorizedClient":
		e.Kind = ClientRefused
	}
	said := a.problem
	if a.description != "" {
		said += ": " + a.description
	}
	e.Reason = c.words(e, call{name: authorize}) + " (" + said + ")"
	return e
}
