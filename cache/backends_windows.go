package cache

import (
	"context"

	"github.com/99designs/keyring"
)

func backendNames() []string { return []string{"wincred", "file"} }

func writesToProbe(name string) bool { return name == "wincred" }

func probeBackend(ctx context.Context, name string, o Options) (collection string, err error) {
	if name == "wincred" {
		_, err := openBackend(ctx, name, o)
		return "", err
	}
	return "", probeFile(o)
}

// wincredLimit is CRED_MAX_CREDENTIAL_BLOB_SIZE, 5 * 512 bytes.
const wincredLimit = 2560

func openBackend(_ context.Context, name string, o Options) (*backend, error) {
	if name != "wincred" {
		return openFile(o)
	}
	ring, err := openRing(keyring.WinCredBackend, keyring.Config{})
	if err != nil {
		return nil, err
	}
	return &backend{name: name, ring: splitting{ring, wincredLimit, o.Now}}, nil
}
