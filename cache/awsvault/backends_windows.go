package awsvault

import (
	"context"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
)

func backends() []string { return []string{"wincred", "file"} }

func openVaultBackend(context.Context, Options) (*backend.Opened, error) {
	ring, err := library.Open(
		keyring.WinCredBackend,
		keyring.Config{ServiceName: vaultService, WinCredPrefix: vaultService},
	)
	if err != nil {
		return nil, err
	}
	return &backend.Opened{Name: "wincred", Keyring: ring}, nil
}
