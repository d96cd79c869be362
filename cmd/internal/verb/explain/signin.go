package explain

import (
	"context"
	"errors"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

// explainedSignIn is what is known of the sign-in that a profile's credentials come from.
type explainedSignIn struct {
	Name     string     `json:"name"` // the section's, else the start URL or the ARN
	SignedIn bool       `json:"signed_in"`
	User     string     `json:"user,omitempty"`
	Renews   bool       `json:"renews,omitempty"`     // by itself, until a time that AWS does not tell
	Until    *time.Time `json:"until,omitempty"`      // where it does not renew
	OpenCode string     `json:"open_code,omitempty"`  // of a sign-in that is open in a browser
	Open     *time.Time `json:"open_until,omitempty"` // of the same
	// Unanswered: nobody finished the last one.
	Unanswered bool `json:"unanswered,omitempty"`
	// Way is how to sign in here: browser, code, nobody (can be asked); "" where that is not needed.
	Way    string `json:"way,omitempty"`
	Needed bool   `json:"needed"` // by the next use

	renews string // until when, in words
	pastes bool   // the code is what a browser shows, to be pasted here
	login  string // the command that signs in
	shared bool   // other programs may sign in, too
	signIn string // names the sign-in
	unseen bool   // the keyring could not be read
}

const (
	byBrowser = "browser"
	byCode    = "code"
	byNobody  = "nobody"
)

// explainSignIn finds out what is known of a plan's sign-in. An error says that the keyring cannot be read.
func (d Deps) explainSignIn(ctx context.Context, keyring *provider.Keyring,
	p credproc.Plan) (*explainedSignIn, error) {
	g := p.Base.Grant
	e := &explainedSignIn{Name: g.Name(), renews: g.Renews(), pastes: g.Pastes(), login: advice.Login(g.Session, "")}
	if g.Session == "" {
		e.login = advice.Login(p.Target, p.Source)
	}
	var err error
	if e.shared, err = provider.SharedTokens(d.Settings); err != nil {
		e.unseen = true
		return e, err
	}
	e.shared = e.shared && g.Shareable()
	s, err := keyring.SignIn(ctx, g)
	if err != nil {
		e.unseen = true
		return e, err
	}
	e.SignedIn, e.User, e.signIn, e.Unanswered, e.OpenCode = s.SignedIn, s.User, s.SignIn, s.Unanswered, s.OpenCode
	switch {
	case s.SignedIn && s.Renews:
		e.Renews = true
	case s.SignedIn:
		until := s.Until.UTC()
		e.Until = &until
	case s.OpenCode != "":
		until := s.OpenUntil.UTC()
		e.Open = &until
	default:
		if e.Way, err = d.wayToSignIn(ctx, g); e.Way == byBrowser && s.Begun {
			e.Way = byCode
		}
	}
	return e, err
}

func (d Deps) wayToSignIn(ctx context.Context, g profiles.Grant) (string, error) {
	flow, err := d.Provider.WayToSignIn(ctx, g)
	switch {
	case errors.Is(err, grant.ErrNobody):
		return byNobody, nil
	case err != nil:
		return "", err
	case flow == grant.Browser:
		return byBrowser, nil
	}
	return byCode, nil
}

// gave reports whether the next use takes cached credentials for those of the sign-in. Where other programs may sign in
// too, they must be known to be.
func (e *explainedSignIn) gave(c credentials.Value) bool {
	return e == nil || !e.shared || c.MadeWith != "" && c.MadeWith == e.signIn
}

// words are the state of the sign-in.
func (e *explainedSignIn) words(now time.Time) string {
	switch {
	case e.unseen:
		return "unknown whether signed in to " + ui.Plain(e.Name)
	case e.SignedIn:
		text := "signed in to " + ui.Plain(e.Name)
		if e.User != "" {
			text += " as " + ui.Plain(e.User)
		}
		if e.Renews {
			return text + ", " + e.renews
		}
		return text + ", until " + ui.ClockTime(*e.Until, now)
	case e.OpenCode != "":
		return "the sign-in to " + ui.Plain(e.Name) + " is open in a browser, code " + ui.Plain(e.OpenCode) + ", until " +
			ui.ClockTime(*e.Open, now)
	case e.Unanswered:
		return "nobody finished the last sign-in; " + e.login
	}
	switch e.Way {
	case byBrowser:
		return "not signed in: a browser will open"
	case byCode:
		if e.pastes {
			return "not signed in: a page will be shown, and you paste the code that it gives"
		}
		return "not signed in: a code will be shown"
	}
	return "not signed in, and nobody can be asked here"
}

// need is what the next use needs of it, after "The next use needs". perhaps: that is not known.
func (e *explainedSignIn) need(perhaps bool) string {
	text := "a sign-in to " + ui.Plain(e.Name)
	if perhaps {
		text = "perhaps " + text
	}
	switch {
	case e.OpenCode != "":
		return "you to finish the sign-in to " + ui.Plain(e.Name) + " in the browser"
	case e.Unanswered || e.Way == byNobody:
		return text + ", where there is somebody to ask: " + e.login
	case e.Way == byBrowser:
		return text + ", in a browser"
	case e.Way == byCode:
		return text + ", with a code"
	}
	return text
}
