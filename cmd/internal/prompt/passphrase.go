package prompt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cache"
	"hatstand/cache/file"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// passphraseLimit is how long a person has for the passphrase.
const passphraseLimit = 2 * time.Minute

// Passphrase gets the file keyring's passphrase: from HATSTAND_FILE_PASSPHRASE, else from a person.
func (a *Prompts) Passphrase(ctx context.Context, r cache.PassphraseRequest) (string, error) {
	if p := a.World.Getenv("HATSTAND_FILE_PASSPHRASE"); p != "" {
		if r.Wrong {
			return "", errors.New("HATSTAND_FILE_PASSPHRASE is not the keyring's passphrase")
		}
		return p, nil
	}
	if PolicyOf(ctx) == Never {
		return "", &nobodyToUnlockError{errNoTerminal}
	}
	BeforeQuestion(ctx)
	p, err := a.Chosen()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, passphraseLimit)
	defer cancel()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	ask, done, err := p.secrets(ctx, a)
	if err != nil {
		return a.markDeclined("", p.lockedError(err))
	}
	defer done()
	wrong := ""
	if r.Wrong {
		wrong = "That passphrase is wrong."
	}
	if !r.New {
		answer, err := ask(ctx, "Passphrase of the hatstand keyring", wrong)
		return a.markDeclined(answer, p.lockedError(err))
	}
	const protect = "Passphrase to protect it with"
	text := "A new keyring is made in " + ui.Plain(r.Folder) + ".\n" + protect
	for {
		first, err := ask(ctx, text, wrong)
		if err != nil {
			return a.markDeclined(first, p.lockedError(err))
		}
		text = protect
		if first == "" {
			wrong = "It cannot be empty."
			continue
		}
		remark := ""
		if why := file.WeakPassphrase(first); why != "" {
			remark = "It " + why + "."
		}
		again, err := ask(ctx, "The same again", remark)
		if err != nil {
			return a.markDeclined(again, p.lockedError(err))
		}
		if again == first {
			return first, nil
		}
		wrong = "The two differ."
	}
}

// PassphraseOfOther asks for the passphrase of another program's keyring, which text names.
func (a *Prompts) PassphraseOfOther(ctx context.Context, text string, wrong bool) (string, error) {
	p, err := a.Chosen()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, passphraseLimit)
	defer cancel()
	ask, done, err := p.secrets(ctx, a)
	if err != nil {
		return "", p.lockedError(err)
	}
	defer done()
	note := ""
	if wrong {
		note = "That passphrase is wrong."
	}
	answer, err := ask(ctx, text, note)
	return answer, p.lockedError(err)
}

// TerminalSecret asks for a secret on the terminal, as long as ctx lasts. The error wraps mfa.ErrUnusable where there
// is none.
func (a *Prompts) TerminalSecret(ctx context.Context, text string) (string, error) {
	BeforeQuestion(ctx)
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	tty, done, err := a.LockTerminal(ctx, "")
	if err != nil {
		return "", err
	}
	defer done()
	return mfa.ReadSecret(ctx, tty, text)
}

// lockedError turns the error of a prompt that cannot be used here into that of a locked keyring.
func (p Choice) lockedError(err error) error {
	switch {
	case !errors.Is(err, mfa.ErrUnusable):
		return err
	case p.Name == "" || p.Name == None:
		return &nobodyToUnlockError{errNoTerminal}
	}
	return &nobodyToUnlockError{fmt.Errorf("%s, which %s names, cannot ask here: %w", p.Name, p.From, err)}
}

// markDeclined wraps the error of a person who said no, or nothing, for the keyring: processes that wait for the same
// answer fail too then.
func (a *Prompts) markDeclined(answer string, err error) (string, error) {
	switch {
	case errors.Is(err, mfa.ErrGone):
		return "", fmt.Errorf("%w: %w", cache.ErrGone, err)
	case errors.Is(err, mfa.ErrCancelled):
		a.cancelled.Store(true)
		return "", fmt.Errorf("%w: %w", cache.ErrDeclined, err)
	case mfa.KindOf(err) == mfa.Late:
		return "", fmt.Errorf("%w: %w", cache.ErrDeclined, err)
	}
	return answer, err
}

// A nobodyToUnlockError says that the keyring is locked and nobody can be asked. Another process may have somebody.
type nobodyToUnlockError struct{ why error }

func (e *nobodyToUnlockError) Error() string { return "it is locked, and " + e.why.Error() }

func (e *nobodyToUnlockError) Unwrap() error { return e.why }

func (e *nobodyToUnlockError) Is(target error) bool { return target == cache.ErrNobody }

var errNoTerminal = errors.New("there is no terminal to ask for its passphrase on")
