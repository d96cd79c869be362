package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"

	"hatstand/mfa"
	"hatstand/profiles"
)

// What a person chooses with the arrow keys is asked through survey, which needs both ends of a real
// terminal: it asks for the cursor's position and would wait for ever where nobody answers. Digits
// and secrets are read by package mfa.

// interactive reports whether survey can ask here: stdin is a terminal, and so is stderr, where the
// question is drawn.
func (a *app) interactive() bool {
	errs, ok := a.stderr.(*os.File)
	return ok && term.IsTerminal(int(a.stdin.Fd())) && term.IsTerminal(int(errs.Fd())) && a.getenv("TERM") != "dumb"
}

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
	var chosen string
	err = survey.AskOne(&survey.Select{Message: "Which profile?", Options: names, PageSize: 15}, &chosen, a.onTerminal())
	return chosen, cancelled(err)
}

// confirm asks yes or no; the answer is no unless the user says yes.
func (a *app) confirm(question string) (bool, error) {
	var yes bool
	err := survey.AskOne(&survey.Confirm{Message: plain(question)}, &yes, a.onTerminal())
	return yes, cancelled(err)
}

// onTerminal draws on stderr: stdout may be what the user wants to keep.
func (a *app) onTerminal() survey.AskOpt {
	errs := a.stderr.(*os.File)
	return survey.WithStdio(a.stdin, errs, errs)
}

func cancelled(err error) error {
	if errors.Is(err, terminal.InterruptErr) {
		return mfa.ErrCancelled
	}
	return err
}

func (a *app) noProfiles() error {
	at := profiles.Locate(a.getenv, a.goos)
	shown := func(path string) string {
		if rest, ok := strings.CutPrefix(path, at.Home); ok && at.Home != "" {
			return "~" + rest
		}
		return path
	}
	return &usageError{
		reason: fmt.Sprintf("no profiles: there are none in %s and none in %s", shown(at.Config), shown(at.Credentials)),
		next:   "see a working example: hatstand demo",
	}
}

// A noTerminalError says that something has to be typed and there is no terminal.
type noTerminalError struct {
	want, next string
	err        error
}

func (e *noTerminalError) Error() string { return "no terminal to ask for " + e.want + " on" }

func (e *noTerminalError) Unwrap() error { return e.err }

func (e *noTerminalError) Hints() []string { return []string{e.next} }
