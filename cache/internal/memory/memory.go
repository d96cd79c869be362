// Package memory is a keyring in a map, with the faults that a test gives it. No program links it.
package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"hatstand/cache/backend"
)

// A Keyring keeps items in a map. The zero Keyring is empty.
type Keyring struct {
	mu    sync.Mutex
	Items map[string][]byte
	Limit int                         // bytes an item; 0: none
	Quota int                         // bytes in all; 0: none
	Fault func(op, name string) error // what "get", "set", "remove" and "keys" fail with; nil: nothing. The lock is held.
	Gets  int
}

func (m *Keyring) fault(op, name string) error {
	if m.Fault != nil {
		return m.Fault(op, name)
	}
	return nil
}

// Get returns a copy of a value.
func (m *Keyring) Get(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Gets++
	if err := m.fault("get", name); err != nil {
		return nil, err
	}
	data, ok := m.Items[name]
	if !ok {
		return nil, backend.ErrNotFound
	}
	return slices.Clone(data), nil
}

// Set keeps a copy of a value.
func (m *Keyring) Set(_ context.Context, it backend.Item) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fault("set", it.Name); err != nil {
		return err
	}
	if m.Limit > 0 && len(it.Data) > m.Limit {
		return errors.New("the stub received bad data")
	}
	total := len(it.Data)
	for name, data := range m.Items {
		if name != it.Name {
			total += len(data)
		}
	}
	if m.Quota > 0 && total > m.Quota {
		return fmt.Errorf("adding key to session failed: %v", "disk quota exceeded") // as 99designs/keyring words it
	}
	if m.Items == nil {
		m.Items = map[string][]byte{}
	}
	m.Items[it.Name] = slices.Clone(it.Data)
	return nil
}

// Remove removes an item.
func (m *Keyring) Remove(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fault("remove", name); err != nil {
		return err
	}
	if _, ok := m.Items[name]; !ok {
		return backend.ErrNotFound
	}
	delete(m.Items, name)
	return nil
}

// Keys are the names of the items.
func (m *Keyring) Keys(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fault("keys", ""); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Keys(m.Items)), nil
}
