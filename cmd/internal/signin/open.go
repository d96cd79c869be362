package signin

import (
	"context"
	"errors"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/mfa"
	"hatstand/profiles"
)

// Paste prints the address of a page that the person opens in any browser, and takes what its last page shows.
func (p *Person) Paste(ctx context.Context, g profiles.Grant, url string) (string, error) {
	m, err := p.means(ctx, g)
	if err != nil {
		return "", err
	}
	if !m.terminal {
		return "", noTerminal(g, m.noBrowser())
	}
	if why := wrongPage(url); why != "" {
		return "", &pageError{g, why}
	}
	return p.Prompts.TerminalSecret(ctx, "\nTo sign in to "+nameOf(g)+", open this page in any browser:\n  "+url+
		"\nPaste the code that it shows at the end (it is not shown here): ")
}

// Open has a browser go to the page of the browser flow, or prints its address where the person is to open it. It
// returns when the browser has come for it.
func (p *Person) Open(ctx context.Context, g profiles.Grant, url string) error {
	m, err := p.means(ctx, g)
	if err != nil {
		return err
	}
	if why := wrongPage(url); why != "" {
		return &pageError{g, why}
	}
	prompt.BeforeQuestion(ctx)
	if (situation{means: m, options: p.Options}).prints() {
		return p.Prompts.Tell(ctx, func(int, int) string {
			return "\nTo sign in to " + nameOf(g) + ", open this page:\n  " + url + "\n" + waiting
		})
	}
	err = m.launcher.Open(ctx, url)
	if errors.Is(err, app.ErrInterrupted) {
		return mfa.ErrCancelled
	}
	p.Log.Info("browser for a sign-in", "grant", g.Key(), "from", m.launcher.From, "error", text(err))
	if err != nil {
		p.failed.Store(g.Key(), true)
	} else if m.terminal {
		p.tell(ctx, "\nA browser window was opened to sign in to "+nameOf(g)+".\n"+waiting)
	}
	return err
}
