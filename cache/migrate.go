package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Migration is what [Migrate] did, or would do.
type Migration struct {
	From, To string
	// Moved are the items in words ("keys of me"), in order.
	Moved []string
	// Resumed: an earlier one was interrupted, and this one finished it.
	Resumed bool
}

// Migrate moves keys and MFA seeds from the keyring in use to another, and records that one. It copies,
// reads back what it copied, records the choice, and only then deletes, so that the keyring in use has
// everything at every moment: killed anywhere, it loses nothing, and running it again finishes it. Sessions
// are not moved; they go from the old one.
//
// An item that the other keyring has with another value is a *[MigrationError] before anything is written.
// If copying fails (no room, say), what was copied goes again. With dry set it only looks.
func Migrate(ctx context.Context, o Options, to string, dry bool) (Migration, error) {
	o = o.withDefaults()
	j, resumed, err := o.journey(to)
	if err != nil {
		return Migration{}, err
	}
	source := o
	source.BackendFrom = ""
	from, err := source.open(ctx, j.from.backend, j.from)
	if err != nil {
		return Migration{}, err
	}
	goal := o
	goal.BackendFrom, goal.Unasked = "--to", dry
	if j.to.collection, err = goal.probe(ctx, to); err != nil {
		return Migration{}, err
	}
	target, err := goal.open(ctx, to, j.to)
	if err != nil {
		return Migration{}, err
	}
	m := mover{from: from, to: target, stateDir: o.StateDir, journal: j}
	if err := m.look(ctx); err != nil {
		return Migration{}, err
	}
	done := Migration{From: j.from.backend, To: to, Resumed: resumed}
	for _, i := range m.items {
		done.Moved = append(done.Moved, subject(i.name))
	}
	if dry {
		return done, nil
	}
	return done, m.move(ctx)
}

// A MigrationError says why nothing is moved, or why a part stays.
type MigrationError struct {
	Reason string
	Next   []string // what to do
}

func (e *MigrationError) Error() string { return "keys migrate: " + e.Reason }

// Hints are the next commands.
func (e *MigrationError) Hints() []string { return e.Next }

// A mover moves.
type mover struct {
	from, to *Store
	stateDir string
	journal  journal
	items    []moving
}

// A moving item, with the values at both ends; target is nil where there is none yet.
type moving struct {
	name           string
	source, target []byte
}

// look reads what is to be moved, and refuses what would be overwritten.
func (m *mover) look(ctx context.Context) error {
	names, err := m.from.list(ctx, "")
	if err != nil {
		return err
	}
	for _, name := range names {
		if isPassing(name) {
			continue
		}
		i := moving{name: name}
		i.source, err = m.from.get(ctx, name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if i.target, err = m.to.get(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		m.items = append(m.items, i)
	}
	return m.differing()
}

// isPassing tells of items that are not worth moving.
func isPassing(name string) bool {
	return strings.HasPrefix(name, sessionPrefix) || strings.HasPrefix(name, "probe/")
}

func (m *mover) differing() error {
	var names []string
	for _, i := range m.items {
		if i.target != nil && !sameValue(i.source, i.target) {
			names = append(names, subject(i.name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	from, to := m.from.Backend(), m.to.Backend()
	return &MigrationError{
		fmt.Sprintf("%s and %s both have, and differ in: %s", from, to, strings.Join(names, ", ")),
		[]string{
			fmt.Sprintf("compare: HATSTAND_BACKEND=%s hatstand keys list; HATSTAND_BACKEND=%s hatstand keys list", from, to),
			"remove the one that is not wanted there (keys remove, mfa remove), then run this again",
		},
	}
}

// sameValue is the same bytes, or the same key pair stored at another time.
func sameValue(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decodeKeys(a)
	y, errY := decodeKeys(b)
	return errX == nil && errY == nil && x.AccessKeyID == y.AccessKeyID && x.SecretAccessKey == y.SecretAccessKey
}

func (m *mover) move(ctx context.Context) error {
	path := filepath.Join(m.stateDir, journalFile)
	for _, i := range m.items { // beside those that an earlier run has moved
		if !slices.Contains(m.journal.items, i.name) {
			m.journal.items = append(m.journal.items, i.name)
		}
	}
	err := makeFolder(m.stateDir)
	if err == nil {
		err = writeFile(path, []byte(m.journal.String()))
	}
	if err != nil {
		return fmt.Errorf("nothing was moved: %w", err)
	}
	copied, err := m.copy(ctx)
	if err == nil {
		err = writeFile(filepath.Join(m.stateDir, recordFile), []byte(m.journal.to.String()))
	}
	if err != nil {
		return m.undo(ctx, copied, path, err)
	}
	if err = m.clear(ctx); err == nil {
		err = os.Remove(path)
	}
	var stays *MigrationError
	if err == nil || errors.As(err, &stays) {
		return err
	}
	return fmt.Errorf("the %s keyring is used from now on, and has all; %s is not cleared yet (to finish: hatstand keys migrate --to %[1]s): %[3]w", m.journal.to.backend, m.journal.from.backend, err)
}

// copy writes what is missing, and reads all of it back.
func (m *mover) copy(ctx context.Context) (copied []string, err error) {
	for _, i := range m.items {
		if i.target == nil {
			copied = append(copied, i.name)
			if err := m.to.put(ctx, i.name, i.source); err != nil {
				return copied, err
			}
		}
		back, err := m.to.get(ctx, i.name)
		if err == nil && !sameValue(back, i.source) {
			err = &UnavailableError{Backend: m.to.Backend(), From: "--to", Op: "read", Item: subject(i.name), Err: errors.New("it is not what was written")}
		}
		if err != nil {
			return copied, err
		}
	}
	return copied, nil
}

// undo leaves the other keyring as it was, unless it is the recorded one already: then it stays as it is,
// and the journal with it.
func (m *mover) undo(ctx context.Context, copied []string, path string, why error) error {
	unfinished := fmt.Errorf("nothing was lost, and the migration is not finished: %w", why)
	if recorded, err := readRecord(m.stateDir); err != nil || recorded.backend == m.journal.to.backend {
		return unfinished
	}
	ctx = context.WithoutCancel(ctx)
	for _, name := range copied {
		if err := m.to.remove(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
			return unfinished
		}
	}
	_ = os.Remove(path)
	return fmt.Errorf("nothing was moved: %w", why)
}

// clear deletes from the old keyring what the new one has, looking once more: another process may have
// written to either of them meanwhile.
func (m *mover) clear(ctx context.Context) error {
	names, err := m.from.list(ctx, "")
	if err != nil {
		return err
	}
	for _, name := range names {
		if !isPassing(name) {
			source, err := m.from.get(ctx, name)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			target, err := m.to.get(ctx, name)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if err != nil || !sameValue(source, target) {
				return &MigrationError{
					fmt.Sprintf("%s in %s changed meanwhile, and stay there", subject(name), m.from.Backend()),
					[]string{"run it again: hatstand keys migrate --to " + m.to.Backend()},
				}
			}
		}
		if err := m.from.remove(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	if err := m.from.Lock(ctx); err != nil && !errors.Is(err, ErrNothingToLock) {
		m.from.log.WarnContext(ctx, "the old keyring stays unlocked", "reason", oneLine(err))
	}
	return nil
}
