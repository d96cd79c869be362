package cache

import (
	"context"
	"fmt"
)

// Lock forgets the file backend's unlocked key, so that the next use asks for the passphrase. Other
// backends are unlocked by their own programs: for those the error wraps [ErrNothingToLock] and says who.
func (s *Store) Lock(ctx context.Context) error {
	if s.b.Lock != nil {
		return s.b.Lock(ctx)
	}
	who := "this keyring has no lock"
	switch s.b.Name {
	case "secret-service", "kwallet", "keychain":
		who = "the desktop locks and unlocks this keyring"
	case "pass":
		who = "gpg-agent holds the unlocked key (gpgconf --kill gpg-agent)"
	case "wincred":
		who = "Windows unlocks this keyring at login"
	}
	return fmt.Errorf("keyring %s: %w: %s", s.b.Name, ErrNothingToLock, who)
}
