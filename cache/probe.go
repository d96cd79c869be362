package cache

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
)

// A ProbeResult says whether a backend works here, as far as can be known without asking anybody.
type ProbeResult struct {
	Backend string
	// Err is why it does not; nil if it does.
	Err error
	// Note is what to know of one that works, "" if there is nothing.
	Note string
	// OnlyByName: it is never chosen unless it is named.
	OnlyByName bool
	// Holds are the profiles whose keys it has; nil where that cannot be seen.
	Holds []string
}

// Probe tries every backend compiled in here, in order and at the same time, each within twice the time
// limit. It stores nothing, records nothing and asks nobody: a desktop's keyring that is locked is an
// error, and a file keyring that is locked has a note.
func Probe(ctx context.Context, o Options) []ProbeResult {
	o = o.withDefaults()
	o.NoPrompts, o.probing = true, true
	results := make([]ProbeResult, len(Backends()))
	var all sync.WaitGroup
	for i, name := range Backends() {
		all.Go(func() { results[i] = o.look(ctx, name) })
	}
	all.Wait()
	return results
}

// look is the probe of one backend.
func (o Options) look(ctx context.Context, name string) ProbeResult {
	r := ProbeResult{Backend: name, OnlyByName: entryOf(name).onlyByName}
	collection, err := o.probe(ctx, name)
	if err != nil {
		r.Err = err
		return r
	}
	o.Collection = cmp.Or(o.Collection, collection)
	b, err := entryOf(name).open(ctx, o)
	if err != nil {
		r.Err = o.unavailable(name, err)
		return r
	}
	s := NewStore(o, b)
	names, err := s.list(ctx, "")
	if err != nil {
		r.Err = err
		return r
	}
	r.Holds = decoded(names, keysPrefix)
	r.Note, r.Err = s.opens(ctx, names)
	return r
}

// opens tells whether what a keyring holds could be read.
func (s *Store) opens(ctx context.Context, items []string) (note string, err error) {
	if s.b.Locked != nil {
		locked, err := s.b.Locked(ctx)
		if locked {
			note = "locked: its passphrase is asked for at the next use"
		}
		return note, err
	}
	// A session's secret is read by whoever uses the session, and by nobody else.
	item := slices.IndexFunc(items, func(name string) bool { return !ofSession(name) })
	if item < 0 {
		return s.remark(), nil
	}
	_, err = s.get(ctx, items[item])
	switch {
	case s.b.Name == "pass" && errors.Is(err, Locked):
		return "locked: gpg-agent asks for the key's passphrase at the next use", nil
	case errors.Is(err, ErrNotFound), errors.Is(err, Corrupt): // that one item; list and rotate tell of it
		err = nil
	}
	return s.remark(), err
}

// remark is what to know of a backend however well it works.
func (s *Store) remark() string {
	if s.b.Name == "keyctl" {
		return "forgets everything when the machine stops; used only if you name it"
	}
	return ""
}

// A Choice says which backend [Open] would use and why. At most one of From and Recorded is set where
// Backend is; where it is "", the first that works would be used.
type Choice struct {
	Backend string
	// From is where it was named.
	From string
	// Recorded is what the record says, and Record is its file; "" if there is none.
	Recorded, Record string
	// Copies is another keyring, which has copies of what this one has since a migration is not finished; "" if it is
	// not so.
	Copies string
}

// Chosen says what Open would use, without opening anything. It fails as Open does.
func Chosen(o Options) (Choice, error) {
	recorded, err := ReadRecord(o.StateDir)
	c := Choice{
		Backend:  cmp.Or(o.Backend, recorded.Backend),
		Recorded: recorded.Backend,
		Record:   recorded.Path,
		Copies:   recorded.Copies.Backend,
	}
	if o.Backend == "" {
		return c, err
	}
	c.From = o.BackendFrom
	if !known(o.Backend) {
		return c, unknown(o.Backend, o.BackendFrom)
	}
	return c, nil
}

// Better are the backends that work and come before the one given in the order of [Backends].
func Better(than string, results []ProbeResult) []string {
	var better []string
	for _, r := range results {
		if r.Backend == than {
			break
		}
		if r.Err == nil {
			better = append(better, r.Backend)
		}
	}
	return better
}
