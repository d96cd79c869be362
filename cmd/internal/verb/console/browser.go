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
	"hatstand/profiles/cmdline"
)

// browsing is the flags that say which browser the console is opened with.
type browsing struct {
	set       *pflag.FlagSet
	command   string
	profile   string
	container string
}

func (b *browsing) flags(f *pflag.FlagSet) {
	b.set = f
	f.StringVar(&b.command, "browser", "", "`COMMAND` of the browser: firefox, chrome, chromium, edge, brave, or a program and its arguments, with %s for the address")
	f.StringVar(&b.profile, "browser-profile", "", "`NAME` of the profile in Chrome, Chromium, Edge or Brave")
	f.StringVar(&b.container, "container", "", "`NAME` of the tab container in Firefox (by its add-on \"Open external links in a container\")")
}

// checkBrowser says what would keep openInBrowser from opening anything here, before there is anything to
// open.
func (v command) checkBrowser(target string, k *browsing) error {
	b, err := v.browser(target, k)
	if err == nil {
		err = b.Check()
	}
	return unopened(target, err)
}

// openInBrowser has a browser go to u, and returns when it is on its way there. target is what the user
// named: a profile, or a role without one.
func (v command) openInBrowser(ctx context.Context, u signin.URL, target string, k *browsing) error {
	log, err := v.Logs.Open()
	if err != nil {
		return err
	}
	b, err := v.browser(target, k)
	if err != nil {
		return unopened(target, err)
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	began := v.World.Now()
	err = b.Open(ctx, u.Reveal())
	log.Debug("browser", "target", target, "from", b.From, "ok", err == nil, "ms", v.World.Now().Sub(began).Milliseconds())
	if errors.Is(err, app.ErrInterrupted) {
		err = mfa.ErrCancelled
	}
	return unopened(target, err)
}

// An unopenedError is a console that no browser was brought to.
type unopenedError struct {
	target string
	err    error
}

func unopened(target string, err error) error {
	if err == nil {
		return nil
	}
	return &unopenedError{target, err}
}

func (e *unopenedError) Error() string { return fmt.Sprintf("profile %q: %v", e.target, e.err) }

func (e *unopenedError) Unwrap() error { return e.err }

// Hints are those of the browser's error, with the profile in their commands. A role that has none takes
// more words than one.
func (e *unopenedError) Hints() []string {
	hints := slices.Clone(advice.Hints(e.err))
	for i := range hints {
		if !strings.Contains(e.target, ":") {
			hints[i] = strings.ReplaceAll(hints[i], "console PROFILE", "console "+e.target)
		}
	}
	return hints
}

// browser decides which browser opens the console of a target. Flags win over the environment, that over
// the profile's own settings, and those over the program's; BROWSER, which is not ours, comes after.
func (v command) browser(target string, k *browsing) (browser.Launcher, error) {
	set, err := v.Settings.Profiles()
	if err != nil {
		return browser.Launcher{}, err
	}
	own, ok := set.Profile(target)
	if !ok {
		own = &profiles.Profile{}
	}
	b := browser.Launcher{Env: v.World.Environ(), Color: own.Get("color").Value}
	command, from := v.browserSetting(set, own, k, "browser", k.command)
	b.Profile, _ = v.browserSetting(set, own, k, "browser-profile", k.profile)
	if b.Container, err = v.container(set, own, k, target); err != nil {
		return b, err
	}
	if command != "" {
		words, err := cmdline.Split(command)
		b.Commands, b.From = [][]string{words}, from
		return b, commandError(from, err)
	}
	if all := v.World.Getenv("BROWSER"); all != "" {
		b.From = "BROWSER"
		b.Commands, err = browser.Alternatives(all, v.World.GOOS, cmdline.Split)
		return b, commandError(b.From, err)
	}
	return b, nil
}

func commandError(from string, err error) error {
	if err == nil {
		return nil
	}
	return &ui.UsageError{Reason: fmt.Sprintf("%s: the browser's command %v", from, err), Next: "give a program and its arguments, as at a shell: --browser 'firefox --new-window'"}
}

// browserSetting is the flag, or the setting of the same name with underscores. from says where
// it stands.
func (v command) browserSetting(set *profiles.Set, own *profiles.Profile, k *browsing, flag, given string) (value, from string) {
	if k.set.Changed(flag) {
		return given, "--" + flag
	}
	key := strings.ReplaceAll(flag, "-", "_")
	if variable := "HATSTAND_" + strings.ToUpper(key); v.World.Getenv(variable) != "" {
		return v.World.Getenv(variable), variable
	}
	for _, s := range []profiles.Setting{own.Get(key), set.Program(key)} {
		if s.IsSet() {
			return s.Value, s.Where()
		}
	}
	return "", ""
}

// container is Firefox's, if one is wanted: the flag's, the profile's browser_container, or, under
// [hatstand] browser_containers = true, one of the profile's own name for each.
func (v command) container(set *profiles.Set, own *profiles.Profile, k *browsing, target string) (string, error) {
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
		return "", &ui.UsageError{Reason: fmt.Sprintf("browser_containers (%s): %s is neither true nor false", every.Where(), ui.Quoted(every.Value)), Next: "write browser_containers = true for a container of each profile's own name"}
	}
	return "", nil
}
