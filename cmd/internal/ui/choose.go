package ui

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"

	"hatstand/cmd/internal/advice"
	"hatstand/mfa"
)

// Menus (arrow keys) use survey. It needs a real terminal for both input and output: it asks for the cursor position,
// and would hang if nothing answers. Codes and secrets are read by package mfa.

// Interactive reports whether a person can be asked here: stdin is a terminal, and so is stderr, where the
// question is drawn.
func (s Streams) Interactive() bool {
	errs, ok := s.Err.(*os.File)
	return ok && term.IsTerminal(int(s.In.Fd())) && term.IsTerminal(int(errs.Fd())) && s.Getenv("TERM") != "dumb"
}

// Choose lets a person pick one of the options by the arrow keys, or by typing parts of it, and returns its index. The
// details, none or one for each option, are shown beside the options and searched too.
func (s Streams) Choose(question string, options []string, details ...string) (int, error) {
	list := newList(options, details)
	question = Plain(question)
	columns, rows, err := term.GetSize(int(s.Err.(*os.File).Fd()))
	if err != nil {
		columns, rows = 0, 0
	}
	var chosen int
	err = s.ask(&survey.Select{
		Message: question, Options: list.options, PageSize: list.page(question, columns, rows),
		Description: func(_ string, i int) string { return list.details[i] },
		Filter:      func(typed, _ string, i int) bool { return list.search(typed)[i] },
	}, &chosen)
	if err != nil {
		return 0, err
	}
	return chosen, nil
}

// Confirm asks yes or no; preset is what Enter alone means.
func (s Streams) Confirm(question string, preset bool) (bool, error) {
	var yes bool
	if err := s.ask(&survey.Confirm{Message: Plain(question), Default: preset}, &yes); err != nil {
		return false, err
	}
	return yes, nil
}

// ask asks on the terminal, and draws on stderr: stdout may be what the user wants to keep. After an error the answer
// is not to be looked at: survey cannot be called back from its read, and goes on until the process ends.
func (s Streams) ask(p survey.Prompt, answer any) error {
	stdin, errs := int(s.In.Fd()), s.Err.(*os.File)
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
	go func() { done <- survey.AskOne(p, answer, survey.WithStdio(keyboard{s.In}, errs, errs)) }()
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

// A NoTerminalError says that something has to be typed and there is no terminal.
type NoTerminalError struct {
	Want, Next string
	Err        error
}

func (e *NoTerminalError) Error() string { return "no terminal to ask for " + e.Want + " on" }

func (*NoTerminalError) ExitCode() int { return advice.NoHuman }

func (e *NoTerminalError) Unwrap() error { return e.Err }

func (e *NoTerminalError) Hints() []string { return []string{e.Next} }
