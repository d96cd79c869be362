package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

func vaultBackends() []string { return []string{"secret-service", "kwallet", "pass", "file"} }

func openVaultBackend(o VaultOptions) (*backend, error) {
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
func openVaultSecrets(o VaultOptions) (*backend, error) {
	bus, err := sessionBus("secret-service")
	if err != nil {
		return nil, err
	}
	names, err := collections(bus)
	if err != nil {
		return nil, vaultAbsent("nobody answers for %s", secretsName)
	}
	if !slices.Contains(names, o.Collection) {
		return nil, vaultAbsent("there is no collection %q", o.Collection)
	}
	ring, err := openRing(keyring.SecretServiceBackend, keyring.Config{LibSecretCollectionName: o.Collection})
	if errors.Is(err, errNotOpened) {
		return nil, vaultAbsent("nobody answers for %s", secretsName)
	}
	if err != nil {
		return nil, err
	}
	locked := func() bool {
		l, err := within(context.Background(), time.Second, &backend{}, func() (bool, error) { return collectionLocked(o.Collection) })
		return err == nil && l
	}
	return &backend{name: "secret-service", ring: ring, waiting: locked, missed: func(keyring.Keyring, string) error {
		if locked() {
			return &VaultError{Cause: Locked, Err: fmt.Errorf("the collection %q is locked", o.Collection)}
		}
		return nil
	}}, nil
}

// openVaultWallet opens aws-vault's own wallet if there is one; to open another would make it.
func openVaultWallet() (*backend, error) {
	bus, err := sessionBus("kwallet")
	if err != nil {
		return nil, err
	}
	if err := probeKWallet(); err != nil {
		return nil, err
	}
	wallets, err := kwallets(bus)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(wallets, vaultService) {
		return nil, vaultAbsent("there is no wallet %q", vaultService)
	}
	ring, err := openRing(keyring.KWalletBackend, keyring.Config{ServiceName: vaultService, KWalletAppID: vaultService, KWalletFolder: vaultService})
	if err != nil {
		return nil, err
	}
	return &backend{name: "kwallet", ring: ring, asks: true}, nil
}

func kwallets(bus *dbus.Conn) ([]string, error) {
	var wallets []string
	err := bus.Object(kwalletName, kwalletPath).Call("org.kde.KWallet.wallets", 0).Store(&wallets)
	return wallets, err
}
