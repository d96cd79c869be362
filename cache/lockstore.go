package cache

import (
	"context"
	"fmt"
)

// A forgetter is a keyring whose unlocked key hatstand keeps, and can forget.
type forgetter interface {
	forget(context.Context) error
}

// Lock forgets the file backend's unlocked key, so that the next use asks for the passphrase. Other
// backends are unlocked by their own programs: for those the error wraps [ErrNothingToLock] and says who.
func (s *Store) Lock(ctx context.Context) error {
	if f, ok := s.b.ring.(forgetter); ok {
		return f.forget(ctx)
	}
	who := "this keyring has no lock"
	switch s.b.name {
	case "secret-service", "kwallet", "keychain":
		who = "the desktop locks and unlocks this keyring"
	case "pass":
		who = "gpg-agent holds the unlocked key (gpgconf --kill gpg-agent)"
	case "wincred":
		who = "Windows unlocks this keyring at login"
	}
	return fmt.Errorf("keyring %s: %w: %s", s.b.name, ErrNothingToLock, who)
}
