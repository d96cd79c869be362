package cache

import "github.com/99designs/keyring"

func vaultBackends() []string { return []string{"wincred", "file"} }

func openVaultBackend(VaultOptions) (*backend, error) {
	ring, err := openRing(keyring.WinCredBackend, keyring.Config{ServiceName: vaultService, WinCredPrefix: vaultService})
	if err != nil {
		return nil, err
	}
	return &backend{name: "wincred", ring: ring}, nil
}
