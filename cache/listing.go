package cache

import (
	"cmp"
	"context"
)

// A Listing is which items a keyring has, by their names alone. It does not tell whether one has expired.
type Listing struct{ names map[string]bool }

// List lists the keyring that [Open] would open, as [OpenReader] reads it, asking nobody. It reads no item, unlocks
// nothing and writes nothing. As long as no choice is on record, nothing was kept: then the list is empty.
func List(ctx context.Context, o Options) (Listing, error) {
	o = o.withDefaults()
	o.NoPrompts, o.readOnly, o.Passphrase = true, true, nil
	recorded, err := ReadRecord(o.StateDir)
	if err != nil {
		return Listing{}, err
	}
	name := cmp.Or(o.Backend, recorded.Backend)
	if name != "" && !known(name) {
		return Listing{}, ErrNotForReading
	}
	if recorded.Backend == "" {
		return Listing{}, nil // none was opened yet
	}
	store, err := o.open(ctx, name, recorded.Place)
	if err != nil {
		return Listing{}, err
	}
	items, err := store.Items(ctx)
	if err != nil {
		return Listing{}, err
	}
	l := Listing{make(map[string]bool, len(items))}
	for _, item := range items {
		l.names[item] = true
	}
	return l, nil
}

// Keys reports whether there are long-lived keys of a profile.
func (l Listing) Keys(profile string) bool { return l.names[keysItem(profile)] }

// Seed reports whether there is the MFA seed of a serial.
func (l Listing) Seed(serial string) bool { return l.names[seedItem(serial)] }

// Session reports whether there are temporary credentials.
func (l Listing) Session(id SessionID) bool { return id.whole() && l.names[id.item()] }

// Grant reports whether there is what a sign-in gave.
func (l Listing) Grant(name string) bool { return l.names[GrantToken.item(name)] }
