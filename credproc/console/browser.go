package console

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// A Browser is what the console is opened with. It is given a one-time address on loopback: neither its
// command line nor its environment holds anything that is worth something to who reads it.
type Browser struct {
	// Commands are argument lists, tried in order: a program, its options, and %s where the address
	// belongs, which else comes last. No shell reads them. firefox, chrome, chromium, edge and brave
	// are found on every system. None at all means the desktop's own browser.
	Commands [][]string
	From     string // where Commands stands: "--browser", "BROWSER", "~/.aws/config:3"

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

// failGrace is how long the browser still has after its launcher has failed: some (Windows' explorer)
// say so when all went well.
const failGrace = 3 * time.Second

// Check finds out whether there is such a browser here, before anybody is asked for anything. The error is
// a *NoBrowserError, *NoDisplayError or *ChoiceError, as Open's would be.
func (b Browser) Check() error {
	_, err := b.lines(here())
	return err
}

func here() machine { return machine{runtime.GOOS, exec.LookPath, os.ReadFile} }

// Open has the browser go to target, and returns when it is on its way there: nil, or why not. target
// itself is in no command line and in no error. The browser outlives this process.
func (b Browser) Open(ctx context.Context, target URL) error {
	lines, err := b.lines(here())
	if err != nil {
		return err
	}
	h, err := newHandoff(target.Reveal())
	if err != nil {
		return err
	}
	return b.hand(ctx, h, lines, start)
}

// hand serves h while one browser after the other is tried. lines are argument lists but for the address.
func (b Browser) hand(ctx context.Context, h *handoff, lines []line, start func(args, env []string) (<-chan error, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, stop := context.WithTimeoutCause(ctx, handoffLife, errUntaken)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- h.serve(ctx) }()
	var failed error
	for _, l := range lines {
		err, over := attempt(l, h.URL(), environment(b.Env), start, served)
		if over {
			return explained(err, h)
		}
		if failed == nil {
			failed = err
		}
	}
	cancel()
	if <-served == nil { // it came after all
		return nil
	}
	return failed
}

// attempt starts one browser. over: the address was taken or its time is up, and err is what serve says;
// else err is why this browser failed.
func attempt(l line, url string, env []string, start func(args, env []string) (<-chan error, error), served <-chan error) (err error, over bool) {
	exited, err := start(l.arguments(url), env)
	if err != nil {
		return &BrowserError{Program: l.name, Why: why(err)}, false
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
		return &BrowserError{Program: l.name, Why: why(err)}, false
	}
}

var errUntaken = errors.New("untaken")

// explained says who may have been there, where nobody came.
func explained(err error, h *handoff) error {
	if errors.Is(err, errUntaken) {
		return &UntakenError{After: handoffLife, Refused: h.refusal()}
	}
	return err
}
