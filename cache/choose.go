package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cache/backend"
)

// Backends are those compiled in here, in the order they are tried. keyctl is the last and never
// chosen unless it is named: it forgets everything when the machine stops, keys included.
func Backends() []string {
	var names []string
	for _, e := range backendTable() {
		names = append(names, e.name)
	}
	return names
}

func known(name string) bool { return slices.Contains(Backends(), name) }

func unknown(name, from string) error {
	return &Error{Kind: UnknownBackend, Backend: name, From: from}
}

// Open opens the keyring: the one that was named, else the one that was recorded, else the first that
// works, which is then recorded, so that a keyring that is locked one day never leads to another,
// weaker one.
//
// A named backend is used as long as it is named and leaves the record alone, so that trying one out
// does not move anybody's keys. Where nothing is recorded it is recorded once it works: a person who
// names one in a shell expects a program started from the desktop, which does not see that shell, to
// find the same keys.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	if o.Backend != "" && !known(o.Backend) {
		return nil, unknown(o.Backend, o.BackendFrom)
	}
	recorded, err := ReadRecord(o.StateDir)
	if err != nil && o.Backend == "" {
		return nil, err
	}
	switch {
	case o.Backend != "" && (err != nil || recorded.Backend != ""):
		return o.open(ctx, o.Backend, recorded.Place)
	case o.Backend != "":
		return o.choose(ctx, []string{o.Backend})
	case recorded.Backend != "":
		o.BackendFrom = recorded.Path
		return o.open(ctx, recorded.Backend, recorded.Place)
	}
	return o.choose(ctx, byThemselves())
}

// open opens a backend, with the recorded collection if it is the recorded backend.
func (o Options) open(ctx context.Context, name string, recorded Place) (*Store, error) {
	if o.Collection == "" && recorded.Backend == name {
		o.Collection = recorded.Collection
	}
	b, err := entryOf(name).open(ctx, o)
	if err != nil {
		return nil, o.unavailable(name, err)
	}
	return NewStore(o, b), nil
}

// NewStore makes a store of a keyring that was opened.
func NewStore(o Options, b *backend.Opened) *Store {
	o = o.withDefaults()
	return &Store{b: b, from: o.BackendFrom, stateDir: o.StateDir, timeout: o.Timeout, now: o.Now, log: o.Log}
}

func (o Options) unavailable(name string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.From = o.BackendFrom
		return err
	}
	return &Error{Backend: name, From: o.BackendFrom, Op: "open", Err: err}
}

// choose opens the first of the candidates that works and records it.
func (o Options) choose(ctx context.Context, candidates []string) (*Store, error) {
	var reasons []error
	for _, name := range candidates {
		collection, err := o.probe(ctx, name)
		if err != nil && ctx.Err() != nil { // it may work: nobody has waited for it
			return nil, err
		}
		if err != nil {
			o.Log.InfoContext(ctx, "keyring does not work here", "backend", name, "reason", backend.OneLine(err))
			reasons = append(reasons, err)
			continue
		}
		if o.NoPrompts { // it was not written to, so that it may turn out not to work
			return o.open(ctx, name, Place{name, collection})
		}
		chosen, err := recordFirst(o.StateDir, Place{name, collection})
		if err != nil {
			// Without a record the next call probes again, with the same outcome unless the system changed.
			o.Log.WarnContext(
				ctx,
				"choice of keyring cannot be recorded",
				"backend",
				name,
				"reason",
				backend.OneLine(err),
			)
			chosen = Place{name, collection}
		}
		o.Log.InfoContext(ctx, "keyring chosen", "backend", chosen.Backend)
		if o.Backend != "" { // named: another process's record does not change that
			chosen.Backend = name
		}
		return o.open(ctx, chosen.Backend, chosen)
	}
	if len(reasons) == 1 {
		return nil, reasons[0]
	}
	return nil, &Error{
		Kind: Absent,
		From: o.BackendFrom,
		Op:   "choose",
		Need: backend.NeedChoice,
		Err:  fmt.Errorf("none works here: %w", errors.Join(reasons...)),
	}
}

// probe tells whether a backend works, within the time limit. Unless nothing may be asked, it also
// writes an item, reads it and removes it, which may show the keyring's own unlock dialog: what can only
// be written is not a place for keys.
func (o Options) probe(ctx context.Context, name string) (collection string, err error) {
	limits := &backend.Opened{MayAsk: !o.NoPrompts && name != "file"}
	collection, err = backend.Within(
		ctx,
		o.Timeout,
		limits,
		func() (string, error) { return entryOf(name).probe(ctx, o) },
	)
	if err == nil && !o.NoPrompts {
		if o.Collection == "" {
			o.Collection = collection
		}
		err = o.roundTrip(ctx, name)
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return collection, err
	}
	return "", o.unavailable(name, backend.OpenTimedOut(name, o.Timeout, err))
}

// roundTrip writes an item, reads it and removes it.
func (o Options) roundTrip(ctx context.Context, name string) error {
	if !entryOf(name).tryToWrite {
		return nil
	}
	b, err := entryOf(name).open(ctx, o)
	if err != nil {
		return err
	}
	s := NewStore(o, b)
	item := probePrefix + strings.ToLower(rand.Text()) // its own: others may be probing now
	if err := s.set(ctx, item, []byte(`{"Version":1}`)); err != nil {
		return err
	}
	if _, err := s.get(ctx, item); err != nil {
		return fmt.Errorf("a value that was written to try it cannot be read back: %w", err)
	}
	return s.remove(ctx, item)
}

// Settled is s as long as it is the keyring in use; where a migration has recorded another one since s was
// opened, it is that one. A named keyring stays the one in use. Who writes keys calls it under the lock that
// migrations hold too: what went into the old keyring then would be found nowhere.
func (s *Store) Settled(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	if o.Backend != "" {
		return s, nil
	}
	recorded, err := ReadRecord(o.StateDir)
	if err != nil {
		return nil, err
	}
	if recorded.Backend == "" || recorded.Backend == s.b.Name {
		return s, nil
	}
	o.Log.InfoContext(ctx, "another keyring is in use meanwhile", "was", s.b.Name, "backend", recorded.Backend)
	o.BackendFrom = recorded.Path
	return o.open(ctx, recorded.Backend, recorded.Place)
}

// OpenPlace opens that keyring, whatever is named or recorded.
func OpenPlace(ctx context.Context, o Options, p Place) (*Store, error) {
	o = o.withDefaults()
	if !known(p.Backend) {
		return nil, unknown(p.Backend, o.BackendFrom)
	}
	return o.open(ctx, p.Backend, p)
}

// Try tells whether a backend works here, and what to open of it. Unless o.NoPrompts is set it also writes an item,
// which may show the keyring's own dialog.
func Try(ctx context.Context, o Options, name string) (Place, error) {
	o = o.withDefaults()
	if !known(name) {
		return Place{}, unknown(name, o.BackendFrom)
	}
	collection, err := o.probe(ctx, name)
	return Place{name, collection}, err
}
