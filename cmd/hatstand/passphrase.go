package main

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

// passphraseLimit is how long a person has for the passphrase where nothing else ends sooner.
const passphraseLimit = 2 * time.Minute

// passphrase answers the file keyring: HATSTAND_FILE_PASSPHRASE, else the terminal or a dialog.
func (a *parts) passphrase(ctx context.Context, r cache.PassphraseRequest) (string, error) {
	if p := a.Getenv("HATSTAND_FILE_PASSPHRASE"); p != "" {
		if r.Wrong {
			return "", errors.New("HATSTAND_FILE_PASSPHRASE is not the keyring's passphrase")
		}
		return p, nil
	}
	if a.unasked || quiet(ctx) {
		return "", &nobodyToUnlock{errNoTerminal}
	}
	question(ctx)
	p, err := a.prompt()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, passphraseLimit)
	defer cancel()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	ask, done, err := p.secrets(ctx, a)
	if err != nil {
		return a.declined("", p.locked(err))
	}
	defer done()
	wrong := ""
	if r.Wrong {
		wrong = "That was not it."
	}
	if !r.New {
		answer, err := ask(ctx, "Passphrase of the hatstand keyring", wrong)
		return a.declined(answer, p.locked(err))
	}
	const protect = "Passphrase to protect it with"
	text := "A new keyring is made in " + ui.Plain(r.Folder) + ".\n" + protect
	for {
		first, err := ask(ctx, text, wrong)
		if err != nil {
			return a.declined(first, p.locked(err))
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
			return a.declined(again, p.locked(err))
		}
		if again == first {
			return first, nil
		}
		wrong = "The two differ."
	}
}

// locked is the error of a keyring whose passphrase cannot be asked for.
func (p prompt) locked(err error) error {
	switch {
	case !errors.Is(err, mfa.ErrUnusable):
		return err
	case p.name == "" || p.name == promptNone:
		return &nobodyToUnlock{errNoTerminal}
	}
	return &nobodyToUnlock{fmt.Errorf("%s, which %s names, cannot ask here: %w", p.name, p.from, err)}
}

// declined tells the keyring that a person said no, so that whoever waits for the same answer is
// refused too.
func (a *parts) declined(answer string, err error) (string, error) {
	switch {
	case errors.Is(err, mfa.ErrGone):
		return "", fmt.Errorf("%w: %w", cache.ErrGone, err)
	case errors.Is(err, mfa.ErrCancelled):
		a.saidNo.Store(true)
		return "", fmt.Errorf("%w: %w", cache.ErrDeclined, err)
	case mfa.KindOf(err) == mfa.Late:
		return "", fmt.Errorf("%w: %w", cache.ErrDeclined, err)
	}
	return answer, err
}

// A nobodyToUnlock is a keyring that is locked where nobody can be asked. Another process may have somebody.
type nobodyToUnlock struct{ why error }

func (e *nobodyToUnlock) Error() string { return "it is locked, and " + e.why.Error() }

func (e *nobodyToUnlock) Unwrap() error { return e.why }

func (e *nobodyToUnlock) Is(target error) bool { return target == cache.ErrNobody }

var errNoTerminal = errors.New("there is no terminal to ask for its passphrase on")
