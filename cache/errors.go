package cache

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotFound says that the keyring answered and has no such item.
var ErrNotFound = errors.New("not in the keyring")

// ErrDeclined is what [Options].Passphrase returns (or wraps) when the person said no; whoever waits
// for the same answer is then refused too.
var ErrDeclined = errors.New("the passphrase prompt was declined")

// ErrGone is ErrDeclined where nobody said no: the terminal was closed, or the process told to end. Whoever
// waits may ask.
var ErrGone error = goneError{}

type goneError struct{}

func (goneError) Error() string { return ErrDeclined.Error() }
func (goneError) Unwrap() error { return ErrDeclined }

// ErrNobody is what [Options].Passphrase returns (or wraps) where there is nobody to ask. Another process that waits
// for the same answer may have somebody.
var ErrNobody = errors.New("there is nobody to ask")

// ErrNothingToLock is what [Store.Lock] wraps for a backend that hatstand does not unlock itself.
var ErrNothingToLock = errors.New("nothing to lock")

// A Cause says why a keyring is unavailable.
type Cause int

const (
	Failed   Cause = iota // it answered with an error
	Absent                // it is not there: no bus, no collection, no program
	Locked                // it is locked, and nobody unlocked it
	Denied                // it refused
	TimedOut              // it did not answer in time
)

// An UnavailableError says that the keyring could not be used. It says nothing about what is in it.
type UnavailableError struct {
	Backend string // "" when none of several works
	From    string // where the backend was chosen, "" if hatstand chose it itself
	Op      string // what was being done: "open", "read", "write", "remove", "list", "unlock"
	Item    string // what it was done to, in words; "" for the whole
	Cause   Cause
	Err     error
	hints   []string
}

func (e *UnavailableError) Error() string {
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
	fmt.Fprintf(&b, ": %s", oneLine(e.Err))
	return b.String()
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// Hints are the next commands to try.
func (e *UnavailableError) Hints() []string {
	if e.hints != nil {
		return e.hints
	}
	return hintsFor(e.Backend, e.Cause)
}

// other is the keyring that works everywhere.
const other = "HATSTAND_BACKEND=file uses an encrypted folder instead (keys have to be added there again)"

func hintsFor(backend string, cause Cause) []string {
	switch backend {
	case "secret-service":
		switch cause {
		case Absent:
			return []string{"run it inside a desktop session, or under dbus-run-session with gnome-keyring-daemon --unlock", other}
		case Locked, Denied:
			return []string{"unlock the keyring: log in on the desktop, or run gnome-keyring-daemon --unlock --components=secrets", other}
		}
		return []string{"run secret-tool search --all profile none: if it hangs too, restart the desktop's keyring", other}
	case "kwallet":
		if cause == Absent {
			return []string{"run it inside a KDE session", other}
		}
		return []string{"open the wallet with kwalletmanager5, then run this again", other}
	case "pass":
		if cause == Absent {
			return []string{"install pass, and run pass init KEY with a GnuPG key of yours", other}
		}
		return []string{"run pass ls, and gpg --list-secret-keys: the store needs a key that this user can use; in a terminal, export GPG_TTY=$(tty) lets GnuPG ask", other}
	case "keychain":
		return []string{"run security unlock-keychain, then run this again"}
	case "keyctl":
		return []string{"run keyctl show @u: the kernel may forbid keyrings here (containers do)", other}
	}
	return nil
}

// A CorruptError says that an item is there and cannot be read. Nothing was removed.
type CorruptError struct {
	Backend string
	Item    string // its name in the keyring
	Err     error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("keyring %s: the stored %s cannot be read: %s", e.Backend, subject(e.Item), oneLine(e.Err))
}

func (e *CorruptError) Unwrap() error { return e.Err }

// Hints are the commands that store the item again.
func (e *CorruptError) Hints() []string {
	kind, rest, _ := strings.Cut(e.Item, "/")
	who, _ := decode(rest)
	switch kind + "/" {
	case keysPrefix:
		return []string{"hatstand keys add --replace " + who + " stores them again"}
	case seedPrefix:
		return []string{"hatstand mfa add " + who + " stores it again"}
	}
	return nil
}

// A PassphraseError says that the file backend stays locked.
type PassphraseError struct {
	Folder   string
	Wrong    bool // a passphrase was given, and it was wrong
	Declined bool // the person said no, here or in a process that this one waited for
	Err      error
}

func (e *PassphraseError) Error() string {
	switch {
	case e.Wrong:
		return fmt.Sprintf("keyring file: wrong passphrase for %s", e.Folder)
	case e.Err != nil:
		return fmt.Sprintf("keyring file: no passphrase for %s: %s", e.Folder, oneLine(e.Err))
	}
	return fmt.Sprintf("keyring file: no passphrase for %s", e.Folder)
}

func (e *PassphraseError) Unwrap() error { return e.Err }

// Hints are the next commands to try.
func (e *PassphraseError) Hints() []string {
	var cause interface{ Hints() []string }
	if errors.As(e.Err, &cause) && len(cause.Hints()) > 0 {
		return cause.Hints()
	}
	if e.Declined {
		return nil
	}
	if e.Wrong {
		return []string{"run it again with the right one: from HATSTAND_FILE_PASSPHRASE if that is set, else typed at a terminal"}
	}
	return []string{"set HATSTAND_FILE_PASSPHRASE, or run hatstand login PROFILE at a terminal"}
}

// An UnknownBackendError says that a backend was named that this program does not have here.
type UnknownBackendError struct {
	Name string
	From string // where it was said
}

func (e *UnknownBackendError) Error() string {
	if e.From == "" {
		return fmt.Sprintf("keyring backend %q is not one of this system's", e.Name)
	}
	return fmt.Sprintf("%s: keyring backend %q is not one of this system's", e.From, e.Name)
}

// Hints names the backends that are.
func (e *UnknownBackendError) Hints() []string {
	return []string{"backends here: " + strings.Join(Backends(), ", ")}
}

// oneLine keeps an error's text to one line: some keyrings answer with several.
func oneLine(err error) string {
	if err == nil {
		return "no reason given"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
