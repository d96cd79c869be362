package bustest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hatstand/cache/backend"
)

// Item is an item with a label.
func Item(name, data string) backend.Item {
	return backend.Item{Name: name, Label: "a label", Data: []byte(data)}
}

// Get reads an item, which must have that value.
func Get(t testing.TB, k backend.Keyring, name, want string) {
	t.Helper()
	if data, err := k.Get(t.Context(), name); err != nil || string(data) != want {
		t.Errorf("Get(%q) = %q, %v; want %q", name, data, err, want)
	}
}

// Set stores an item.
func Set(t testing.TB, k backend.Keyring, name, data string) {
	t.Helper()
	if err := k.Set(t.Context(), Item(name, data)); err != nil {
		t.Fatalf("Set(%q): %v", name, err)
	}
}

// EachCall is one call of each kind, about an item "keys/p".
func EachCall(t testing.TB) []func(backend.Keyring) error {
	ctx := t.Context()
	return []func(backend.Keyring) error{
		func(k backend.Keyring) error { _, err := k.Get(ctx, "keys/p"); return err },
		func(k backend.Keyring) error { return k.Set(ctx, Item("keys/p", "x")) },
		func(k backend.Keyring) error { return k.Remove(ctx, "keys/p") },
		func(k backend.Keyring) error { _, err := k.Keys(ctx); return err },
	}
}

// Contract is what every service has to do for a client, whose part of the keyring is empty.
func Contract(t testing.TB, k backend.Keyring) {
	t.Helper()
	ctx := t.Context()
	for _, data := range []string{"", "x", strings.Repeat("0123456789abcdef", 200), "\x00\xff"} {
		Set(t, k, "keys/p", data)
		Get(t, k, "keys/p", data)
	}
	Set(t, k, "keys/a b_é", "odd name")
	Get(t, k, "keys/a b_é", "odd name")
	want := []string{"keys/a b_é", "keys/p"}
	if names, err := k.Keys(ctx); err != nil || !slices.Equal(slices.Sorted(slices.Values(names)), want) {
		t.Errorf("Keys: %q, %v", names, err)
	}
	if _, err := k.Get(ctx, "keys/none"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("of none: %v", err)
	}
	if err := k.Remove(ctx, "keys/none"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("of none: %v", err)
	}
	for _, name := range want {
		if err := k.Remove(ctx, name); err != nil {
			t.Errorf("Remove(%q): %v", name, err)
		}
	}
	if names, err := k.Keys(ctx); err != nil || len(names) != 0 {
		t.Errorf("Keys: %q, %v", names, err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprint("session/", i)
			if err := k.Set(ctx, Item(name, name)); err != nil {
				t.Error(err)
			}
			Get(t, k, name, name)
			if err := k.Remove(ctx, name); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
