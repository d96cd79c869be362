package mfa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hatstand/mfa/internal/plain"
)

// ErrUnusable is wrapped by the error of a source that cannot work here; First then asks the next one.
var ErrUnusable = errors.New("not usable here")

// ErrNoTerminal means that there is no controlling terminal on which this process may ask.
// It wraps ErrUnusable.
var ErrNoTerminal error = Unusable("no usable terminal")

// ErrCancelled means that the user refused to answer: Ctrl-C, Ctrl-D, a closed window. See ErrGone.
var ErrCancelled = errors.New("cancelled")

// ErrGone means that nobody can answer any more: the terminal was closed, or this process was asked to end.
// Nobody said no. It wraps ErrCancelled, since this process ends all the same.
var ErrGone error = goneError{}

type goneError struct{}

func (goneError) Error() string { return ErrCancelled.Error() }
func (goneError) Unwrap() error { return ErrCancelled }

// Unusable is the text of an error that wraps ErrUnusable without repeating it.
type Unusable string

func (u Unusable) Error() string { return string(u) }
func (u Unusable) Unwrap() error { return ErrUnusable }

// noTerminal is ErrNoTerminal with its cause.
func noTerminal(why string) error { return fmt.Errorf("%w: %s", ErrNoTerminal, why) }

// A Kind says what went wrong, for hints and exit codes.
type Kind int

const (
	// NotACode: text is not a token code. The error never holds the text.
	NotACode Kind = iota + 1
	// NoCodesOfDevice: STS cannot take what this device gives.
	NoCodesOfDevice
	// Refused: AWS refused the only code that the source has.
	Refused
	// SeedRefused: AWS refused the codes of a stored seed.
	SeedRefused
	// OnlyOneCode: more than one code is needed, and the source has only one.
	OnlyOneCode
	// Spent: the code was sent before. Wait is the time until the device shows another one; 0: it does now.
	Spent
	// NotRecorded: a code could not be recorded as spent. Folder is where.
	NotRecorded
	// NotASeed: text is not a seed that AWS could use. The error never holds the text.
	NotASeed
	// ProgramFailed: an mfa_process gave no code.
	ProgramFailed
	// NobodyToAsk: a code is needed and there is no way to ask for one. Tried says why each source was skipped.
	NobodyToAsk
	// Late: no answer came in time.
	Late
)

// An Error says why no token code was got. It holds no code, no seed and no output of a program but its last
// line of standard error.
type Error struct {
	Kind    Kind
	Subject string // where the code came from, say; may be ""
	Reason  string
	Err     error // may be nil

	Serial  string        // of the device; "" if it is about none
	Profile string        // that the code was for; "" if that is not known
	Source  string        // the profile that an ad-hoc role starts from
	Folder  string        // of NotRecorded
	Wait    time.Duration // of Spent
	Tried   []error       // of NobodyToAsk, in order
}

func (e *Error) Error() string {
	if e.Subject == "" {
		return e.Reason
	}
	return e.Subject + ": " + e.Reason
}

// Unwrap returns the causes.
func (e *Error) Unwrap() []error {
	if e.Err != nil {
		return append([]error{e.Err}, e.Tried...)
	}
	return e.Tried
}

// KindOf returns the kind of the first Error in err's tree; 0 if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// notACode is the error of a text with other things than digits, or, where digits is not 0, of too many or too few.
func notACode(digits int, why string) *Error {
	if digits > 0 {
		why = fmt.Sprintf("this has %d", digits)
	}
	return &Error{Kind: NotACode, Reason: "a token code is six digits: " + why}
}

// codeFrom names where a malformed code came from.
func codeFrom(from string, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == NotACode {
		named := *e
		named.Subject = from
		return &named
	}
	return err
}

func noCodesOfDevice(serial string) *Error {
	return &Error{Kind: NoCodesOfDevice, Serial: serial, Reason: fmt.Sprintf("MFA device %s is a FIDO security key or passkey: "+
		"STS takes only the six-digit codes of an authenticator app or a hardware token", plain.Line(serial, 256))}
}

// refused is the error of a source that has no better code to offer than the one that AWS refused. why is what AWS
// said; it may be "".
func refused(kind Kind, serial, from, why string) *Error {
	text := fmt.Sprintf("the token code of %s for %s was refused", from, plain.Line(serial, 256))
	if why != "" {
		text += ": " + plain.Line(why, 300)
	}
	return &Error{Kind: kind, Serial: serial, Reason: text}
}

func onlyOneCode(from, serial, first string) *Error {
	text := fmt.Sprintf("%s went to %s, and a token code of %s is needed too", from, plain.Line(first, 256), plain.Line(serial, 256))
	if serial == first {
		text = fmt.Sprintf("%s was used already, and another token code of %s is needed", from, plain.Line(serial, 256))
	}
	return &Error{Kind: OnlyOneCode, Serial: serial, Reason: text}
}

// NewSpent is the error of a code that was sent before.
func NewSpent(serial string, wait time.Duration) *Error {
	next := "the device shows another one now"
	if s := seconds(wait); s > 0 {
		next = fmt.Sprintf("the next one comes in %d s", s)
	}
	return &Error{Kind: Spent, Serial: serial, Wait: wait, Reason: fmt.Sprintf("this token code of %s was used already: %s", plain.Line(serial, 256), next)}
}

// seconds rounds up, so that whoever waits as long as they were told has waited long enough.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func nobodyToAsk(r Request, tried []error) *Error {
	text := fmt.Sprintf("a token code of %s is needed, and there is nobody to ask", plain.Line(r.Serial, 256))
	var why []string
	for _, err := range tried {
		why = append(why, plain.Line(err.Error(), 200))
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, "; ") + ")"
	}
	return &Error{Kind: NobodyToAsk, Serial: r.Serial, Profile: r.Profile, Source: r.Source, Tried: tried, Reason: text}
}

// NewLate is the error where no answer came in time. what is what was waited for; profile may be "".
func NewLate(what, profile string) *Error {
	return &Error{Kind: Late, Profile: profile, Reason: "no answer in time: waited for " + plain.Line(what, 300)}
}

// Stopped turns the end of a context into this package's words: Late, ErrGone or ErrCancelled.
func Stopped(ctx context.Context, what, profile string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return NewLate(what, profile)
	}
	if errors.Is(context.Cause(ctx), ErrGone) {
		return ErrGone
	}
	return ErrCancelled
}
