package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Backends are those compiled in here, in the order they are tried. keyctl is the last and never
// chosen unless it is named: it forgets everything when the machine stops, keys included.
func Backends() []string { return backendNames() }

func known(name string) bool { return slices.Contains(Backends(), name) }

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
		return nil, &UnknownBackendError{o.Backend, o.BackendFrom}
	}
	recorded, err := readRecord(o.StateDir)
	if err != nil && o.Backend == "" {
		return nil, err
	}
	switch {
	case o.Backend != "" && (err != nil || recorded.backend != ""):
		return o.open(ctx, o.Backend, recorded)
	case o.Backend != "":
		return o.choose(ctx, []string{o.Backend})
	case recorded.backend != "":
		o.BackendFrom = recorded.path
		return o.open(ctx, recorded.backend, recorded)
	}
	return o.choose(ctx, slices.DeleteFunc(Backends(), func(name string) bool { return name == "keyctl" }))
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) open(ctx context.Context, name string, r record) (*Store, error) {
	if o.Collection == "" && r.backend == name {
		o.Collection = r.collection
	}
	b, err := openBackend(ctx, name, o)
	if err != nil {
		return nil, o.unavailable(name, err)
	}
	return o.store(b), nil
}

func (o Options) store(b *backend) *Store {
	return &Store{b: b, from: o.BackendFrom, timeout: o.Timeout, now: o.Now, log: o.Log}
}

func (o Options) unavailable(name string, err error) error {
	var e *UnavailableError
	if errors.As(err, &e) {
		e.From = o.BackendFrom
		return err
	}
	return &UnavailableError{Backend: name, From: o.BackendFrom, Op: "open", Err: err}
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
			o.Log.InfoContext(ctx, "keyring does not work here", "backend", name, "reason", oneLine(err))
			reasons = append(reasons, err)
			continue
		}
		if o.Unasked { // it was not written to, so that it may turn out not to work
			return o.open(ctx, name, record{backend: name, collection: collection})
		}
		chosen, err := writeRecord(o.StateDir, record{backend: name, collection: collection})
		if err != nil {
			// Without a record the next call probes again, with the same outcome unless the system changed.
			o.Log.WarnContext(ctx, "choice of keyring cannot be recorded", "backend", name, "reason", oneLine(err))
			chosen = record{backend: name, collection: collection}
		}
		o.Log.InfoContext(ctx, "keyring chosen", "backend", chosen.backend)
		if o.Backend != "" { // named: another process's record does not change that
			chosen.backend = name
		}
		return o.open(ctx, chosen.backend, chosen)
	}
	if len(reasons) == 1 {
		return nil, reasons[0]
	}
	hints := []string{"HATSTAND_BACKEND=NAME picks one: " + strings.Join(Backends(), ", ")}
	return nil, &UnavailableError{From: o.BackendFrom, Op: "choose", Cause: Absent, Err: fmt.Errorf("none works here: %w", errors.Join(reasons...)), hints: hints}
}

// probe tells whether a backend works, within the time limit. Unless nothing may be asked, it also
// writes an item, reads it and removes it, which may show the keyring's own unlock dialog: what can only
// be written is not a place for keys.
func (o Options) probe(ctx context.Context, name string) (collection string, err error) {
	limits := &backend{name: name, asks: !o.Unasked && name != "file"}
	collection, err = within(ctx, o.Timeout, limits, func() (string, error) { return probeBackend(ctx, name, o) })
	if err == nil && !o.Unasked {
		if o.Collection == "" {
			o.Collection = collection
		}
		err = o.roundTrip(ctx, name)
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return collection, err
	}
	if errors.Is(err, errTimeout) {
		err = &UnavailableError{Backend: name, Op: "open", Cause: TimedOut, Err: fmt.Errorf("%w within %s", err, o.Timeout)}
	}
	return "", o.unavailable(name, err)
}

func (o Options) roundTrip(ctx context.Context, name string) error {
	if !writesToProbe(name) {
		return nil
	}
	b, err := openBackend(ctx, name, o)
	if err != nil {
		return err
	}
	s := o.store(b)
	item := "probe/" + strings.ToLower(rand.Text()) // its own: others may be probing now
	if err := s.set(ctx, item, []byte(`{"Version":1}`)); err != nil {
		return err
	}
	if _, err := s.get(ctx, item); err != nil {
		return fmt.Errorf("what was written cannot be read: %w", err)
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
	recorded, err := readRecord(o.StateDir)
	if err != nil {
		return nil, err
	}
	if recorded.backend == "" || recorded.backend == s.b.name {
		return s, nil
	}
	o.Log.InfoContext(ctx, "another keyring is in use meanwhile", "was", s.b.name, "backend", recorded.backend)
	o.BackendFrom = recorded.path
	return o.open(ctx, recorded.backend, recorded)
}
