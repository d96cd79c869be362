package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func (a *app) keysMigrateCommand() *cobra.Command {
	var to string
	var dry, yes, abandon bool
	cmd := &cobra.Command{
		Use:   "migrate --to BACKEND | --abandon",
		Short: "Move keys and MFA seeds to another keyring, and use that one from now on",
		Long: `Copies keys and MFA seeds to another keyring, reads them back, records that keyring as the one to use,
and only then deletes them from the old one. Interrupted anywhere, it loses nothing; run it again and it
finishes. Sessions are not moved: the next use asks for a code.

What both keyrings have with another value is never overwritten: it is named, and nothing is moved.

--abandon gives up a migration that was interrupted and goes back to the old keyring, for a new one that
does not work any more. What only the new one has is brought back first. Where that cannot be read, what
may be lost is said, and you are asked. Where the old one is what broke, the new one stays in use.`,
		Example: `  hatstand doctor
  hatstand keys migrate --to secret-service --dry-run
  hatstand keys migrate --to secret-service`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if abandon {
				if to != "" {
					return &ui.UsageError{Reason: "keys migrate takes --to or --abandon, not both", Next: "usage: " + cmd.UseLine()}
				}
				return a.abandonMigration(cmd.Context(), dry, yes)
			}
			if to == "" {
				return &ui.UsageError{Reason: "keys migrate wants --to BACKEND", Next: "one of: " + strings.Join(cache.Backends(), ", ")}
			}
			a.moving = true
			o, err := a.keyring()
			if err != nil {
				return err
			}
			if to == "keyctl" && !dry {
				err := a.sure(yes, "The keyctl keyring forgets everything when the machine stops, keys included. Move them there?")
				if errors.Is(err, mfa.ErrCancelled) {
					return stoppedMigration(o, to)
				}
				if err != nil {
					return err
				}
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			done, err := a.migrate(ctx, o, to, dry)
			if errors.Is(err, context.Canceled) || errors.Is(err, mfa.ErrCancelled) {
				return stoppedMigration(o, to)
			}
			if err != nil {
				return err
			}
			return a.ui().Print(migrated(done, dry, o.Backend, o.BackendFrom))
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&to, "to", "", "the `BACKEND` to move to: "+strings.Join(cache.Backends(), ", "))
	f.BoolVar(&abandon, "abandon", false, "give up an interrupted migration: go back to the old keyring")
	f.BoolVar(&dry, "dry-run", false, "say what would be moved, and move nothing")
	f.BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	_ = cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(cache.Backends(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// migrate keeps others from changing keys while they move.
func (a *app) migrate(ctx context.Context, o cache.Options, to string, dry bool) (cache.Migration, error) {
	if !dry {
		release, err := a.migrateAlone(ctx)
		if err != nil {
			return cache.Migration{}, err
		}
		defer release()
	}
	return cache.Migrate(ctx, o, to, dry)
}

// migrateAlone keeps others from changing keys while they move. The keyring in use is not opened for it.
func (a *app) migrateAlone(ctx context.Context) (release func(), err error) {
	locks, err := a.lockFolder()
	if err != nil {
		return nil, err
	}
	only, err := locks.Acquire(ctx, "migrate", "keys migrate")
	if err != nil {
		return nil, err
	}
	alone, err := a.changeAlone(ctx, "", "keys migrate")
	if err != nil {
		only()
		return nil, err
	}
	return func() { alone(); only() }, nil
}

// A stoppedMigrationError says how things stand when a person has stopped a migration.
type stoppedMigrationError struct {
	to    string
	begun bool // something may have moved
}

func stoppedMigration(o cache.Options, to string) error {
	begun, _ := cache.Interrupted(o)
	return &stoppedMigrationError{to: to, begun: begun != ""}
}

func (e *stoppedMigrationError) Error() string {
	if e.begun {
		return "keys migrate: cancelled: nothing was lost, and the migration is not finished"
	}
	return "keys migrate: cancelled: nothing was moved"
}

func (e *stoppedMigrationError) Unwrap() error { return mfa.ErrCancelled }

// Hints is how it is finished.
func (e *stoppedMigrationError) Hints() []string {
	if !e.begun {
		return nil
	}
	return []string{"hatstand keys migrate --to " + e.to + " finishes it", "hatstand keys migrate --abandon goes back"}
}

// migrated tells what was done. named is the keyring that a setting names, if one does: the setting would go
// on naming the old one, which is for the user to change.
func migrated(m cache.Migration, dry bool, named, from string) string {
	var b strings.Builder
	switch {
	case dry && len(m.Moved) == 0:
		fmt.Fprintf(&b, "There is nothing to move from the %s keyring to the %s keyring.\n", m.From, m.To)
	case dry:
		fmt.Fprintf(&b, "Would move from the %s keyring to the %s keyring:\n", m.From, m.To)
	case m.Resumed && len(m.Moved) == 0:
		fmt.Fprintf(&b, "Finished the move from the %s keyring to the %s keyring, which is used from now on.\n", m.From, m.To)
	case len(m.Moved) == 0:
		fmt.Fprintf(&b, "The %s keyring was empty. The %s keyring is used from now on.\n", m.From, m.To)
	default:
		fmt.Fprintf(&b, "Moved from the %s keyring to the %s keyring, which is used from now on:\n", m.From, m.To)
	}
	for _, item := range m.Moved {
		fmt.Fprintf(&b, "  %s\n", ui.Plain(item))
	}
	b.WriteString(stillNamed(named, from, m.To, dry))
	return b.String()
}

func stillNamed(named, from, used string, dry bool) string {
	if named == "" || named == used {
		return ""
	}
	verb := "names"
	if !dry {
		verb = "still names"
	}
	return fmt.Sprintf("%s %s %s: change it to %s, or remove it; until then the keys are not found.\n", from, verb, named, used)
}

// copied tells, after what a command removes from the keyring in use, where a migration that was interrupted
// may have left a copy; finishing that one would bring it back.
func (a *app) copied(command string) string {
	o, err := a.keyring()
	if err != nil {
		return ""
	}
	from, to := cache.Interrupted(o)
	other := from
	if other == a.kept.Backend() {
		other = to
	}
	if other == "" {
		return ""
	}
	return fmt.Sprintf("A migration from %s to %s was interrupted, and %s may have a copy, which finishing it would bring back; to remove that: HATSTAND_BACKEND=%s hatstand %s\n",
		from, to, other, other, ui.Plain(command))
}
