package grant

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"hatstand/profiles"
)

// A Paster is a Service whose page can show what a browser elsewhere cannot bring back: a person pastes it.
type Paster interface {
	Service
	// PasteURI is where the browser ends, on a page of the service's.
	PasteURI() (string, error)
}

// byPaste has a person sign in with a browser anywhere. g is as the settings have it, sent as the service wants it.
func (m *Manager) byPaste(ctx context.Context, g, sent profiles.Grant) (t Token, err error) {
	err = m.registered(ctx, sent, Paste, func(s Service, r Registration) error {
		paster, ok := s.(Paster)
		if !ok {
			return &Error{Kind: NoDeviceFlow, Grant: g.Name(),
				Reason: "sign-in to " + g.Name() + ": it takes a browser on this machine"}
		}
		t, err = signInByPaste(ctx, paster, g.Name(), r, func(ctx context.Context, page string) (string, error) {
			return m.Person.Paste(ctx, g, page)
		})
		return notSignedIn(g, err)
	})
	t.Region = otherRegion(g, sent)
	return t, err
}

// signInByPaste shows the page, and takes what it shows then. name is the grant's, for errors.
func signInByPaste(ctx context.Context, s Paster, name string, r Registration,
	show func(ctx context.Context, page string) (pasted string, err error)) (Token, error) {
	uri, err := s.PasteURI()
	if err != nil {
		return Token{}, err
	}
	v := newVisit(uri)
	page, err := s.AuthorizeURL(ctx, r, v)
	if err != nil {
		return Token{}, err
	}
	pasted, err := show(ctx, page)
	if err != nil {
		return Token{}, err
	}
	a, ok := readPasted(pasted, v.State)
	switch {
	case !ok:
		return Token{}, &Error{Kind: NotPasted, Grant: name,
			Reason: "sign-in to " + name + ": what was pasted is not what the page of this sign-in shows"}
	case a.problem != "":
		return Token{}, s.BrowserError(a.problem, a.description)
	}
	return spending(ctx, func(ctx context.Context) (Token, error) { return s.CodeToken(ctx, r, v, a.code) })
}

// readPasted reads state=...&code=... in base64, as terminals and people leave it: with line ends, blanks or no
// padding.
func readPasted(pasted, state string) (answer, bool) {
	text := strings.Join(strings.Fields(pasted), "")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	query, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return answer{}, false
	}
	return readAnswer(string(query), state)
}

// errNoBrowser is wrapped by the error of a browser that could not be opened.
var errNoBrowser = errors.New("no browser could be opened")
