// Package library opens keyrings with 99designs/keyring, and makes them keep hatstand's rules for a backend.
//
// It never opens one that was not asked for, which the library does when it is left a choice.
package library

import (
	"context"
	"errors"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
)

// Service is the name under which hatstand has its items.
const Service = "hatstand"

// ErrNotOpened is all that the library says of a keyring that does not open.
var ErrNotOpened = errors.New("it does not open")

// Open opens one backend of the library.
func Open(kind keyring.BackendType, c keyring.Config) (Keyring, error) {
	c.AllowedBackends = []keyring.BackendType{kind}
	if c.ServiceName == "" {
		c.ServiceName = Service
	}
	ring, err := keyring.Open(c)
	if errors.Is(err, keyring.ErrNoAvailImpl) {
		return Keyring{}, ErrNotOpened
	}
	return Keyring{ring}, err
}

// A Keyring is a keyring of the library, as a [backend.Keyring]. Its calls ignore their context.
type Keyring struct{ Ring keyring.Keyring }

// Get returns an item's value.
func (k Keyring) Get(_ context.Context, name string) ([]byte, error) {
	item, err := k.Ring.Get(name)
	return item.Data, notFound(err)
}

// Set stores an item. The Keychain keeps it on this machine only.
func (k Keyring) Set(_ context.Context, it backend.Item) error {
	return k.Ring.Set(keyring.Item{
		Key: it.Name, Data: it.Data, Label: it.Label, Description: Service, KeychainNotSynchronizable: true,
	})
}

// Remove removes an item.
func (k Keyring) Remove(_ context.Context, name string) error { return notFound(k.Ring.Remove(name)) }

// Keys are the names of the items.
func (k Keyring) Keys(context.Context) ([]string, error) { return k.Ring.Keys() }

func notFound(err error) error {
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return backend.ErrNotFound
	}
	return err
}
