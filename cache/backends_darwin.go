package cache

import (
	"context"
	"slices"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
)

// backendTable has the backends in the order they are tried. The Keychain needs cgo, which a program built elsewhere
// does not have.
func backendTable() []entry {
	all := []entry{passEntry(), fileEntry()}
	if slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend) {
		all = append([]entry{keychainEntry()}, all...)
	}
	return all
}

func keychainEntry() entry {
	// The login keychain, which macOS unlocks at login. The program that stored an item may read it
	// without a dialog each time; nothing goes to iCloud.
	open := func(context.Context, Options) (*backend.Opened, error) {
		ring, err := library.Open(keyring.KeychainBackend, keyring.Config{
			KeychainTrustApplication: true, KeychainAccessibleWhenUnlocked: true,
		})
		if err != nil {
			return nil, err
		}
		return &backend.Opened{Name: "keychain", Keyring: ring, MayAsk: true, WhyMissing: whyListedMissing(ring)}, nil
	}
	return entry{name: "keychain", open: open, tryToWrite: true, probe: func(ctx context.Context, o Options) (string, error) {
		_, err := open(ctx, o)
		return "", err
	}}
}
