package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// An Abandonment is what [Abandon] did, or would do.
type Abandonment struct {
	From, To string // where the migration went from, and where to
	// InUse is the keyring in use afterwards: From, unless another one was recorded meanwhile.
	InUse string
	// WasUsed: To was the keyring in use, so that it may have what From never had.
	WasUsed bool
	// Back are the items that To alone has, in words ("keys of me"); From gets them.
	Back []string
	// Why says why To, or a part of it, cannot be read; nil if it can.
	Why error
	// Broken says why From cannot be gone back to, so that To, which has everything, stays in use; nil if it can.
	Broken error
	// Missing were on their way and are not in From; To cannot be read, or does not have them either.
	Missing []string
	// Left are items that stay in To.
	Left []string
}

// Loses tells whether going back may lose something.
func (a Abandonment) Loses() bool { return a.WasUsed && a.Why != nil }

// Abandon gives up an unfinished migration, also where its target does not work any more: the old keyring is
// the one in use again. What the new one alone has is brought back and read back first, and then the new
// one is cleared of what both have; what it has otherwise stays there. Where it is the old one that does
// not work, and the new one is in use already, that one stays, and the old one is left as it is.
//
// agree is told all of it before anything is written; unless it says yes, nothing is. Killed anywhere, it
// loses nothing, and running it again finishes it; so does going on with the migration. A *[MigrationError]
// says that there is none, or that both keyrings have something that differs.
func Abandon(ctx context.Context, o Options, agree func(Abandonment) (bool, error)) (Abandonment, error) {
	o = o.withDefaults()
	j, err := readJournal(o.StateDir)
	if err != nil {
		return Abandonment{}, err
	}
	if j == nil {
		return Abandonment{}, &MigrationError{"none is unfinished, so that there is none to give up", []string{"hatstand doctor shows which keyring is in use"}}
	}
	recorded, err := readRecord(o.StateDir)
	if err != nil {
		return Abandonment{}, err
	}
	o.BackendFrom = ""
	late, why := o.open(ctx, j.to.backend, j.to)
	if why != nil && isNo(ctx, why) {
		return Abandonment{}, why
	}
	old, err := o.open(ctx, j.from.backend, j.from)
	r := newRetreat(old, late, o.StateDir, *j, recorded)
	r.Why = why
	if err == nil {
		err = r.survey(ctx)
	}
	var refused *MigrationError
	switch {
	case err == nil:
	case recorded.backend == j.to.backend && !errors.As(err, &refused) && !isNo(ctx, err) && r.stands(ctx):
		r.Abandonment = Abandonment{From: r.From, To: r.To, InUse: r.To, WasUsed: true, Broken: err}
	default:
		return Abandonment{}, err
	}
	if ok, err := agree(r.Abandonment); err != nil || !ok {
		return r.Abandonment, err
	}
	if r.Broken != nil {
		return r.Abandonment, os.Remove(filepath.Join(o.StateDir, journalFile))
	}
	return r.Abandonment, r.goBack(ctx)
}

// A retreat undoes a migration.
type retreat struct {
	Abandonment
	// back moves from the new keyring, which may be nil, to the old one.
	back   mover
	unread []string // what the new one did not give
}

// newRetreat decides by the record: the new keyring may have more than the old one only where it was used,
// or where nobody can tell, since a person removed the record.
func newRetreat(old, late *Store, stateDir string, j journal, recorded record) *retreat {
	r := &retreat{back: mover{from: late, to: old, stateDir: stateDir, journal: j}}
	r.From, r.To, r.InUse = j.from.backend, j.to.backend, j.from.backend
	switch recorded.backend {
	case j.to.backend, "":
		r.WasUsed = true
	default:
		r.InUse = recorded.backend
	}
	return r
}

// survey reads what there is at both ends.
func (r *retreat) survey(ctx context.Context) error {
	has, err := r.back.to.list(ctx, "")
	if err != nil {
		return err
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	for _, i := range r.back.items {
		has = append(has, i.name)
		switch {
		case i.target == nil && r.WasUsed:
			r.Back = append(r.Back, subject(i.name))
		case i.target == nil, !sameValue(i.source, i.target):
			r.Left = append(r.Left, subject(i.name))
		}
	}
	if !r.WasUsed {
		return nil
	}
	for _, name := range slices.Concat(r.back.journal.items, r.unread) {
		if !slices.Contains(has, name) {
			has = append(has, name)
			r.Missing = append(r.Missing, subject(name))
		}
	}
	return r.back.differing()
}

// read reads the new keyring as far as that is possible. An error is the old one's, or a person's no.
func (r *retreat) read(ctx context.Context) error {
	if r.back.from == nil {
		return nil
	}
	names, err := r.back.from.list(ctx, "")
	if err != nil && isNo(ctx, err) {
		return err
	}
	r.Why = err
	for n, name := range names {
		if isPassing(name) {
			continue
		}
		i := moving{name: name}
		i.source, err = r.back.from.get(ctx, name)
		switch {
		case errors.Is(err, ErrNotFound):
			continue
		case err != nil && isNo(ctx, err):
			return err
		case err != nil:
			r.Why = err
			r.unread = append(r.unread, name)
			if concernsAll(err) {
				r.unread = append(r.unread, slices.DeleteFunc(slices.Clone(names[n+1:]), isPassing)...)
				return nil
			}
			continue
		}
		if i.target, err = r.back.to.get(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		r.back.items = append(r.back.items, i)
	}
	return nil
}

// isNo tells a person's no from a keyring that fails.
func isNo(ctx context.Context, err error) bool {
	var p *PassphraseError
	return ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.As(err, &p) && p.Declined
}

// concernsAll tells of an error that the next item would give too, after as long a wait or another prompt.
func concernsAll(err error) bool {
	var u *UnavailableError
	var p *PassphraseError
	return errors.As(err, &p) || errors.As(err, &u) && u.Cause != Failed
}

// stands tells whether the new keyring gives all that it has.
func (r *retreat) stands(ctx context.Context) bool {
	if r.back.from == nil {
		return false
	}
	names, err := r.back.from.list(ctx, "")
	for _, name := range slices.DeleteFunc(names, isPassing) {
		if err == nil {
			_, err = r.back.from.get(ctx, name)
		}
	}
	return err == nil
}

// goBack copies, records, clears, and forgets the migration, in this order.
func (r *retreat) goBack(ctx context.Context) error {
	if r.WasUsed {
		_, err := r.back.copy(ctx)
		if err == nil {
			err = writeFile(filepath.Join(r.back.stateDir, recordFile), []byte(r.back.journal.from.String()))
		}
		if err != nil {
			return fmt.Errorf("nothing was lost, and the migration is not given up yet: %w", err)
		}
	}
	err := r.clear(ctx)
	if err == nil {
		err = os.Remove(filepath.Join(r.back.stateDir, journalFile))
	}
	if err != nil {
		return fmt.Errorf("the %s keyring is in use, and %s is not cleared yet (to finish: hatstand keys migrate --abandon): %w", r.InUse, r.To, err)
	}
	return nil
}

// clear removes from the new keyring what the old one has too, looking once more. What cannot be removed
// stays, and is told of: a keyring that fails must not keep anybody from leaving it.
func (r *retreat) clear(ctx context.Context) error {
	if r.back.from == nil {
		return nil
	}
	late, old := r.back.from, r.back.to
	for _, i := range r.back.items {
		source, err := late.get(ctx, i.name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		same := false
		if err == nil {
			target, failed := old.get(ctx, i.name)
			if failed != nil && !errors.Is(failed, ErrNotFound) {
				return failed
			}
			same = failed == nil && sameValue(source, target)
		}
		if same {
			err = late.remove(ctx, i.name)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if what := subject(i.name); (!same || err != nil) && !slices.Contains(r.Left, what) {
			r.Left = append(r.Left, what)
		}
	}
	// Listed now, after the choice was recorded: whoever stores a session later stores it in the old one.
	names, err := late.list(ctx, "")
	for _, name := range names {
		if isPassing(name) && err == nil {
			err = late.remove(ctx, name)
		}
		if errors.Is(err, ErrNotFound) {
			err = nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		late.log.WarnContext(ctx, "sessions stay in the keyring that is left", "reason", oneLine(err))
	}
	if err := late.Lock(ctx); err != nil && !errors.Is(err, ErrNothingToLock) {
		late.log.WarnContext(ctx, "the keyring that is left stays unlocked", "reason", oneLine(err))
	}
	return nil
}
