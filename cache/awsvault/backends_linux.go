package awsvault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/desktop"
	"hatstand/cache/internal/library"
)

func backends() []string { return []string{"secret-service", "kwallet", "pass", "file"} }

func openVaultBackend(o Options) (*backend.Opened, error) {
	switch o.Backend {
	case "secret-service":
		return openVaultSecrets(o)
	case "kwallet":
		return openVaultWallet()
	}
	return openVaultPass(o)
}

// openVaultSecrets opens a collection that is there; the library alone would call one that is not an
// empty one.
func openVaultSecrets(o Options) (*backend.Opened, error) {
	bus, err := desktop.SessionBus("secret-service")
	if err != nil {
		return nil, err
	}
	names, err := desktop.Collections(bus)
	if err != nil {
		return nil, vaultAbsent("nobody answers for %s", "org.freedesktop.secrets")
	}
	if !slices.Contains(names, o.Collection) {
		return nil, vaultAbsent("there is no collection %q", o.Collection)
	}
	ring, err := library.Open(keyring.SecretServiceBackend, keyring.Config{LibSecretCollectionName: o.Collection})
	if errors.Is(err, library.ErrNotOpened) {
		return nil, vaultAbsent("nobody answers for %s", "org.freedesktop.secrets")
	}
	if err != nil {
		return nil, err
	}
	locked := func() bool {
		l, err := backend.Within(context.Background(), time.Second, &backend.Opened{}, func() (bool, error) { return desktop.CollectionLocked(o.Collection) })
		return err == nil && l
	}
	return &backend.Opened{Name: "secret-service", Keyring: ring, Waiting: locked, WhyMissing: func(context.Context, string) error {
		if locked() {
			return &Error{Kind: backend.Locked, Err: fmt.Errorf("the collection %q is locked", o.Collection)}
		}
		return nil
	}}, nil
}

// openVaultWallet opens aws-vault's own wallet if there is one; to open another would make it.
func openVaultWallet() (*backend.Opened, error) {
	bus, err := desktop.SessionBus("kwallet")
	if err != nil {
		return nil, err
	}
	if _, err := desktop.ProbeKWallet(context.Background(), desktop.Options{}); err != nil {
		return nil, err
	}
	wallets, err := desktop.KWallets(bus)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(wallets, vaultService) {
		return nil, vaultAbsent("there is no wallet %q", vaultService)
	}
	ring, err := library.Open(keyring.KWalletBackend, keyring.Config{ServiceName: vaultService, KWalletAppID: vaultService, KWalletFolder: vaultService})
	if err != nil {
		return nil, err
	}
	return &backend.Opened{Name: "kwallet", Keyring: ring, MayAsk: true}, nil
}
