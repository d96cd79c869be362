package app

import (
	"fmt"
	"strings"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc/browser"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

// A BrowserChoice is what says which browser opens a page, beside the environment and [hatstand].
type BrowserChoice struct {
	// Flag is the value of a flag, by its name; given is false where the command line does not have it. nil: there are
	// no flags.
	Flag func(name string) (value string, given bool)
	// Own is a setting of the section that the page belongs to.
	Own func(key string) profiles.Setting
}

// Browser decides which browser opens a page, and with which of its profiles. The order is: flags, HATSTAND_ variables,
// the section's settings, those in [hatstand], BROWSER. Containers are the caller's.
func Browser(w World, s *Settings, c BrowserChoice) (browser.Launcher, error) {
	set, err := s.Profiles()
	if err != nil {
		return browser.Launcher{}, err
	}
	b := browser.Launcher{Env: w.Environ()}
	command, from := c.setting(w, set, "browser")
	b.Profile, _ = c.setting(w, set, "browser-profile")
	if command != "" {
		words, err := cmdline.Split(command)
		b.Commands, b.From = [][]string{words}, from
		return b, browserCommandError(from, err)
	}
	if all := w.Getenv("BROWSER"); all != "" {
		b.From = "BROWSER"
		b.Commands, err = browser.Alternatives(all, w.GOOS, cmdline.Split)
		return b, browserCommandError(b.From, err)
	}
	return b, nil
}

func browserCommandError(from string, err error) error {
	if err == nil {
		return nil
	}
	return &ui.UsageError{
		Reason: fmt.Sprintf("%s: the browser's command %v", from, err),
		Next:   "give a program and its arguments, as at a shell: --browser 'firefox --new-window'",
	}
}

// setting is the flag's value, or that of the setting of the same name with underscores. from says where it was found.
func (c BrowserChoice) setting(w World, set *profiles.Set, flag string) (value, from string) {
	if c.Flag != nil {
		if value, given := c.Flag(flag); given {
			return value, "--" + flag
		}
	}
	key := strings.ReplaceAll(flag, "-", "_")
	if variable := "HATSTAND_" + strings.ToUpper(key); w.Getenv(variable) != "" {
		return w.Getenv(variable), variable
	}
	for _, s := range []profiles.Setting{c.Own(key), set.Program(key)} {
		if s.IsSet() {
			return s.Value, s.Where()
		}
	}
	return "", ""
}
