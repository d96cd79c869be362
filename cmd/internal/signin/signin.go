// Package signin is the human step of a sign-in: which flow suits this machine, the page that a browser opens, and the
// code that a person compares, on the terminal or in a window.
//
// It promises that a person always sees the code beside the page that it belongs to, as far as there is a place to show
// it; that nobody is asked where HATSTAND_PROMPT or the policy forbids it; that a page that is not encrypted is neither
// shown nor opened; that no text from AWS can steer the terminal or a window; and that nothing waits longer than its
// context. Neither the page's address nor a secret is in a command line or in the log. It reads no token and calls no
// service.
package signin

import (
	"context"
	"log/slog"
	"sync"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/credproc/browser"
	"hatstand/credproc/grant"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// Options are what the command line says of a sign-in.
type Options struct {
	BrowserFlow  bool // --browser-flow
	Device       bool // --device
	NoBrowser    bool // --no-browser: no browser is opened
	QR           bool // --qr: the page is drawn as a QR code on the terminal
	CallbackPort int  // --callback-port; 0: a free one
	// Background: a program waits for the credentials, and may not wait until the person has signed in.
	Background bool
	Policy     prompt.Policy
}

// A Person signs in, on this machine. It is a grant.Person. The methods may be called at the same time.
type Person struct {
	World    app.World
	Settings *app.Settings
	Prompts  *prompt.Prompts
	Log      *slog.Logger
	Options  Options

	failed sync.Map // keys of grants for which no browser could be opened
}

var _ grant.Person = (*Person)(nil)

// means are the ways to reach the person.
type means struct {
	choice   prompt.Choice
	terminal bool
	dialog   bool
	launcher browser.Launcher
	// Why there is no browser, each "" if there is no such reason: it is not to be opened; a browser of this machine is
	// not where the person sits, or cannot come back; there is no display; it cannot be started.
	forbidden, remoteBrowser, noDisplay, cannotStart string
}

// noBrowser is why no browser is opened unless the user insists on it; "" if one is.
func (m means) noBrowser() string {
	for _, why := range []string{m.forbidden, m.remoteBrowser, m.noDisplay, m.cannotStart} {
		if why != "" {
			return why
		}
	}
	return ""
}

// means finds out how to reach the person. The error is an *Error where there is no way, or nobody is to be asked.
func (p *Person) means(ctx context.Context, g profiles.Grant) (means, error) {
	if p.Options.Policy == prompt.Never || prompt.PolicyOf(ctx) == prompt.Never {
		return means{}, notNow(g)
	}
	choice, err := p.Prompts.Chosen()
	if err != nil {
		return means{}, err
	}
	if choice.Name == prompt.None {
		return means{}, toldNotTo(g, choice)
	}
	m := means{choice: choice}
	if m.launcher, err = p.launcher(g); err != nil {
		return means{}, err
	}
	at := machine{p.World.GOOS, p.World.Getenv, p.World.ReadFile}
	m.remoteBrowser, m.noDisplay = at.remoteBrowser(), at.noDisplay()
	switch {
	case p.Options.NoBrowser:
		m.forbidden = "--no-browser was given"
	case choice.Name == prompt.Terminal:
		m.forbidden = choice.From + " is terminal"
	}
	if err := m.launcher.Check(); err != nil {
		m.cannotStart = err.Error()
	}
	m.terminal = choice.AllowsTerminal() && p.Prompts.HasTerminal()
	m.dialog = choice.AllowsDialog() && p.Prompts.Dialog(choice).Available()
	insists := p.Options.BrowserFlow && g.Session != ""
	if !m.terminal && !m.dialog && m.noBrowser() != "" && !(insists && m.canStart()) {
		return means{}, nobody(g, m)
	}
	return m, nil
}

// canStart reports whether a browser can be opened by a user who insists on it, whatever this machine looks like.
func (m means) canStart() bool { return m.forbidden == "" && m.cannotStart == "" }

// launcher is the browser that a session's page opens in.
func (p *Person) launcher(g profiles.Grant) (browser.Launcher, error) {
	set, err := p.Settings.Profiles()
	if err != nil {
		return browser.Launcher{}, err
	}
	own := map[string]profiles.Setting{}
	for _, key := range []string{"browser", "browser_profile", "browser_container"} {
		if own[key], err = signins.OfSession(set, sessionOf(g), key); err != nil {
			return browser.Launcher{}, err
		}
	}
	b, err := app.Browser(p.World, p.Settings, app.BrowserChoice{
		Own: func(key string) profiles.Setting { return own[key] },
	})
	if b.Container = own["browser_container"].Value; b.Container == "" {
		b.Container = set.Program("browser_container").Value
	}
	return b, err
}

// sessionOf is the [sso-session] that a [hatstand-session] section may be about; "" for other sign-ins.
func sessionOf(g profiles.Grant) string {
	if g.Kind != profiles.SSO {
		return ""
	}
	return g.Session
}

// Way decides the flow.
func (p *Person) Way(ctx context.Context, g profiles.Grant) (flow grant.Flow, why string, err error) {
	set, err := p.Settings.Profiles()
	if err != nil {
		return "", "", err
	}
	// First, so that a wrong setting is told where nobody could be asked too.
	setting, err := signins.Way(set, sessionOf(g))
	if err != nil {
		return "", "", err
	}
	m, err := p.means(ctx, g)
	if err != nil {
		return "", "", err
	}
	at := situation{means: m, options: p.Options, older: g.OlderForm(), setting: setting}
	if flow, why = at.way(); g.Pastes() && flow == grant.Device {
		if flow = grant.Paste; p.Options.Background && !p.Options.Device {
			return "", "", aProgramWaits(g)
		}
		if !m.terminal {
			return "", "", noTerminal(g, why)
		}
	}
	p.Log.Info("way to sign in", "grant", g.Key(), "flow", flow, "why", why)
	return flow, why, nil
}
