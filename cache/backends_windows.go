package cache

import (
	"context"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
	"hatstand/cache/internal/split"
)

// backendTable has the backends in the order they are tried.
func backendTable() []entry {
	return []entry{
		{name: "wincred", open: openWincred, tryToWrite: true, probe: func(ctx context.Context, o Options) (string, error) {
			_, err := openWincred(ctx, o)
			return "", err
		}},
		fileEntry(),
	}
}

// wincredLimit is CRED_MAX_CREDENTIAL_BLOB_SIZE, 5 * 512 bytes.
const wincredLimit = 2560

func openWincred(_ context.Context, o Options) (*backend.Opened, error) {
	ring, err := library.Open(keyring.WinCredBackend, keyring.Config{})
	if err != nil {
		return nil, err
	}
	return &backend.Opened{Name: "wincred", Keyring: split.Keyring{Keyring: ring, Limit: wincredLimit, Now: o.Now}}, nil
}
