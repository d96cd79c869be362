// Package browser opens a page in the user's browser, through an address on loopback that works once.
//
// It promises that the page's own address, which may be worth as much as credentials, is in no command line, no
// environment and no error; that another user of this machine who reads the one-time address gets nothing for it
// (on Linux; elsewhere that cannot be known); that the browser is given none of AWS's or hatstand's variables; and
// that Open ends: with the address delivered, with an error after a minute, or with its context.
//
// It reads no setting and no environment but the one it is given, and it never starts a shell.
package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// A Launcher starts the browser of the user's choice. That gets a one-time address on loopback: neither its
// command line nor its environment holds a secret.
type Launcher struct {
	// Commands are argument lists, tried in order: a program, its options, and %s where the address
	// belongs, which else comes last. No shell reads them. firefox, chrome, chromium, edge and brave
	// are found on every system. None at all means the desktop's own browser.
	Commands [][]string
	From     string // where Commands is set: "--browser", "BROWSER", "~/.aws/config:3"

	// Profile is a profile of Chrome, Chromium, Edge or Brave, by the name that the browser shows or that of
	// its folder; one that is not there is made. "" leaves it to the browser.
	Profile string
	// Container is a tab container of Firefox, made there if need be; "" is none. It takes the add-on
	// "Open external links in a container". Color, if it is a name of Firefox's or RRGGBB, is that
	// of a container that is made.
	Container, Color string

	// Env is this process's environment. Credentials and the like are left out of the browser's.
	Env []string
}

// failGrace is how much longer the browser has after its launcher reported failure: some launchers (explorer on
// Windows) report failure even when they succeeded.
const failGrace = 3 * time.Second

// Check finds out whether there is such a browser here, before anybody is asked for anything. The error is
// the *Error that Open would return.
func (b Launcher) Check() error {
	_, err := b.lines(here())
	return err
}

func here() machine { return machine{runtime.GOOS, exec.LookPath, os.ReadFile} }

// Open has the browser go to the address target, and returns when it is on its way there, or an *Error.
// target itself is in no command line and in no error. The browser outlives this process.
func (b Launcher) Open(ctx context.Context, target string) error {
	lines, err := b.lines(here())
	if err != nil {
		return err
	}
	h, err := newAddress(target)
	if err != nil {
		return err
	}
	return b.deliver(ctx, h, lines, start)
}

// deliver serves h while one browser after the other is tried. lines are argument lists but for the address.
func (b Launcher) deliver(ctx context.Context, h *oneTimeAddress, lines []line,
	start func(args, env []string) (<-chan error, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, stop := context.WithTimeoutCause(ctx, addressLife, errTimeUp)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- h.serve(ctx) }()
	var first error
	for _, l := range lines {
		err, over := attempt(l, h.URL(), environment(b.Env), start, served)
		if over {
			return whyNotOpened(err, h)
		}
		if first == nil {
			first = err
		}
	}
	cancel()
	if <-served == nil { // it came after all
		return nil
	}
	return first
}

// attempt starts one browser. over: the address was taken or its time is up, and err is what serve says;
// else err is why this browser failed.
func attempt(l line, url string, env []string, start func(args, env []string) (<-chan error, error),
	served <-chan error) (err error, over bool) {
	exited, err := start(l.arguments(url), env)
	if err != nil {
		return failed(l.name, err), false
	}
	select {
	case err := <-served:
		return err, true
	case err = <-exited:
	}
	if err == nil {
		return <-served, true
	}
	grace := time.NewTimer(failGrace)
	defer grace.Stop()
	select {
	case err := <-served:
		return err, true
	case <-grace.C:
		return failed(l.name, err), false
	}
}

var errTimeUp = errors.New("no browser came")

// whyNotOpened says who was turned away, where the right browser did not come.
func whyNotOpened(err error, h *oneTimeAddress) error {
	if errors.Is(err, errTimeUp) {
		return notOpened(h.once.Refused())
	}
	return err
}
