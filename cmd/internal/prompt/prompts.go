package prompt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/mfa/dialog"
)

// A Choice is how to ask, by HATSTAND_PROMPT or the setting prompt in [hatstand].
type Choice struct {
	Name string // "": the terminal, else the first dialog that works
	From string // the variable or the setting, for errors
}

const (
	Terminal = "terminal"
	None     = "none" // nobody is asked
)

// Names are the values of HATSTAND_PROMPT.
func Names() []string {
	return append(append([]string{Terminal}, dialog.Names()...), None)
}

// Chosen is how to ask here. A prompt that is not known is an error.
func (a *Prompts) Chosen() (Choice, error) {
	name, from, err := a.Settings.Get("prompt")
	if err != nil {
		return Choice{}, err
	}
	if name != "" && !slices.Contains(Names(), name) {
		return Choice{}, &ui.UsageError{
			Reason: fmt.Sprintf("%s: unknown prompt %s", from, ui.Quoted(name)),
			Next:   "choose one of: " + strings.Join(Names(), ", "),
		}
	}
	return Choice{name, from}, nil
}

// AllowsTerminal reports whether the terminal may be used.
func (p Choice) AllowsTerminal() bool { return p.Name == "" || p.Name == Terminal }

// AllowsDialog reports whether a window may be opened.
func (p Choice) AllowsDialog() bool { return p.Name != Terminal && p.Name != None }

// Dialog is the dialog of a choice that allows one.
func (a *Prompts) Dialog(p Choice) dialog.Source {
	return dialog.Source{Name: p.Name, Env: a.dialogEnv()}
}

// Prompts ask a person, as the settings say. The methods may be called at the same time.
type Prompts struct {
	World    app.World
	Settings *app.Settings
	Locks    *app.LockFolder

	cancelled    atomic.Bool
	leftTerminal atomic.Bool
}

// Cancelled reports whether a person cancelled a prompt of this process.
func (a *Prompts) Cancelled() bool { return a.cancelled.Load() }

// SetCancelled remembers that a person cancelled a prompt of this process.
func (a *Prompts) SetCancelled() { a.cancelled.Store(true) }

// LeaveTerminal makes later questions avoid the terminal: a command was started that uses it.
func (a *Prompts) LeaveTerminal() { a.leftTerminal.Store(true) }

// OpenTerminal opens the controlling terminal.
func (a *Prompts) OpenTerminal() (*mfa.TTY, error) {
	if a.leftTerminal.Load() {
		return nil, mfa.ErrNoTerminal
	}
	return a.World.Terminal()
}

// TerminalPath is the path of the terminal that other programs may ask on; "" where there is none, or none is wanted.
func (a *Prompts) TerminalPath() string {
	if p, err := a.Chosen(); err != nil || !p.AllowsTerminal() {
		return ""
	}
	tty, err := a.OpenTerminal()
	if err != nil {
		return ""
	}
	defer tty.Close()
	return tty.Name()
}

// LockTerminal opens the terminal for a question and keeps other hatstand processes from asking there: of two that read
// at the same time, either may get the other's answer. It is the last lock that a process takes, so that there is no
// deadlock. The profile, if any, is for the error.
func (a *Prompts) LockTerminal(ctx context.Context, profile string) (tty *mfa.TTY, done func(), err error) {
	if tty, err = a.OpenTerminal(); err != nil {
		return nil, nil, err
	}
	done = func() { tty.Close() }
	session := app.TerminalSession()
	open, err := a.Locks.Open()
	if err != nil || session == 0 {
		return tty, done, nil
	}
	release, err := open.Acquire(ctx, fmt.Sprintf("terminal/%d", session), "a question on this terminal")
	switch {
	case err == nil:
		return tty, func() { tty.Close(); release() }, nil
	case errorIs[*lock.Error](err):
		return tty, done, nil
	}
	tty.Close()
	var held *lock.HeldError
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, mfa.ErrGone):
		return nil, nil, cause
	case errors.Is(err, context.DeadlineExceeded) && errors.As(err, &held): // it may be stopped, by Ctrl-Z
		return nil, nil, &BusyError{Held: held}
	case errors.Is(err, context.DeadlineExceeded):
		return nil, nil, mfa.NewLate("the terminal", profile)
	}
	return nil, nil, mfa.ErrCancelled
}

// HasTerminal reports whether there is a terminal that a person can be asked on.
func (a *Prompts) HasTerminal() bool {
	tty, err := a.OpenTerminal()
	if err != nil {
		return false
	}
	tty.Close()
	return true
}

// Tell writes a text on the terminal, when no hatstand asks a question there. draw is given the terminal's size. The
// error wraps mfa.ErrUnusable where there is no terminal.
func (a *Prompts) Tell(ctx context.Context, draw func(columns, rows int) string) error {
	tty, done, err := a.LockTerminal(ctx, "")
	if err != nil {
		return err
	}
	defer done()
	return tty.Print(ctx, draw(tty.Size()))
}

// An Error says that the prompt which the user's setting names cannot ask here.
type Error struct {
	prompt Choice
	err    *mfa.Error // of kind NobodyToAsk
}

func (e *Error) Error() string {
	if e.prompt.Name == None {
		return fmt.Sprintf("a token code of %s is needed, but %s says that nobody may be asked",
			e.err.Serial, e.prompt.From)
	}
	text := fmt.Sprintf("a token code of %s is needed, but %s, which %s names, cannot ask here",
		e.err.Serial, e.prompt.Name, e.prompt.From)
	if n := len(e.err.Tried); n > 0 {
		text += fmt.Sprintf(" (%v)", e.err.Tried[n-1])
	}
	return text
}

func (e *Error) Unwrap() error { return e.err }

func (e *Error) Hints() []string {
	if e.prompt.Name == None {
		return []string{"in a terminal: HATSTAND_PROMPT=terminal " + advice.Login(e.err.Profile, e.err.Source)}
	}
	return []string{"unset it, so that hatstand finds a prompt that works here, or name another: " + strings.Join(Names(), ", ")}
}

// SecretPrompt asks for a secret; wrong says what was wrong with the answer before.
type SecretPrompt func(ctx context.Context, text, wrong string) (string, error)

// secrets opens a prompt for secrets. Its error wraps mfa.ErrUnusable if none can be used here.
func (p Choice) secrets(ctx context.Context, a *Prompts) (ask SecretPrompt, done func(), err error) {
	if p.AllowsTerminal() {
		tty, done, err := a.LockTerminal(ctx, "")
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
		if !p.AllowsDialog() || !errors.Is(err, mfa.ErrUnusable) {
			return nil, nil, err
		}
	}
	if !p.AllowsDialog() {
		return nil, nil, mfa.ErrUnusable
	}
	return a.Dialog(p).Secret, func() {}, nil
}

// dialogEnv is a dialog's environment: the desktop's variables, and none of AWS's or hatstand's, which may be secrets.
func (a *Prompts) dialogEnv() []string {
	return slices.DeleteFunc(a.World.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "AWS_") || strings.HasPrefix(kv, "HATSTAND_")
	})
}

func errorIs[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
