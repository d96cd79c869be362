package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/keyring"
	"golang.org/x/sys/unix"
)

func backendNames() []string {
	return []string{"secret-service", "kwallet", "pass", "file", "keyctl"}
}

// writesToProbe: pass would make two commits of it in a store that is under git and may ask for the
// key's passphrase; kwallet would open its dialog; file would ask for the passphrase before there is
// anything to protect.
func writesToProbe(name string) bool { return name == "secret-service" || name == "keyctl" }

func probeBackend(ctx context.Context, name string, o Options) (collection string, err error) {
	switch name {
	case "secret-service":
		return findCollection(o.Collection)
	case "kwallet":
		return "", probeKWallet()
	case "pass":
		return "", probePass(ctx, o)
	case "keyctl":
		_, err := openKeyctl(o)
		return "", err
	}
	return "", probeFile(o)
}

func openBackend(ctx context.Context, name string, o Options) (*backend, error) {
	switch name {
	case "secret-service":
		return openSecretService(ctx, o)
	case "kwallet":
		return openKWallet(ctx, o)
	case "pass":
		return openPass(o)
	case "keyctl":
		return openKeyctl(o)
	}
	return openFile(o)
}

// keyctlPerm lets other processes of the same user read, whether or not their session is linked to
// the user's keyring.
var keyctlPerm = keyring.GetPermissions(keyring.KEYCTL_PERM_ALL, keyring.KEYCTL_PERM_ALL, 0, 0)

func openKeyctl(o Options) (*backend, error) {
	_, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", service, 0)
	if err != nil && !errors.Is(err, unix.ENOKEY) {
		return nil, &UnavailableError{Backend: "keyctl", Op: "open", Cause: Absent, Err: fmt.Errorf("the kernel's keyring: %w", err)}
	}
	if err != nil && o.readOnly {
		return nil, &UnavailableError{Backend: "keyctl", Op: "open", Cause: Absent, Err: fmt.Errorf("the kernel's keyring: %w", err)}
	}
	if err != nil {
		// Two processes that make it at once would each have their own, and one would be lost.
		if release, ok := lockFolder(o.StateDir, "keyctl"); ok {
			defer release()
		}
	}
	ring, err := openRing(keyring.KeyCtlBackend, keyring.Config{KeyCtlScope: "user", KeyCtlPerm: keyctlPerm})
	if err != nil {
		return nil, err
	}
	return &backend{name: "keyctl", ring: ring, retries: 6, settles: 128 * time.Millisecond}, nil
}
