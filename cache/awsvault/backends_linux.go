package awsvault

import (
	"context"
	"slices"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bus"
	"hatstand/cache/kwallet"
	"hatstand/cache/secretservice"
)

func backends() []string { return []string{"secret-service", "kwallet", "pass", "file"} }

func openVaultBackend(ctx context.Context, o Options) (*backend.Opened, error) {
	switch o.Backend {
	case "secret-service":
		return openVaultSecrets(ctx, o)
	case "kwallet":
		return openKWallet(ctx, o)
	}
	return openVaultPass(o)
}

// openVaultSecrets opens an existing collection.
func openVaultSecrets(ctx context.Context, o Options) (*backend.Opened, error) {
	c := secretservice.New(bus.Address(o.Environ), secretservice.Options{Collection: o.Collection, Timeout: o.Timeout})
	if _, err := c.Find(ctx); err != nil {
		return nil, err
	}
	return &backend.Opened{Name: secretservice.Name, Keyring: c, EndsItself: true}, nil
}

// openKWallet opens aws-vault's own wallet if there is one; to open another would make it.
func openKWallet(ctx context.Context, o Options) (*backend.Opened, error) {
	c := kwallet.New(
		bus.Address(o.Environ),
		kwallet.Options{Wallet: vaultService, App: vaultService, Folder: vaultService, Timeout: o.Timeout},
	)
	wallets, err := c.Wallets(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(wallets, vaultService) {
		return nil, vaultAbsent("there is no wallet %q", vaultService)
	}
	return &backend.Opened{Name: kwallet.Name, Keyring: c, EndsItself: true}, nil
}
