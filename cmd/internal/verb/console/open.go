package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	signin "hatstand/credproc/console"
	"hatstand/mfa"
)

// signIn gets credentials and exchanges them for a sign-in URL.
func (v command) signIn(ctx context.Context, w *consoleSession, k *provider.RoleFlags, o *openFlags) error {
	p := w.plan
	r, err := v.Provider.Resolver(ctx, p, k, prompt.Insist)
	if err != nil {
		return err
	}
	// A console of chained credentials ends when they do, so they must not be near their end. A permission set's
	// console does so too, unless a duration is given. How long its new credentials would live is not known.
	n := len(p.Steps)
	r.RenewAtHalf = w.lineage == signin.Chained || n > 0 && p.Steps[n-1].Exchanges()
	c, err := v.Provider.Run(ctx, r, p)
	if err != nil {
		for i, s := range p.Steps {
			if s.Serial != "" && !k.NoCache {
				kept, _, _ := r.Cached(ctx, p, i)
				w.codeFailed = !kept.HasKeys()
			}
		}
		return err
	}
	client, err := v.Clients.For(w.caBundle)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	var life, left time.Duration
	if n > 0 {
		life = p.Steps[n-1].Duration
	}
	if c.CanExpire {
		left = c.Expires.Sub(v.World.Now())
	}
	d, why := signin.Lasting(w.lineage, w.asked, life, left)
	began := v.World.Now()
	w.login, err = signin.SignIn(ctx, client.Transport, signin.Request{
		Hosts: w.hosts, Credentials: c, Duration: d, Destination: w.destination, SignOut: o.logout,
		Limit: v.World.CallLimit,
	})
	r.Log.Info("console sign-in", "target", p.Target, "partition", w.hosts.Partition, "duration", d.String(), "why", why,
		"without_duration", w.login.Refused, "ms", v.World.Now().Sub(began).Milliseconds(), "ok", err == nil)
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		err = mfa.ErrCancelled
	}
	if err != nil {
		return fmt.Errorf("profile %q: %w", p.Target, err)
	}
	w.expires = c.Expires
	if w.until = c.Expires; d != 0 && !w.login.Refused {
		w.until = v.World.Now().Add(d)
	}
	return nil
}

// checkDelivery says what would keep deliver from succeeding, as far as that is known before a code is asked for.
func (v command) checkDelivery(target string, o *openFlags) error {
	switch {
	case o.copy:
		c, err := v.clipboard()
		if err != nil {
			return err
		}
		return c.Check()
	case o.print, o.qr: // stdout was checked with the flag --qr
		return nil
	}
	return v.checkBrowser(target, &o.browser)
}

func (v command) clipboard() (ui.Clipboard, error) {
	log, err := v.Logs.Open()
	return ui.Clipboard{
		GOOS: v.World.GOOS, Getenv: v.World.Getenv, Environ: v.World.Environ, Terminal: v.World.Terminal, Log: log,
	}, err
}

// copy puts a secret on the clipboard, and says on which one.
func (v command) copy(ctx context.Context, secret string) (where string, err error) {
	c, err := v.clipboard()
	if err != nil {
		return "", err
	}
	return c.Copy(ctx, secret)
}

// deliver opens the consoles in a browser, or prints, copies or draws their URLs.
func (v command) deliver(ctx context.Context, ready []*consoleSession, o *openFlags) error {
	var errs ui.Errors
	var urls []printedURL
	for _, w := range ready {
		v.UI.Note(durationRefused(w))
		err := error(nil)
		switch {
		case o.print:
			urls = append(urls, printed(w.plan, w.login.URL, w.until))
			v.UI.Note(fmt.Sprintf("whoever opens the URL within 15 minutes is signed in: %s", v.describe(w)))
		case o.copy:
			var where string
			if where, err = v.copy(ctx, w.login.URL.Reveal()); err == nil {
				v.UI.Note(fmt.Sprintf("the sign-in URL is on %s; whoever opens it within 15 minutes is signed in: %s",
					where, v.describe(w)))
			}
		case o.qr:
			if err = v.drawURL(w.login.URL.Reveal()); err == nil {
				v.UI.Note(fmt.Sprintf("whoever opens it within 15 minutes is signed in: %s", v.describe(w)))
			}
		default:
			if err = v.openInBrowser(ctx, w.login.URL, w.plan.Target, &o.browser); err == nil {
				err = v.UI.Print(v.describe(w) + "\n")
			}
		}
		if err != nil {
			errs = append(errs, err)
		}
		if errors.Is(err, mfa.ErrCancelled) {
			break
		}
	}
	if len(urls) > 0 {
		if err := v.printURLs(urls, o); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// describe says which role a console has, and until when.
func (v command) describe(w *consoleSession) string {
	who := "its own credentials"
	if n := len(w.plan.Steps); n > 0 {
		switch last := w.plan.Steps[n-1]; last.Call {
		case credproc.GetRoleCredentials:
			who = last.PermissionSet + " in " + last.Account
		case credproc.GetFederationToken:
			who = "its IAM user, narrowed by policies,"
		default:
			who = last.Role.ARN
		}
	}
	s := w.plan.Target + ": " + who
	if !w.until.IsZero() {
		s += " until " + ui.ClockTime(w.until, v.World.Now())
	}
	return s
}

// durationRefused says that AWS did not accept --duration; "" if it did.
func durationRefused(w *consoleSession) string {
	if !w.login.Refused || w.asked == 0 {
		return ""
	}
	return fmt.Sprintf("profile %q: AWS did not accept --duration %s: the console ends with the credentials",
		w.plan.Target, credproc.Human(w.asked))
}

// stdoutTerminal is stdout, if that is a terminal.
func (v command) stdoutTerminal() (*os.File, error) {
	f, ok := v.UI.Out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, &ui.UsageError{Reason: "--qr: stdout is not a terminal", Next: "print the URL: --print"}
	}
	return f, nil
}

// drawURL draws the URL on stdout.
func (v command) drawURL(url string) error {
	f, err := v.stdoutTerminal()
	if err != nil {
		return err
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return err
	}
	code, err := ui.NewQRCode(url)
	if err != nil {
		return &ui.UsageError{Reason: "--qr: " + err.Error(), Next: "print the URL: --print"}
	}
	text, why := code.Draw(ui.NewCanvas(v.World.GOOS, v.World.Getenv, columns, rows), 2)
	if why != "" {
		return &ui.UsageError{
			Reason: "--qr: the code cannot be drawn: " + why,
			Next:   "copy the URL: --copy, or print it: --print",
		}
	}
	_, err = f.WriteString(text)
	return err
}
