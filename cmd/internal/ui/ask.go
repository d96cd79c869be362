package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"

	"hatstand/cmd/internal/advice"
	"hatstand/mfa"
)

// Menus and questions are survey's. It needs a real terminal for both input and output, and at some questions it asks
// the terminal where the cursor is, and would hang if nothing answers. Codes and secrets are read by package mfa.

// Interactive reports whether a person can be asked here: stdin is a terminal, and so is stderr, where the
// question is drawn.
func (s Streams) Interactive() bool { return s.AtTerminal() && s.Getenv("TERM") != "dumb" }

// AtTerminal reports whether stdin and stderr are a terminal, as they are where a person has typed the command line.
func (s Streams) AtTerminal() bool {
	errs, ok := s.Err.(*os.File)
	return ok && term.IsTerminal(int(s.In.Fd())) && term.IsTerminal(int(errs.Fd()))
}

// ask asks on the terminal, and draws on stderr: stdout may be what the user wants to keep. left ends it too. After an
// error the answer is not to be looked at: survey cannot be called back from its read, and goes on until the process
// ends.
func (s Streams) ask(ctx context.Context, p survey.Prompt, answer any, left <-chan struct{}) error {
	stdin, errs := int(s.In.Fd()), s.Err.(*os.File)
	before, err := term.GetState(stdin)
	if err != nil {
		return err
	}
	defer func() { _ = term.Restore(stdin, before) }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGQUIT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	// What is typed now is not to be drawn into the question, and an unfinished line is to be read.
	if err := readKeys(stdin); err != nil {
		return err
	}
	done := make(chan error, 1)
	keys := &keyboard{File: s.In, pause: pauseOf(stdin)}
	go func() { done <- survey.AskOne(p, answer, survey.WithStdio(keys, errs, errs)) }()
	select {
	case err = <-done:
		if errors.Is(err, terminal.InterruptErr) || errors.Is(err, io.EOF) {
			return mfa.ErrCancelled
		}
		return err
	case <-ctx.Done():
		err = mfa.Stopped(ctx, "a choice on the terminal", "")
	case <-left:
		err = mfa.ErrCancelled
	case <-signals:
		err = mfa.ErrCancelled
	}
	fmt.Fprint(errs, showCursor+"\n") // survey hides it
	return err
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
