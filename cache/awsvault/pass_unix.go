//go:build unix

package awsvault

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
)

func openVaultPass(o Options) (*backend.Opened, error) {
	if o.PassDir != "" {
		if _, err := os.Stat(filepath.Join(o.PassDir, o.PassPrefix)); err != nil {
			return nil, vaultAbsent("there is no folder %s", filepath.Join(o.PassDir, o.PassPrefix))
		}
	}
	ring, err := library.Open(
		keyring.PassBackend,
		keyring.Config{PassDir: o.PassDir, PassCmd: o.PassCmd, PassPrefix: o.PassPrefix},
	)
	if errors.Is(err, library.ErrNotOpened) {
		return nil, vaultAbsent("the program %s is not installed", cmp.Or(o.PassCmd, "pass"))
	}
	if err != nil {
		return nil, err
	}
	return &backend.Opened{Name: "pass", Keyring: ring, MayAsk: true}, nil
}
