package cache

import (
	"slices"

	"github.com/99designs/keyring"
)

func vaultBackends() []string {
	if slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend) {
		return []string{"keychain", "pass", "file"}
	}
	return []string{"pass", "file"}
}

func openVaultBackend(o VaultOptions) (*backend, error) {
	if o.Backend == "pass" {
		return openVaultPass(o)
	}
	ring, err := openRing(keyring.KeychainBackend, keyring.Config{ServiceName: vaultService, KeychainName: o.KeychainName})
	if err != nil {
		return nil, err
	}
	return &backend{name: "keychain", ring: ring, asks: true}, nil
}
