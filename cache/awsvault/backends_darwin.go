package awsvault

import (
	"context"
	"slices"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
)

func backends() []string {
	if slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend) {
		return []string{"keychain", "pass", "file"}
	}
	return []string{"pass", "file"}
}

func openVaultBackend(_ context.Context, o Options) (*backend.Opened, error) {
	if o.Backend == "pass" {
		return openVaultPass(o)
	}
	ring, err := library.Open(
		keyring.KeychainBackend,
		keyring.Config{ServiceName: vaultService, KeychainName: o.KeychainName},
	)
	if err != nil {
		return nil, err
	}
	return &backend.Opened{Name: "keychain", Keyring: ring, MayAsk: true}, nil
}
