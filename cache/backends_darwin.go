package cache

import (
	"context"
	"slices"

	"github.com/99designs/keyring"
)

// backendNames: the Keychain needs cgo, which a program built on another system does not have.
func backendNames() []string {
	if slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend) {
		return []string{"keychain", "pass", "file"}
	}
	return []string{"pass", "file"}
}

func writesToProbe(name string) bool { return name == "keychain" }

func probeBackend(ctx context.Context, name string, o Options) (collection string, err error) {
	switch name {
	case "keychain":
		_, err := openBackend(ctx, name, o)
		return "", err
	case "pass":
		return "", probePass(ctx, o)
	}
	return "", probeFile(o)
}

func openBackend(_ context.Context, name string, o Options) (*backend, error) {
	switch name {
	case "keychain":
		// The login keychain, which macOS unlocks at login. The program that stored an item may read it
		// without a dialog each time; nothing goes to iCloud.
		ring, err := openRing(keyring.KeychainBackend, keyring.Config{
			KeychainTrustApplication: true, KeychainAccessibleWhenUnlocked: true,
		})
		if err != nil {
			return nil, err
		}
		return &backend{name: name, ring: ring, asks: true, missed: listedMiss}, nil
	case "pass":
		return openPass(o)
	}
	return openFile(o)
}
