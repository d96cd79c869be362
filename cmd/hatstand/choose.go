package main

import (
	"strings"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
)

// pick lets the user choose a profile by typing part of its name.
func (a *app) pick() (string, error) {
	set, err := a.profiles()
	if err != nil {
		return "", err
	}
	names := set.Names()
	if len(names) == 0 {
		return "", a.noProfiles()
	}
	i, err := a.ui().Choose("Which profile?", names)
	if err != nil {
		return "", err
	}
	return names[i], nil
}

func (a *app) noProfiles() error {
	at := profiles.Locate(a.getenv, a.goos)
	shown := func(path string) string {
		if rest, ok := strings.CutPrefix(path, at.Home); ok && at.Home != "" {
			return "~" + rest
		}
		return path
	}
	e := &ui.UsageError{Reason: "no profiles: no home is known", Next: "see a working example: hatstand demo"}
	var none []string
	for _, path := range []string{at.Config, at.Credentials} {
		if path != "" {
			none = append(none, "none in "+shown(path))
		}
	}
	if len(none) > 0 {
		e.Reason = "no profiles: there are " + strings.Join(none, " and ")
	}
	if at.Config == "" {
		e.Next = "set HOME or AWS_CONFIG_FILE, so that the config file can be found"
	}
	return e
}
