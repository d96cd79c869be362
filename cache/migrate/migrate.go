// Package migrate moves keys, MFA seeds and sign-ins from the keyring in use to another one.
//
// It loses nothing even if it is killed at any point, and running it again finishes the move. The record of the keyring
// in use says how far it came:
//
//  1. old: the old keyring has everything and is in use.
//  2. old, copies new: copying has begun. The old keyring still has everything and is in use.
//  3. new, copies old: the new one has everything, was read back, and is in use; deleting from the old one has begun.
//  4. new: done.
//
// To undo step 2, migrate to the old keyring: that deletes the copies. A migration never overwrites a different value,
// never deletes a value that the keyring in use does not have, and does not move sessions, which can be made again with
// a token code. The caller prevents others from changing keys meanwhile.
package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"hatstand/cache"
	"hatstand/cache/backend"
)

// A Result is what [Run] did, or would do.
type Result struct {
	From, To string
	Moved    []string // in words ("keys of me"), in order
	// Left are items that stay in the old keyring, since the new one has another value or none.
	Left    []string
	Resumed bool // an earlier one was interrupted, and this one finished it
}

// Run copies, reads back, switches the record, and deletes from the old keyring. The keyring that o names is the one
// in use; where it names the new one already, the recorded one is. With dry it only looks. It tells say how far
// it is ("copied 3 of 12: keys of me").
func Run(ctx context.Context, o cache.Options, to string, dry bool, say func(string)) (Result, error) {
	recorded, err := cache.ReadRecord(o.StateDir)
	if err != nil {
		return Result{}, err
	}
	unnamed := o
	unnamed.BackendFrom = ""
	goal := o
	goal.BackendFrom, goal.NoPrompts = "--to", dry
	place, err := cache.Try(ctx, goal, to)
	if errors.Is(err, cache.UnknownBackend) {
		return Result{}, err
	}
	switch recorded.Copies.Backend {
	case "", to:
	default:
		switch {
		case recorded.Backend != to:
			return Result{}, &Error{Kind: Unfinished, From: recorded.Copies.Backend, To: recorded.Backend}
		case err != nil:
			return Result{}, err
		}
		return finish(ctx, unnamed, goal, recorded, dry, say)
	}
	from, wrong := source(o, recorded, to)
	if wrong != nil {
		return Result{}, wrong
	}
	if err != nil {
		return Result{}, err
	}
	m := mover{
		stateDir: o.StateDir,
		recorded: cache.Place{Backend: cmp.Or(recorded.Backend, from.Backend), Collection: recorded.Collection},
		from:     from,
		to:       place,
		say:      say,
	}
	if m.old, err = cache.OpenPlace(ctx, unnamed, from); err != nil {
		return Result{}, err
	}
	if m.new, err = cache.OpenPlace(ctx, goal, place); err != nil {
		return Result{}, err
	}
	return m.run(ctx, dry)
}

// source is the keyring in use.
func source(o cache.Options, recorded cache.Record, to string) (cache.Place, error) {
	from := recorded.Place
	if o.Backend != "" && o.Backend != to && o.Backend != recorded.Backend {
		from = cache.Place{Backend: o.Backend}
	}
	switch from.Backend {
	case to:
		return from, &Error{Kind: SameKeyring, To: to}
	case "":
		return from, &Error{Kind: NothingInUse, To: to}
	}
	return from, nil
}

// finish deletes the copies that an earlier run left in the keyring that is not in use.
func finish(
	ctx context.Context, unnamed, goal cache.Options, recorded cache.Record, dry bool, say func(string),
) (Result, error) {
	m := mover{stateDir: unnamed.StateDir, from: recorded.Copies, to: recorded.Place, say: say}
	done := Result{From: m.from.Backend, To: m.to.Backend, Resumed: true}
	var err error
	if m.new, err = cache.OpenPlace(ctx, goal, m.to); err != nil {
		return done, err
	}
	if m.old, err = cache.OpenPlace(ctx, unnamed, m.from); err != nil {
		return done, &Error{Kind: NotCleared, From: done.From, To: done.To, Record: recorded.Path, Err: err}
	}
	if dry {
		return done, nil
	}
	return m.clear(ctx, done)
}

// A mover moves between two keyrings.
type mover struct {
	stateDir string
	recorded cache.Place // as long as it is not the new one
	from, to cache.Place
	old, new *cache.Store
	say      func(string)
}

// An item has its values at both ends; there is nil where there is none yet.
type item struct {
	name        string
	here, there []byte
}

func (m *mover) run(ctx context.Context, dry bool) (Result, error) {
	done := Result{From: m.from.Backend, To: m.to.Backend}
	items, err := m.look(ctx)
	if err != nil {
		return done, err
	}
	for _, i := range items {
		done.Moved = append(done.Moved, cache.Describe(i.name))
	}
	if dry {
		return done, nil
	}
	var copied []string
	if err = (cache.Record{Place: m.recorded, Copies: m.to}).Save(m.stateDir); err == nil {
		copied, err = m.copy(ctx, items)
	}
	if err == nil {
		err = cache.Record{Place: m.to, Copies: m.from}.Save(m.stateDir)
	}
	if err != nil {
		m.removeCopies(context.WithoutCancel(ctx), copied)
		return done, &Error{Kind: NothingMoved, From: done.From, To: done.To, Err: err}
	}
	return m.clear(ctx, done)
}

// look reads what is to be moved, and refuses what would be written over.
func (m *mover) look(ctx context.Context) ([]item, error) {
	names, err := m.old.Items(ctx)
	if err != nil {
		return nil, err
	}
	var items []item
	var differ []string
	for _, name := range names {
		if cache.IsTemporary(name) {
			continue
		}
		i := item{name: name}
		i.here, err = m.old.Item(ctx, name)
		if errors.Is(err, cache.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if i.there, err = m.new.Item(ctx, name); err != nil && !errors.Is(err, cache.ErrNotFound) {
			return nil, err
		}
		if i.there != nil && !cache.SameValue(i.here, i.there) {
			differ = append(differ, cache.Describe(name))
		}
		items = append(items, i)
	}
	if len(differ) > 0 {
		return nil, &Error{Kind: Differs, From: m.from.Backend, To: m.to.Backend, Items: differ}
	}
	return items, nil
}

// copy writes what is missing, and reads all of it back.
func (m *mover) copy(ctx context.Context, items []item) (copied []string, err error) {
	for n, i := range items {
		if i.there == nil {
			copied = append(copied, i.name)
			if err := m.new.PutItem(ctx, i.name, i.here); err != nil {
				return copied, err
			}
		}
		back, err := m.new.Item(ctx, i.name)
		if err == nil && !cache.SameValue(back, i.here) {
			err = &cache.Error{
				Backend: m.to.Backend,
				From:    "--to",
				Op:      "read",
				Item:    cache.Describe(i.name),
				Err:     errors.New("it differs from what was written"),
			}
		}
		if err != nil {
			return copied, err
		}
		m.say(fmt.Sprintf("copied %d of %d: %s", n+1, len(items), cache.Describe(i.name)))
	}
	return copied, nil
}

// removeCopies leaves the new keyring as it was, as far as it lets itself be written to.
func (m *mover) removeCopies(ctx context.Context, copied []string) {
	if now, err := cache.ReadRecord(m.stateDir); err != nil || now.Backend == m.to.Backend {
		return // the switch may have happened, and its error come from what followed
	}
	for _, name := range copied {
		if m.new.RemoveItem(ctx, name) != nil {
			return // and the record goes on saying so
		}
	}
	_ = cache.Record{Place: m.recorded}.Save(m.stateDir)
}

// clear deletes from the old keyring what the new one has, looking once more, and sessions.
func (m *mover) clear(ctx context.Context, done Result) (Result, error) {
	left, err := m.deleteOld(ctx)
	done.Left = left
	if err == nil {
		err = cache.Record{Place: m.to}.Save(m.stateDir)
	}
	if err != nil {
		return done, &Error{Kind: NotCleared, From: done.From, To: done.To, Err: err}
	}
	return done, nil
}

func (m *mover) deleteOld(ctx context.Context) (left []string, err error) {
	names, err := m.old.Items(ctx)
	if err != nil {
		return nil, err
	}
	for n, name := range names {
		m.say(fmt.Sprintf("clearing %s: %d of %d", m.from.Backend, n+1, len(names)))
		if !cache.IsTemporary(name) {
			here, err := m.old.Item(ctx, name)
			if errors.Is(err, cache.ErrNotFound) {
				continue
			}
			if err != nil {
				return left, err
			}
			there, err := m.new.Item(ctx, name)
			if err != nil && !errors.Is(err, cache.ErrNotFound) {
				return left, err
			}
			if err != nil || !cache.SameValue(here, there) {
				left = append(left, cache.Describe(name))
				continue
			}
		}
		if err := m.old.RemoveItem(ctx, name); err != nil {
			return left, err
		}
	}
	if err := m.old.Lock(ctx); err != nil && !errors.Is(err, cache.ErrNothingToLock) {
		return left, err
	}
	return left, nil
}

// A Kind says why nothing is moved, or not all.
type Kind int

const (
	SameKeyring  Kind = iota // To is the keyring in use
	NothingInUse             // no keyring is in use yet
	Unfinished               // From has copies of what To has, from an earlier migration, which is to be finished first
	Differs                  // both keyrings have Items, with different values; nothing was written
	NothingMoved             // copying failed: From has everything, and is in use
	NotCleared               // To has everything, and is in use; From has copies still
)

// An Error says how things stand.
type Error struct {
	Kind     Kind
	From, To string
	Items    []string // in words
	Record   string   // the record's file, where it may have to be edited
	Err      error
}

func (e *Error) Error() string {
	var why string
	switch e.Kind {
	case SameKeyring:
		why = e.To + " is the keyring in use"
	case NothingInUse:
		why = "no keyring is in use yet, so there is nothing to move"
	case Unfinished:
		why = fmt.Sprintf("an earlier migration is not finished: %s is in use, and %s has copies", e.To, e.From)
	case Differs:
		why = fmt.Sprintf("%s and %s both have, and differ in: %s", e.From, e.To, strings.Join(e.Items, ", "))
	case NothingMoved:
		why = "nothing was moved: " + backend.OneLine(e.Err)
	case NotCleared:
		why = fmt.Sprintf(
			"%s is used from now on and has everything; %s still has copies: %s",
			e.To,
			e.From,
			backend.OneLine(e.Err),
		)
	}
	return why
}

func (e *Error) Unwrap() error { return e.Err }
