package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/console"
	"hatstand/mfa"
)

// signIn gets credentials and trades them for a sign-in URL.
func (a *parts) signIn(ctx context.Context, w *wanted, k *provider.RoleFlags, o *opening) error {
	p := w.plan
	r, err := a.provider.Resolver(ctx, p.Target, k, prompt.Insist)
	if err != nil {
		return err
	}
	// A console of chained credentials ends when they do; of others, it is asked to last.
	r.Young = w.lineage == console.Chained
	c, err := a.provider.Run(ctx, r, p)
	if err != nil {
		for i, s := range p.Steps {
			if s.Serial != "" && !k.NoCache {
				kept, _, _ := r.Kept(ctx, p, i)
				w.codeless = !kept.HasKeys()
			}
		}
		return err
	}
	client, err := a.clients.For(w.bundle)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	var life, left time.Duration
	if n := len(p.Steps); n > 0 {
		life = p.Steps[n-1].Duration
	}
	if c.CanExpire {
		left = c.Expires.Sub(a.Now())
	}
	d, why := console.Lasting(w.lineage, w.asked, life, left)
	began := a.Now()
	w.login, err = console.SignIn(ctx, client.Transport, console.Request{Place: w.place, Credentials: c, Duration: d, Destination: w.to, SignOut: o.logout})
	r.Log.Info("console sign-in", "target", p.Target, "partition", w.place.Partition, "duration", d.String(), "why", why,
		"without_duration", w.login.Refused, "ms", a.Now().Sub(began).Milliseconds(), "ok", err == nil)
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		err = mfa.ErrCancelled
	}
	if err != nil {
		return fmt.Errorf("profile %q: %w", p.Target, err)
	}
	if w.until = c.Expires; d != 0 && !w.login.Refused {
		w.until = a.Now().Add(d)
	}
	return nil
}

// checkDelivery says what would keep deliver from its end, as far as it can be known beforehand.
func (a *parts) checkDelivery(target string, o *opening) error {
	switch {
	case o.copy:
		c, err := a.clipboard()
		if err != nil {
			return err
		}
		return c.Check()
	case o.print, o.qr: // for --qr, stdout was looked at with the flags
		return nil
	}
	return a.checkBrowser(target, &o.browsing)
}

func (a *parts) clipboard() (ui.Clipboard, error) {
	log, err := a.logs.Open()
	return ui.Clipboard{GOOS: a.GOOS, Getenv: a.Getenv, Environ: a.Environ, Terminal: a.Terminal, Log: log}, err
}

// copy puts a secret on the clipboard, and says on which.
func (a *parts) copy(ctx context.Context, secret string) (where string, err error) {
	c, err := a.clipboard()
	if err != nil {
		return "", err
	}
	return c.Copy(ctx, secret)
}

// deliver opens the consoles, or hands their URLs out.
func (a *parts) deliver(ctx context.Context, ready []*wanted, o *opening) error {
	var errs ui.Errors
	var urls strings.Builder
	for _, w := range ready {
		a.ui().Note(a.shortened(w))
		err := error(nil)
		switch {
		case o.print:
			urls.WriteString(w.login.URL.Reveal() + "\n")
			a.ui().Note(fmt.Sprintf("whoever opens the URL within 15 minutes is signed in: %s", a.lasts(w)))
		case o.copy:
			var where string
			if where, err = a.copy(ctx, w.login.URL.Reveal()); err == nil {
				a.ui().Note(fmt.Sprintf("the sign-in URL is on %s; whoever opens it within 15 minutes is signed in: %s", where, a.lasts(w)))
			}
		case o.qr:
			if err = a.drawURL(w.login.URL.Reveal()); err == nil {
				a.ui().Note(fmt.Sprintf("whoever opens it within 15 minutes is signed in: %s", a.lasts(w)))
			}
		default:
			if err = a.openInBrowser(ctx, w.login.URL, w.plan.Target, &o.browsing); err == nil {
				err = a.ui().Print(a.lasts(w) + "\n")
			}
		}
		if err != nil {
			errs = append(errs, err)
		}
		if errors.Is(err, mfa.ErrCancelled) {
			break
		}
	}
	if urls.Len() > 0 {
		if _, err := fmt.Fprint(a.Stdout, urls.String()); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// lasts says in words whose console it is and until when.
func (a *parts) lasts(w *wanted) string {
	who := "its own credentials"
	if n := len(w.plan.Steps); n > 0 {
		who = w.plan.Steps[n-1].Role.ARN
	}
	s := w.plan.Target + ": " + who
	if !w.until.IsZero() {
		s += " until " + ui.ClockTime(w.until, a.Now())
	}
	return s
}

// shortened says that AWS gave less than was asked for.
func (a *parts) shortened(w *wanted) string {
	if !w.login.Refused || w.asked == 0 {
		return ""
	}
	return fmt.Sprintf("profile %q: AWS did not take --duration %s: the console ends with the credentials",
		w.plan.Target, credproc.Human(w.asked))
}

// window is the terminal that stdout is, for a drawing.
func (a *parts) window() (*os.File, error) {
	f, ok := a.Stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, &ui.UsageError{Reason: "--qr: stdout is not a terminal", Next: "print the URL: --print"}
	}
	return f, nil
}

// drawURL draws the URL on stdout.
func (a *parts) drawURL(url string) error {
	f, err := a.window()
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
	text, why := code.Draw(ui.NewCanvas(a.GOOS, a.Getenv, columns, rows), 2)
	if why != "" {
		return &ui.UsageError{Reason: "--qr: the code cannot be drawn: " + why, Next: "copy the URL: --copy, or print it: --print"}
	}
	_, err = f.WriteString(text)
	return err
}
