package keys

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cache/migrate"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func newMigrate(d Deps) *cobra.Command {
	var to string
	var dry, yes bool
	cmd := &cobra.Command{
		Use:   "migrate --to BACKEND",
		Short: "Move keys, MFA seeds and sign-ins to another keyring, and use that one",
		Long: `Copies keys, MFA seeds and sign-ins to another keyring, reads them back, records
that keyring as the one to use, and only then deletes them from the old one.
Interrupted anywhere, it loses nothing; run it again and it finishes. Sessions
are not moved: the next use gets new ones, and asks for a code if it needs one.

If both keyrings have the same item with different values, hatstand names it,
and moves and overwrites nothing.`,
		Example: `  hatstand doctor
  hatstand keys migrate --to secret-service --dry-run
  hatstand keys migrate --to secret-service`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return &ui.UsageError{
					Reason: "keys migrate needs --to BACKEND", Next: "one of: " + strings.Join(cache.Backends(), ", "),
				}
			}
			o, err := d.Keyring.Options()
			if err != nil {
				return err
			}
			if to == "keyctl" && !dry {
				const question = "The keyctl keyring forgets everything when the machine stops, keys included. Move them there?"
				if err := d.World.Streams().Sure(yes, question); err != nil {
					return stoppedMigration(err, o, to)
				}
			}
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			done, err := moveAll(ctx, d, o, to, dry)
			if err != nil {
				return stoppedMigration(err, o, to)
			}
			return d.World.Streams().Print(migrated(done, dry, o.Backend, o.BackendFrom))
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&to, "to", "", "`BACKEND` the keyring to move to: "+strings.Join(cache.Backends(), ", "))
	f.BoolVar(&dry, "dry-run", false, "say what would be moved, and move nothing")
	f.BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	_ = cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(cache.Backends(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// moveAll keeps others from changing keys while they move.
func moveAll(ctx context.Context, d Deps, o cache.Options, to string, dry bool) (migrate.Result, error) {
	if !dry {
		unlock, err := d.Keyring.LockChanges(ctx, "", "keys migrate")
		if err != nil {
			return migrate.Result{}, err
		}
		defer unlock()
	}
	show := d.World.Streams().NewStatus()
	defer show.Wipe()
	return migrate.Run(ctx, o, to, dry, show.Say)
}

// stoppedMigration says how things stand when a migration has failed, or a person has stopped it.
func stoppedMigration(err error, o cache.Options, to string) error {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, mfa.ErrCancelled) {
		if isA[*migrate.Error](err) {
			err = fmt.Errorf("keys migrate: %w", err)
		}
		return err
	}
	recorded, _ := cache.ReadRecord(o.StateDir)
	return &stoppedMigrationError{to: to, inUse: recorded.Backend, other: recorded.Copies.Backend}
}

// A stoppedMigrationError says how things stand when a person has stopped a migration.
type stoppedMigrationError struct {
	to    string
	inUse string
	other string // "": nothing was written, or all that was is gone again
}

func (e *stoppedMigrationError) Error() string {
	switch e.other {
	case "":
		return "keys migrate: cancelled: nothing was moved"
	case e.to:
		return "keys migrate: cancelled: " + e.inUse + " stays in use and has everything; " + e.other + " may have copies"
	}
	return "keys migrate: cancelled: " + e.inUse + " is in use and has everything; " + e.other + " still has copies"
}

func (e *stoppedMigrationError) Unwrap() error { return mfa.ErrCancelled }

// Hints is how it is finished.
func (e *stoppedMigrationError) Hints() []string {
	if e.other == "" {
		return nil
	}
	hints := []string{"hatstand keys migrate --to " + e.to + " finishes it"}
	if e.other == e.to {
		hints = append(hints, "hatstand keys migrate --to "+e.inUse+" deletes the copies")
	}
	return hints
}

// migrated tells what was done. named is the keyring that a setting names, if one does: the setting would go
// on naming the old one, which is for the user to change.
func migrated(m migrate.Result, dry bool, named, from string) string {
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
	if len(m.Left) > 0 {
		fmt.Fprintf(&b, "Left in %s, since %s does not have the same:\n", m.From, m.To)
		for _, item := range m.Left {
			fmt.Fprintf(&b, "  %s\n", ui.Plain(item))
		}
		fmt.Fprintf(&b, "To see what %s has: HATSTAND_BACKEND=%[1]s hatstand keys list\n", m.From)
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
	return fmt.Sprintf("%s %s %s: change it to %s, or remove it; until then nothing is found there.\n",
		from, verb, named, used)
}
