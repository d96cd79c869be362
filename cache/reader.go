package cache

import (
	"cmp"
	"context"
	"errors"
	"time"

	"hatstand/credproc/credentials"
)

// A Reader reads sessions and does nothing else.
type Reader struct{ store *Store }

// ErrNotForReading says that a keyring is not read by [OpenReader].
var ErrNotForReading = errors.New("only the whole program reads this keyring")

// OpenReader opens the keyring that [Open] would open, as long as that is certain and needs nobody: the choice is on
// record, and no call may show a dialog. It writes nothing, takes no lock and tries no other keyring. Whatever it
// returns an error for, Open may do.
func OpenReader(ctx context.Context, o Options) (*Reader, error) {
	o = o.withDefaults()
	o.NoPrompts, o.readOnly, o.Passphrase = true, true, nil
	recorded, err := ReadRecord(o.StateDir)
	if err != nil {
		return nil, err
	}
	name := cmp.Or(o.Backend, recorded.Backend)
	// The Keychain asks a person before it gives an item to another program than the one that stored it.
	if recorded.Backend == "" || !known(name) || name == "keychain" {
		return nil, ErrNotForReading
	}
	store, err := o.open(ctx, name, recorded.Place)
	if err != nil {
		return nil, err
	}
	return &Reader{store}, nil
}

// Session is [Store.Session].
func (r *Reader) Session(ctx context.Context, id SessionID) (credentials.Value, time.Time, error) {
	return r.store.Session(ctx, id)
}
