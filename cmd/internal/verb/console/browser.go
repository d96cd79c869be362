package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/browser"
	signin "hatstand/credproc/console"
	"hatstand/mfa"
	"hatstand/profiles"
)

// browserFlags are the flags that say which browser the console is opened with.
type browserFlags struct {
	set       *pflag.FlagSet
	command   string
	profile   string
	container string
}

func (b *browserFlags) flags(f *pflag.FlagSet) {
	b.set = f
	f.StringVar(&b.command, "browser", "",
		"`COMMAND` browser to use: firefox, chrome, chromium, edge, brave, or a program and its arguments (%s: the address)")
	f.StringVar(&b.profile, "browser-profile", "", "`NAME` name of the profile in Chrome, Chromium, Edge or Brave")
	f.StringVar(&b.container, "container", "",
		"`NAME` name of the tab container in Firefox (by its add-on \"Open external links in a container\")")
}

// checkBrowser says what would keep openInBrowser from opening anything, before anybody is asked for a code.
func (v command) checkBrowser(target string, k *browserFlags) error {
	b, err := v.browser(target, k)
	if err == nil {
		err = b.Check()
	}
	return asOpenError(target, err)
}

// openInBrowser opens u in a browser, and returns when the browser has asked for it. target is a profile or an ad-hoc
// role.
func (v command) openInBrowser(ctx context.Context, u signin.URL, target string, k *browserFlags) error {
	log, err := v.Logs.Open()
	if err != nil {
		return err
	}
	b, err := v.browser(target, k)
	if err != nil {
		return asOpenError(target, err)
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	began := v.World.Now()
	err = b.Open(ctx, u.Reveal())
	log.Debug("browser", "target", target, "from", b.From, "ok", err == nil, "ms", v.World.Now().Sub(began).Milliseconds())
	if errors.Is(err, app.ErrInterrupted) {
		err = mfa.ErrCancelled
	}
	return asOpenError(target, err)
}

// An openError is a console that no browser opened.
type openError struct {
	target string
	err    error
}

func asOpenError(target string, err error) error {
	if err == nil {
		return nil
	}
	return &openError{target, err}
}

func (e *openError) Error() string { return fmt.Sprintf("profile %q: %v", e.target, e.err) }

func (e *openError) Unwrap() error { return e.err }

// Hints returns the hints of the browser's error, with the profile in their commands. An ad-hoc role needs flags that
// are not known here.
func (e *openError) Hints() []string {
	hints := slices.Clone(advice.Hints(e.err))
	for i := range hints {
		if !strings.Contains(e.target, ":") {
			hints[i] = strings.ReplaceAll(hints[i], "console PROFILE", "console "+e.target)
		}
	}
	return hints
}

// browser decides which browser opens the console of a target.
func (v command) browser(target string, k *browserFlags) (browser.Launcher, error) {
	set, err := v.Settings.Profiles()
	if err != nil {
		return browser.Launcher{}, err
	}
	own, ok := set.Profile(target)
	if !ok {
		own = &profiles.Profile{}
	}
	b, err := app.Browser(v.World, v.Settings, app.BrowserChoice{Flag: k.flag, Own: own.Get})
	if err != nil {
		return b, err
	}
	b.Color = own.Get("color").Value
	b.Container, err = v.container(set, own, k, target)
	return b, err
}

// flag is a flag's value, if it was given.
func (b *browserFlags) flag(name string) (value string, given bool) {
	value = map[string]string{"browser": b.command, "browser-profile": b.profile}[name]
	return value, b.set.Changed(name)
}

// container is the tab container in Firefox; "" is none. It comes from the flag, from the profile's
// browser_container, or is the profile's own name if [hatstand] has browser_containers = true.
func (v command) container(set *profiles.Set, own *profiles.Profile, k *browserFlags, target string) (string, error) {
	if k.set.Changed("container") {
		return k.container, nil
	}
	if s := own.Get("browser_container"); s.IsSet() {
		return s.Value, nil
	}
	every := set.Program("browser_containers")
	switch {
	case strings.EqualFold(every.Value, "true"):
		return target, nil
	case every.IsSet() && !strings.EqualFold(every.Value, "false"):
		return "", &ui.UsageError{
			Reason: fmt.Sprintf("browser_containers (%s): %s is neither true nor false", every.Where(), ui.Quoted(every.Value)),
			Next:   "write browser_containers = true for a container of each profile's own name",
		}
	}
	return "", nil
}
