package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNotFound says that the keyring answered and has no such item.
var ErrNotFound = errors.New("not in the keyring")

// ErrTimeout is the error of a call that did not return.
var ErrTimeout = errors.New("no answer")

// Errors that a passphrase function returns (or wraps) when it has no passphrase.
var (
	// ErrDeclined: the person said no. Whoever waits for the same answer is then refused too.
	ErrDeclined = errors.New("the passphrase prompt was declined")
	// ErrGone is ErrDeclined where nobody said no: the terminal was closed, or the process was asked to end. Whoever
	// waits may ask.
	ErrGone error = goneError{}
	// ErrNobody: there is nobody to ask. Another process that waits for the same answer may have somebody.
	ErrNobody = errors.New("there is nobody to ask")
)

type goneError struct{}

func (goneError) Error() string { return ErrDeclined.Error() }
func (goneError) Unwrap() error { return ErrDeclined }

// A Kind says what went wrong. It is an error itself, so that errors.Is(err, Locked) asks for it.
type Kind int

const (
	Failed   Kind = iota // the keyring answered with an error
	Absent               // it is not there: no bus, no collection, no program
	Locked               // it is locked, and nobody unlocked it
	Denied               // it refused
	TimedOut             // it did not answer in time

	// An item is there and cannot be read. Nothing was removed.
	Corrupt
	// An item was stored by a later version of this program, and is left as it is.
	Newer
	// The keyring of files stays locked: no passphrase was given, a wrong one, or the person said no, here or in a
	// process that this one waited for.
	NoPassphrase
	WrongPassphrase
	PassphraseDeclined
	// A backend was named that this program does not have here.
	UnknownBackend
)

func (k Kind) Error() string {
	return [...]string{
		"keyring failed", "keyring absent", "keyring locked", "keyring denied", "keyring timed out",
		"item corrupt", "item of a later version", "no passphrase", "wrong passphrase", "passphrase declined", "unknown backend",
	}[k]
}

// A Need is what a keyring lacks, where that is known more closely than by its kind.
type Need int

const (
	NeedNothing      Need = iota
	NeedProgram           // the program in Subject is not installed
	NeedStore             // pass has no store
	NeedMending           // pass has a store, and does not list it
	NeedSecretKey         // GnuPG has no secret key for the store
	NeedPermission        // this user may not use the folder in Subject
	NeedWritable          // the folder in Subject cannot be written to, ever
	NeedSpace             // the folder in Subject may be full
	NeedBackup            // the file in Subject is lost or damaged, and nothing opens the items without it
	NeedSafeFolder        // the folder is not safe: a *folder.Error is wrapped
	NeedNewRecord         // the record in Subject does not name a keyring
	NeedCollection        // the Secret Service has no such collection; Subject has those that are there, a line each
	NeedConfirmation      // a person has to allow it in a window of the keyring's
	NeedSwitchOn          // the user has switched the keyring off
	NeedChoice            // no backend works, or none was named that does
)

// An Error says why a keyring, or an item of it, cannot be used. Its text is one line and holds no secret.
type Error struct {
	Kind    Kind
	Backend string // "" when none of several works
	From    string // where the backend was chosen, "" if it was found by trying
	Op      string // what was being done: "open", "read", "write", "remove", "list", "lock", "unlock", "choose"
	Item    string // the item it was done to, in words ("keys of me"); "" for the whole
	Name    string // the item's name in the keyring, where Kind is Corrupt or Newer
	Need    Need
	Subject string // what Need is about
	Err     error
}

func (e *Error) Error() string {
	switch e.Kind {
	case Corrupt:
		return fmt.Sprintf("keyring %s: the stored %s cannot be read: %s", e.Backend, e.Item, OneLine(e.Err))
	case Newer:
		return fmt.Sprintf("keyring %s: the stored %s: %s", e.Backend, e.Item, OneLine(e.Err))
	case WrongPassphrase:
		return fmt.Sprintf("keyring file: wrong passphrase for %s", e.Subject)
	case NoPassphrase, PassphraseDeclined:
		if e.Err != nil {
			return fmt.Sprintf("keyring file: no passphrase for %s: %s", e.Subject, OneLine(e.Err))
		}
		return fmt.Sprintf("keyring file: no passphrase for %s", e.Subject)
	case UnknownBackend:
		text := fmt.Sprintf("keyring backend %q is not one of this system's", e.Backend)
		if e.From != "" {
			text = e.From + ": " + text
		}
		return text
	}
	var b strings.Builder
	b.WriteString("keyring ")
	if e.Backend != "" {
		b.WriteString(e.Backend + " ")
	}
	if e.From != "" {
		b.WriteString("(chosen by " + e.From + ") ")
	}
	fmt.Fprintf(&b, "is unavailable: %s", e.Op)
	if e.Item != "" {
		b.WriteString(" " + e.Item)
	}
	fmt.Fprintf(&b, ": %s", OneLine(e.Err))
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is ask for a kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// IsUnavailable reports whether the error leaves open what the keyring holds: it failed, is absent, locked, denied, or
// did not answer.
func IsUnavailable(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind <= TimedOut
}

// IsPassphrase reports whether the error means that a keyring of files stays locked.
func IsPassphrase(err error) bool {
	return errors.Is(err, NoPassphrase) || errors.Is(err, WrongPassphrase) || errors.Is(err, PassphraseDeclined)
}

// NotThere is the error of a backend that is absent.
func NotThere(name, format string, a ...any) *Error {
	return &Error{Kind: Absent, Backend: name, Op: "open", Err: fmt.Errorf(format, a...)}
}

// WouldAsk is the error of a keyring that would have to ask a person where nobody may be asked.
func WouldAsk(name, op, format string, a ...any) *Error {
	return &Error{Kind: Locked, Backend: name, Op: op, Err: fmt.Errorf(format, a...)}
}

// OpenTimedOut makes the error of an opening that took too long; other errors stay as they are.
func OpenTimedOut(name string, limit time.Duration, err error) error {
	switch {
	case errors.Is(err, ErrTimeout):
		return &Error{Kind: TimedOut, Backend: name, Op: "open", Err: fmt.Errorf("%w within %s", err, limit)}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: TimedOut, Backend: name, Op: "open", Err: err}
	}
	return err
}

// OneLine keeps an error's text to one line: some keyrings answer with several.
func OneLine(err error) string {
	if err == nil {
		return "no reason given"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

func panicError(p any) error { return fmt.Errorf("the keyring library failed: %v", p) }
