package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/keyctl"
	"hatstand/cache/lock"
)

func openKeyctl(_ context.Context, o Options) (*backend.Opened, error) {
	k, err := keyctl.Open(service)
	if errors.Is(err, ErrNotFound) {
		if o.readOnly {
			return nil, backend.NotThere("keyctl", "nothing is stored there yet")
		}
		if o.probing {
			return &backend.Opened{Name: "keyctl", Keyring: notMade{}, EndsItself: true}, nil
		}
		// Two processes that make it at once would each have their own, and one would be lost.
		if release, ok := lockBriefly(o.StateDir, "keyctl"); ok {
			defer release()
		}
		if k, err = keyctl.Open(service); errors.Is(err, ErrNotFound) {
			k, err = keyctl.Make(service)
		}
	}
	if err != nil {
		return nil, backend.NotThere("keyctl", "the kernel's keyring: %w", err)
	}
	return &backend.Opened{Name: "keyctl", Keyring: k, EndsItself: true, Retries: 6, RoomAfter: 128 * time.Millisecond}, nil
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

// notMade is a keyring that is made when something is stored: an empty one.
type notMade struct{}

func (notMade) Get(context.Context, string) ([]byte, error) { return nil, ErrNotFound }
func (notMade) Set(context.Context, backend.Item) error     { return errors.ErrUnsupported }
func (notMade) Remove(context.Context, string) error        { return ErrNotFound }
func (notMade) Keys(context.Context) ([]string, error)      { return nil, nil }
