package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"

	"hatstand/cmd/internal/advice"
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
	if err := a.choose(&survey.Select{Message: "Which profile?", Options: names, PageSize: 15}, &chosen); err != nil {
		return "", err
	}
	return chosen, nil
}

// confirm asks yes or no; the answer is no unless the user says yes.
func (a *app) confirm(question string) (bool, error) {
	var yes bool
	if err := a.choose(&survey.Confirm{Message: plain(question)}, &yes); err != nil {
		return false, err
	}
	return yes, nil
}

// choose asks on the terminal, and draws on stderr: stdout may be what the user wants to keep. After an error answer is not
// to be looked at: survey cannot be called back from its read, and goes on until the process ends.
func (a *app) choose(p survey.Prompt, answer any) error {
	stdin, errs := int(a.stdin.Fd()), a.stderr.(*os.File)
	before, err := term.GetState(stdin)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGQUIT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	done := make(chan error, 1)
	go func() { done <- survey.AskOne(p, answer, survey.WithStdio(keyboard{a.stdin}, errs, errs)) }()
	select {
	case err := <-done:
		if errors.Is(err, terminal.InterruptErr) {
			return mfa.ErrCancelled
		}
		return err
	case <-signals:
		_ = term.Restore(stdin, before)
		fmt.Fprint(errs, showCursor+"\n") // survey hides it
		return mfa.ErrCancelled
	}
}

// A keyboard is a terminal where Ctrl-D cancels, as it does where package mfa asks. Survey takes it for the answer
// that Enter would give, and fails where the list has been filtered to nothing.
type keyboard struct{ *os.File }

func (k keyboard) Read(b []byte) (int, error) {
	n, err := k.File.Read(b)
	for i, key := range b[:n] {
		if key == terminal.KeyEndTransmission {
			b[i] = terminal.KeyInterrupt
		}
	}
	return n, err
}

const showCursor = "\x1b[?25h"

func (a *app) noProfiles() error {
	at := profiles.Locate(a.getenv, a.goos)
	shown := func(path string) string {
		if rest, ok := strings.CutPrefix(path, at.Home); ok && at.Home != "" {
			return "~" + rest
		}
		return path
	}
	e := &usageError{reason: "no profiles: no home is known", next: "see a working example: hatstand demo"}
	var none []string
	for _, path := range []string{at.Config, at.Credentials} {
		if path != "" {
			none = append(none, "none in "+shown(path))
		}
	}
	if len(none) > 0 {
		e.reason = "no profiles: there are " + strings.Join(none, " and ")
	}
	if at.Config == "" {
		e.next = "set HOME or AWS_CONFIG_FILE, so that the config file can be found"
	}
	return e
}

// A noTerminalError says that something has to be typed and there is no terminal.
type noTerminalError struct {
	want, next string
	err        error
}

func (e *noTerminalError) Error() string { return "no terminal to ask for " + e.want + " on" }

func (*noTerminalError) ExitCode() int { return advice.NoHuman }

func (e *noTerminalError) Unwrap() error { return e.err }

func (e *noTerminalError) Hints() []string { return []string{e.next} }
