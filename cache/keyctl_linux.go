package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/keyring"
	"golang.org/x/sys/unix"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
	"hatstand/cache/lock"
)

// keyctlPerm lets other processes of the same user read, whether or not their session is linked to
// the user's keyring.
var keyctlPerm = keyring.GetPermissions(keyring.KEYCTL_PERM_ALL, keyring.KEYCTL_PERM_ALL, 0, 0)

func openKeyctl(_ context.Context, o Options) (*backend.Opened, error) {
	_, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", library.Service, 0)
	if err != nil && (o.readOnly || !errors.Is(err, unix.ENOKEY)) {
		return nil, backend.NotThere("keyctl", "the kernel's keyring: %w", err)
	}
	if err != nil {
		// Two processes that make it at once would each have their own, and one would be lost.
		if release, ok := lockBriefly(o.StateDir, "keyctl"); ok {
			defer release()
		}
	}
	ring, err := library.Open(keyring.KeyCtlBackend, keyring.Config{KeyCtlScope: "user", KeyCtlPerm: keyctlPerm})
	if err != nil {
		return nil, err
	}
	return &backend.Opened{Name: "keyctl", Keyring: ring, Retries: 6, RoomAfter: 128 * time.Millisecond}, nil
}

// lockBriefly takes a lock for a moment, where locks work.
func lockBriefly(stateDir, name string) (release func(), ok bool) {
	locks, err := lock.Open("", stateDir)
	if err != nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), backend.DefaultTimeout)
	defer cancel()
	release, err = locks.Acquire(ctx, name, fmt.Sprintf("opening %s", name))
	return release, err == nil
}
