package signin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/browser"
	"hatstand/credproc/grant"
	"hatstand/mfa"
	"hatstand/mfa/dialog"
	"hatstand/profiles"
)

const waiting = "Waiting for the browser... (Ctrl-C cancels)\n"

// failureShows is the time after which a browser that has not failed counts as opened. It may request its page later
// than that.
const failureShows = 5 * time.Second

// Show shows a device authorization on the terminal, else in a dialog, and opens its page in a browser of this machine.
// No window is opened where one was before, but for a dialog in front of somebody who has just started this program.
func (p *Person) Show(ctx context.Context, g profiles.Grant, a grant.Authorization) (grant.Shown, error) {
	m, err := p.means(ctx, g)
	if err != nil {
		return grant.Shown{}, err
	}
	page, err := newPage(g, a)
	if err != nil {
		return grant.Shown{}, err
	}
	prompt.BeforeQuestion(ctx)
	seenBefore := !a.WindowOpened.IsZero()
	terminal, err := p.showOnTerminal(ctx, m, page)
	if err != nil {
		return grant.Shown{}, err
	}
	life, end := context.WithCancel(ctx)
	w := windows{
		browser: !seenBefore && m.noBrowser() == "" && !p.hasFailed(g),
		dialog:  !terminal && m.dialog && !(seenBefore && p.Options.Background),
	}
	p.open(life, m, page, &w)
	if w.browserErr != nil {
		p.failed.Store(g.Key(), true)
	}
	p.Log.Info("sign-in shown", "grant", g.Key(), "terminal", terminal, "dialog", w.message != nil,
		"dialog_error", text(w.dialogErr), "browser", w.opened(), "browser_error", text(w.browserErr))
	switch {
	case ctx.Err() != nil:
		end()
		return grant.Shown{}, context.Cause(ctx)
	case terminal:
		p.tell(ctx, w.said())
	case w.message == nil && !w.opened() && !seenBefore:
		end()
		return grant.Shown{}, notShown(g, w.dialogErr, w.browserErr)
	}
	shown := grant.Shown{Opened: w.message != nil || w.opened(), Done: end}
	if w.message != nil {
		shown.Cancelled = w.message.Cancelled()
		shown.Done = func() { w.message.Close(); end() }
	}
	return shown, nil
}

// windows are what is opened for a sign-in.
type windows struct {
	browser, dialog bool // whether they are to be opened

	message               *dialog.Message // nil: there is none
	dialogErr, browserErr error
}

func (w *windows) opened() bool { return w.browser && w.browserErr == nil }

// said is what the terminal says when the browser was started, or was not.
func (w *windows) said() string {
	switch {
	case w.opened():
		return "Your browser is opening it.\n" + waiting
	case w.browser:
		return "No browser was opened: " + ui.Plain(w.browserErr.Error()) + ".\n" + waiting
	}
	return waiting
}

// open opens the windows, both at once. They stay no longer than ctx, but for a browser's.
func (p *Person) open(ctx context.Context, m means, page page, w *windows) {
	var both sync.WaitGroup
	if w.dialog {
		both.Go(func() {
			w.message, w.dialogErr = p.Prompts.Dialog(m.choice).Show(ctx, strings.TrimSuffix(page.text(), "\n"))
		})
	}
	if w.browser {
		both.Go(func() { w.browserErr = launch(ctx, m.launcher, page.opened) })
	}
	both.Wait()
}

// showOnTerminal shows the page on the terminal, if there is one that may be used.
func (p *Person) showOnTerminal(ctx context.Context, m means, page page) (shown bool, err error) {
	if !m.terminal {
		return false, nil
	}
	err = p.Prompts.Tell(ctx, func(columns, rows int) string {
		text := "\n" + page.text() // the line may hold another program's output
		if p.Options.QR {
			text += page.qrCode(ui.NewCanvas(p.World.GOOS, p.World.Getenv, columns, rows))
		}
		return text
	})
	if errors.Is(err, mfa.ErrUnusable) {
		return false, nil
	}
	return err == nil, err
}

// tell writes a line on the terminal after what it shows already; that it cannot is no reason to fail.
func (p *Person) tell(ctx context.Context, line string) {
	if err := p.Prompts.Tell(ctx, func(int, int) string { return line }); err != nil {
		p.Log.Info("the terminal is gone", "error", err.Error())
	}
}

// hasFailed reports whether a browser could not be opened for a sign-in of this process.
func (p *Person) hasFailed(g profiles.Grant) bool {
	_, failed := p.failed.Load(g.Key())
	return failed
}

// launch starts a browser, and waits until it has the page, has failed, or has had time to fail. It goes on coming for
// its page until ctx ends.
func launch(ctx context.Context, b browser.Launcher, url string) error {
	done := make(chan error, 1)
	go func() { done <- b.Open(ctx, url) }()
	late := time.NewTimer(failureShows)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return nil
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
