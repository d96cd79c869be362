//go:build unix

package cache

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/99designs/keyring"
)

func openVaultPass(o VaultOptions) (*backend, error) {
	if o.PassDir != "" {
		if _, err := os.Stat(filepath.Join(o.PassDir, o.PassPrefix)); err != nil {
			return nil, vaultAbsent("there is no folder %s", filepath.Join(o.PassDir, o.PassPrefix))
		}
	}
	ring, err := openRing(keyring.PassBackend, keyring.Config{PassDir: o.PassDir, PassCmd: o.PassCmd, PassPrefix: o.PassPrefix})
	if errors.Is(err, errNotOpened) {
		return nil, vaultAbsent("the program %s is not installed", cmpOr(o.PassCmd, "pass"))
	}
	if err != nil {
		return nil, err
	}
	return &backend{name: "pass", ring: ring, asks: true}, nil
}
