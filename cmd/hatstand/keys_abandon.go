package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// abandonMigration goes back to the keyring that an unfinished migration began from.
func (a *app) abandonMigration(ctx context.Context, dry, yes bool) error {
	a.leaving = true
	o, err := a.keyring()
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if !dry {
		release, err := a.migrateAlone(ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	done, err := cache.Abandon(ctx, o, func(plan cache.Abandonment) (bool, error) {
		if dry {
			return false, nil
		}
		ok, err := a.agreesToGoBack(plan, yes)
		if err == nil && !ok {
			err = mfa.ErrCancelled
		}
		return ok, err
	})
	_, to := cache.Interrupted(o)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, mfa.ErrCancelled):
		return &stoppedMigrationError{to: to, begun: to != ""}
	case (as[*cache.UnavailableError](err) || as[*cache.PassphraseError](err)) && done.From == "":
		return &noWayBackError{to: to, err: err}
	case err != nil:
		return err
	}
	return a.ui().Print(abandoned(done, dry) + stillNamed(o.Backend, o.BackendFrom, done.InUse, dry))
}

// agreesToGoBack asks, where something may be lost.
func (a *app) agreesToGoBack(plan cache.Abandonment, yes bool) (bool, error) {
	if plan.Broken != nil && !yes {
		return a.agreesToStay(plan)
	}
	if !plan.Loses() || yes {
		return true, nil
	}
	if !a.ui().Interactive() {
		return false, &lossError{plan}
	}
	if _, err := io.WriteString(a.stderr, ui.Plain(lossOf(plan))+".\n"); err != nil {
		return false, err
	}
	return a.ui().Confirm("Go back to the "+plan.From+" keyring without that?", false)
}

// agreesToStay asks where there is no way back: the old keyring may only be locked now.
func (a *app) agreesToStay(plan cache.Abandonment) (bool, error) {
	if !a.ui().Interactive() {
		return false, &noWayBackError{to: plan.To, err: plan.Broken, stay: true}
	}
	if _, err := io.WriteString(a.stderr, ui.Plain(plan.From+" cannot be gone back to ("+innerReason(plan.Broken)+"); "+plan.To+" is in use and has everything.")+"\n"); err != nil {
		return false, err
	}
	return a.ui().Confirm("Stay with the "+plan.To+" keyring, and leave what "+plan.From+" has where it is?", false)
}

// lossOf says what only a keyring has that cannot be read.
func lossOf(p cache.Abandonment) string {
	what := strings.Join(append(p.Missing[:len(p.Missing):len(p.Missing)], "what was stored or changed there since the migration"), ", ")
	return fmt.Sprintf("%s cannot be read (%s), and only it may have: %s", p.To, innerReason(p.Why), what)
}

// innerReason is an error without the keyring's name.
func innerReason(err error) string {
	var u *cache.UnavailableError
	if errors.As(err, &u) && u.Err != nil {
		return u.Err.Error()
	}
	return err.Error()
}

// A lossError says that going back may lose something, and that nobody can be asked.
type lossError struct{ plan cache.Abandonment }

func (e *lossError) Error() string { return "keys migrate: " + lossOf(e.plan) }

func (e *lossError) Unwrap() error { return e.plan.Why }

// Hints are how to lose nothing, and how to go back all the same.
func (e *lossError) Hints() []string {
	return append(hintsWithout(advice.Hints(e.plan.Why), e.plan.From),
		"if it works again, nothing is lost: hatstand keys migrate --to "+e.plan.To,
		"to go back to "+e.plan.From+" without that: hatstand keys migrate --abandon --yes")
}

// A noWayBackError says that the old keyring does not work.
type noWayBackError struct {
	to   string
	err  error
	stay bool // the new one is in use, and has everything
}

func (e *noWayBackError) Error() string {
	if e.stay {
		return "keys migrate: there is no way back, and " + e.to + " is in use and has everything: " + e.err.Error()
	}
	return "keys migrate: nothing was changed: " + e.err.Error()
}

func (e *noWayBackError) Unwrap() error { return e.err }

// Hints are the old keyring's, and how to go on without it, or where to look.
func (e *noWayBackError) Hints() []string {
	next := "to see what " + e.to + " has: HATSTAND_BACKEND=" + e.to + " hatstand keys list"
	if e.stay {
		next = "to stay with " + e.to + ", and leave the old keyring as it is: hatstand keys migrate --abandon --yes"
	}
	return append(hintsWithout(hintsWithout(advice.Hints(e.err), "file"), e.to), next)
}

// abandoned tells what was done.
func abandoned(m cache.Abandonment, dry bool) string {
	var b strings.Builder
	items := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		fmt.Fprintf(&b, "%s:\n", ui.Plain(title))
		for _, i := range items {
			fmt.Fprintf(&b, "  %s\n", ui.Plain(i))
		}
	}
	verb, will := "is given up", "is used from now on"
	brought := "Brought back from " + m.To
	if dry {
		verb, will, brought = "would be given up", "would be used from then on", "Would be brought back from "+m.To
	}
	if !m.WasUsed || m.Broken != nil {
		will = "stays in use"
	}
	fmt.Fprintf(&b, "The migration from %s to %s %s; the %s keyring %s.\n", m.From, m.To, verb, m.InUse, will)
	items(brought, m.Back)
	switch {
	case m.Broken != nil:
		fmt.Fprintf(&b, "%s cannot be read, and may have copies of keys and seeds: %s\n", m.From, ui.Plain(innerReason(m.Broken)))
	case m.Loses():
		items(fmt.Sprintf("%s cannot be read (%s), and only it may have", m.To, innerReason(m.Why)), append(m.Missing[:len(m.Missing):len(m.Missing)], "what was stored or changed there since the migration"))
	case m.Why != nil:
		fmt.Fprintf(&b, "%s cannot be read, and may have copies of keys and seeds: %s\n", m.To, ui.Plain(innerReason(m.Why)))
	default:
		items("In neither keyring, removed meanwhile or lost", m.Missing)
	}
	items(fmt.Sprintf("Left in %s, since %s has not the same or they cannot be removed", m.To, m.From), m.Left)
	other := m.To
	if m.Broken != nil {
		other = m.From
	}
	if m.Why != nil || m.Broken != nil || len(m.Left) > 0 {
		fmt.Fprintf(&b, "To see what %s has: HATSTAND_BACKEND=%[1]s hatstand keys list\n", other)
	}
	return b.String()
}

// withWayBack tells, where a keyring fails that a migration was on its way to, how to go back to the old one. To
// one who goes on with the migration, the old one's failing matters too.
func (a *app) withWayBack(err error) error {
	if a.leaving {
		return err
	}
	var many ui.Errors
	if errors.As(err, &many) {
		all := make(ui.Errors, len(many))
		for i, one := range many {
			all[i] = a.withWayBack(one)
		}
		return all
	}
	failed := ""
	var u *cache.UnavailableError
	switch {
	case errors.As(err, &u):
		failed = u.Backend
	case as[*cache.PassphraseError](err):
		failed = "file"
	}
	if failed == "" || a.stateDir() == "" {
		return err
	}
	from, to := cache.Interrupted(cache.Options{StateDir: a.stateDir()})
	switch {
	case failed == to:
		return &wayBackError{from: from, to: to, next: "to go back to " + from, err: err}
	case failed == from && a.moving:
		return &wayBackError{from: from, to: to, next: "to give it up", err: err}
	}
	return err
}

// A wayBackError is the error of a keyring at one end of a migration that was interrupted.
type wayBackError struct {
	from, to string
	next     string
	err      error
}

func (e *wayBackError) Error() string { return e.err.Error() }

func (e *wayBackError) Unwrap() error { return e.err }

// Hints are the keyring's, and the way out. That the other end needs its keys again is not so.
func (e *wayBackError) Hints() []string {
	return append(hintsWithout(hintsWithout(advice.Hints(e.err), e.from), e.to),
		fmt.Sprintf("a migration from %s to %s was interrupted; %s: hatstand keys migrate --abandon", e.from, e.to, e.next))
}

// hintsWithout leaves out that a keyring may be used instead where that one has keys already.
func hintsWithout(hints []string, backend string) []string {
	var all []string
	for _, h := range hints {
		if !strings.HasPrefix(h, "HATSTAND_BACKEND="+backend+" ") {
			all = append(all, h)
		}
	}
	return all
}
