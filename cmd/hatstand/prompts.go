package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// A prompt is the way to ask that HATSTAND_PROMPT or [hatstand] prompt names.
type prompt struct {
	name string // "": the terminal, else the first dialog that works
	from string
}

const (
	promptTerminal = "terminal"
	promptNone     = "none"
)

func promptNames() []string {
	return append(append([]string{promptTerminal}, mfa.DialogNames()...), promptNone)
}

func (a *parts) prompt() (prompt, error) {
	name, from, err := a.settings.Get("prompt")
	if err != nil {
		return prompt{}, err
	}
	if name != "" && !slices.Contains(promptNames(), name) {
		return prompt{}, &ui.UsageError{Reason: fmt.Sprintf("%s: unknown prompt %s", from, ui.Quoted(name)), Next: "known are: " + strings.Join(promptNames(), ", ")}
	}
	return prompt{name, from}, nil
}

// terminal and dialog tell whether the prompt may be one.
func (p prompt) terminal() bool { return p.name == "" || p.name == promptTerminal }
func (p prompt) dialog() bool   { return p.name != promptTerminal && p.name != promptNone }

// A way to get a token code tells which one it was: for a log, no more than a word.
type way func(ctx context.Context, r mfa.Request) (code, which string, err error)

// by is the way that a source is.
func by(which string, src mfa.Source) way {
	return func(ctx context.Context, r mfa.Request) (string, string, error) {
		code, err := src.Code(ctx, r)
		return code, which, err
	}
}

// ways are the prompts for token codes, in order.
func (p prompt) ways(a *parts, check func(serial, code string) error, ready func(context.Context, mfa.Request) error) (w []way) {
	if p.terminal() {
		w = append(w, by(promptTerminal, mfa.SourceFunc(func(ctx context.Context, r mfa.Request) (string, error) {
			tty, done, err := a.turn(ctx, r.Profile)
			if err != nil {
				return "", err
			}
			defer done()
			return mfa.Terminal{Open: func() (*mfa.TTY, error) { return tty, nil }, Ready: ready, Check: check}.Code(ctx, r)
		})))
	}
	if p.dialog() {
		w = append(w, func(ctx context.Context, r mfa.Request) (code, which string, err error) {
			which = "dialog"
			asked := func(name string) { which = name }
			code, err = mfa.Dialog{Name: p.name, Env: a.dialogEnv(), Ready: ready, Check: check, Asked: asked}.Code(ctx, r)
			return code, which, err
		})
	}
	return w
}

// turn opens the terminal for a question, when no other hatstand asks one there: of two that read at once, either may
// get the answer that is the other's. It is the last of the locks that a process takes, so that none wait for each other
// in a ring. The profile, if any, is for its error.
func (a *parts) turn(ctx context.Context, profile string) (tty *mfa.TTY, done func(), err error) {
	if tty, err = a.Terminal(); err != nil {
		return nil, nil, err
	}
	done = func() { tty.Close() }
	session := app.TerminalSession()
	open, err := a.locks.Open()
	if err != nil || session == 0 {
		return tty, done, nil
	}
	release, err := open.Acquire(ctx, fmt.Sprintf("terminal/%d", session), "a question on this terminal")
	switch {
	case err == nil:
		return tty, func() { tty.Close(); release() }, nil
	case as[*lock.Error](err):
		return tty, done, nil
	}
	tty.Close()
	var held *lock.HeldError
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, mfa.ErrGone):
		return nil, nil, cause
	case errors.Is(err, context.DeadlineExceeded) && errors.As(err, &held): // it may be stopped, by Ctrl-Z
		return nil, nil, &busyError{held: held}
	case errors.Is(err, context.DeadlineExceeded):
		return nil, nil, mfa.NewLate("the terminal", profile)
	}
	return nil, nil, mfa.ErrCancelled
}

// explained is a source whose error says that the user's own setting is why nobody is asked.
func (p prompt) explained(src mfa.Source) mfa.Source {
	return mfa.SourceFunc(func(ctx context.Context, r mfa.Request) (string, error) {
		code, err := src.Code(ctx, r)
		var nobody *mfa.Error
		if errors.As(err, &nobody) && nobody.Kind == mfa.NobodyToAsk && p.name != "" {
			err = &promptError{prompt: p, err: nobody}
		}
		return code, err
	})
}

// A promptError is a prompt that was named and cannot ask here.
type promptError struct {
	prompt prompt
	err    *mfa.Error // of kind NobodyToAsk
}

func (e *promptError) Error() string {
	if e.prompt.name == promptNone {
		return fmt.Sprintf("a token code of %s is wanted, and %s says that nobody is to be asked", e.err.Serial, e.prompt.from)
	}
	text := fmt.Sprintf("a token code of %s is wanted, and %s, which %s names, cannot ask here", e.err.Serial, e.prompt.name, e.prompt.from)
	if n := len(e.err.Tried); n > 0 {
		text += fmt.Sprintf(" (%v)", e.err.Tried[n-1])
	}
	return text
}

func (e *promptError) Unwrap() error { return e.err }

func (e *promptError) Hints() []string {
	if e.prompt.name == promptNone {
		return []string{"in a terminal: HATSTAND_PROMPT=terminal " + advice.Login(e.err.Profile, e.err.Source)}
	}
	return []string{"leave it out to have what works here found, or name another: " + strings.Join(promptNames(), ", ")}
}

// secretPrompt asks for a secret; wrong says what was wrong with the answer before.
type secretPrompt func(ctx context.Context, text, wrong string) (string, error)

// secrets opens the prompt for secrets. Its errors wrap mfa.ErrUnusable where there is none.
func (p prompt) secrets(ctx context.Context, a *parts) (ask secretPrompt, done func(), err error) {
	if p.terminal() {
		tty, done, err := a.turn(ctx, "")
		if err == nil {
			lead := "\n" // the line may hold another program's output
			return func(ctx context.Context, text, wrong string) (string, error) {
				if wrong != "" {
					wrong += "\n"
				}
				wrong, lead = lead+wrong, ""
				return mfa.ReadSecret(ctx, tty, wrong+text+": ")
			}, done, nil
		}
		if !p.dialog() || !errors.Is(err, mfa.ErrUnusable) {
			return nil, nil, err
		}
	}
	if !p.dialog() {
		return nil, nil, mfa.ErrUnusable
	}
	return mfa.Dialog{Name: p.name, Env: a.dialogEnv()}.Secret, func() {}, nil
}

// dialogEnv is what a dialog is given: the display and the rest of the desktop, and nothing that is a
// secret of AWS's or of this program's.
func (a *parts) dialogEnv() []string {
	return slices.DeleteFunc(a.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "AWS_") || strings.HasPrefix(kv, "HATSTAND_")
	})
}
