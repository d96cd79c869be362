package mfa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrUnusable is wrapped by the error of a source that cannot work here; First then asks the next one.
var ErrUnusable = errors.New("not usable here")

// ErrNoTerminal means that there is no controlling terminal on which this process may ask.
// It wraps ErrUnusable.
var ErrNoTerminal error = unusable("no usable terminal")

// ErrCancelled means that the user refused to answer: Ctrl-C, Ctrl-D, a closed window. See ErrGone.
var ErrCancelled = errors.New("cancelled")

// ErrGone means that nobody can answer any more: the terminal was closed, or this process was told to end.
// Nobody said no. It wraps ErrCancelled, since this process ends all the same.
var ErrGone error = goneError{}

type goneError struct{}

func (goneError) Error() string { return ErrCancelled.Error() }
func (goneError) Unwrap() error { return ErrCancelled }

// unusable is the text of an error that wraps ErrUnusable without repeating it.
type unusable string

func (u unusable) Error() string { return string(u) }
func (u unusable) Unwrap() error { return ErrUnusable }

// noTerminal is ErrNoTerminal with its cause.
func noTerminal(why string) error { return fmt.Errorf("%w: %s", ErrNoTerminal, why) }

// A CodeError is text that is not a token code. It never holds the text.
type CodeError struct {
	From   string // --mfa-code, mfa_process, ...; "" when typed
	Digits int    // how many there were, when digits are all there was
	Why    string // otherwise
}

func (e *CodeError) Error() string {
	why := e.Why
	if e.Digits > 0 {
		why = fmt.Sprintf("this has %d", e.Digits)
	}
	text := "a token code is six digits: " + why
	if e.From != "" {
		text = e.From + ": " + text
	}
	return text
}

// codeFrom names where a malformed code came from.
func codeFrom(from string, err error) error {
	var c *CodeError
	if errors.As(err, &c) {
		return &CodeError{From: from, Digits: c.Digits, Why: c.Why}
	}
	return err
}

// A DeviceError is a device whose answers STS cannot take.
type DeviceError struct{ Serial string }

func (e *DeviceError) Error() string {
	return fmt.Sprintf("MFA device %s is a FIDO security key or passkey: STS takes only the six-digit codes of an authenticator app or a hardware token", clean(e.Serial, 256))
}

// Hints names the way out.
func (e *DeviceError) Hints() []string {
	return []string{"register an authenticator app as a second MFA device of this IAM user (up to eight are allowed), and set mfa_serial to its ARN (arn:aws:iam::...:mfa/...)"}
}

// A RefusedError is a source that has no better code to offer than the one STS refused.
type RefusedError struct {
	Serial string
	From   string // "--mfa-code", "the stored seed"
	Why    string // what STS said; may be ""
	hints  []string
}

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the token code of %s for %s was refused", e.From, clean(e.Serial, 256))
	if e.Why != "" {
		text += ": " + clean(e.Why, 300)
	}
	return text
}

// Hints gives the things that make a code wrong, as something to do.
func (e *RefusedError) Hints() []string {
	if e.hints != nil {
		return e.hints
	}
	return []string{"run it again with the code that the device shows next"}
}

// A OneCodeError is a second device wanted where --mfa-code could give one code.
type OneCodeError struct{ Serial, First string }

func (e *OneCodeError) Error() string {
	if e.Serial == e.First {
		return fmt.Sprintf("--mfa-code was used already, and another token code of %s is wanted", clean(e.Serial, 256))
	}
	return fmt.Sprintf("--mfa-code went to %s, and a token code of %s is wanted too", clean(e.First, 256), clean(e.Serial, 256))
}

// Hints gives the way round.
func (e *OneCodeError) Hints() []string {
	return []string{"run it again without --mfa-code, to be asked for each code"}
}

// A SpentError is a token code that was sent before: each works once.
type SpentError struct {
	Serial string
	Wait   time.Duration // until the device shows another one; 0: it does now
}

func (e *SpentError) Error() string {
	next := "the device shows another one now"
	if s := seconds(e.Wait); s > 0 {
		next = fmt.Sprintf("the next one comes in %d s", s)
	}
	return fmt.Sprintf("this token code of %s was used already: %s", clean(e.Serial, 256), next)
}

// Hints says when to come back.
func (e *SpentError) Hints() []string {
	if s := seconds(e.Wait); s > 0 {
		return []string{fmt.Sprintf("wait %d s and run it again: a token code works once", s)}
	}
	return nil
}

// seconds rounds up, so that whoever waits as long as they were told has waited long enough.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// A NoHumanError means that a code is wanted and there is no way to ask for one.
type NoHumanError struct {
	Serial  string
	Profile string
	Source  string  // that an ad-hoc role starts from
	Tried   []error // why each source was passed over, in order
}

func (e *NoHumanError) Error() string {
	text := fmt.Sprintf("a token code of %s is wanted, and there is nobody to ask", clean(e.Serial, 256))
	var why []string
	for _, err := range e.Tried {
		why = append(why, clean(err.Error(), 200))
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, "; ") + ")"
	}
	return text
}

// Hints names the command that asks.
func (e *NoHumanError) Hints() []string { return []string{"in a terminal: " + e.Login()} }

// Login is the command that asks, ready to be pasted into a shell.
func (e *NoHumanError) Login() string {
	if e.Source != "" {
		return login(e.Profile) + " --source " + shellWord(e.Source)
	}
	return login(e.Profile)
}

// Unwrap gives the reasons.
func (e *NoHumanError) Unwrap() []error { return e.Tried }

// A DeadlineError means that no answer came in time.
type DeadlineError struct {
	What    string // what was waited for
	Profile string
}

func (e *DeadlineError) Error() string {
	return fmt.Sprintf("no answer in time: waited for %s", clean(e.What, 300))
}

// Hints names the command that has more time.
func (e *DeadlineError) Hints() []string {
	if e.Profile == "" {
		return nil
	}
	return []string{"in a terminal: " + login(e.Profile)}
}

// stopped turns the end of a context into this package's words.
func stopped(ctx context.Context, what, profile string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &DeadlineError{What: what, Profile: profile}
	}
	if errors.Is(context.Cause(ctx), ErrGone) {
		return ErrGone
	}
	return ErrCancelled
}

// login is the command that signs in to a profile, ready to be pasted into a shell.
func login(profile string) string {
	if profile == "" {
		return "hatstand login PROFILE"
	}
	return "hatstand login " + shellWord(profile)
}

// shellWord is a name as one word of a shell.
func shellWord(name string) string {
	word := clean(name, 128)
	for _, c := range word {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,", c) {
			return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return word
}
