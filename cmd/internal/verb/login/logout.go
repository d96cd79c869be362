package login

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// NewLogout is the verb logout.
func NewLogout(d Deps) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout [PROFILE...|--all]",
		Short: "Forget sessions, so that the next use asks for MFA again",
		Long: `Removes the profiles' sessions from the keyring: everything that was made with
the keys that their chains start from, other roles' sessions included. Keys and
MFA seeds stay. Credentials that a process already has work until they expire.`,
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return &ui.UsageError{Reason: "logout wants profiles, or --all", Next: "hatstand logout --all"}
			}
			text, err := logout(cmd.Context(), d, args)
			return errors.Join(d.UI.Print(text), err)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "forget every session")
	return cmd
}

// logout removes the sessions of all bases that the profiles start from; without profiles, all sessions. The text says
// how many of each base were removed, after an error too.
func logout(ctx context.Context, d Deps, targets []string) (text string, err error) {
	// Check all names before anything is removed.
	var bases []string
	users := map[string][]string{} // of a base: the profiles that start from it
	for _, target := range targets {
		p, err := d.Provider.Plan(ctx, target, &provider.RoleFlags{LongLived: true})
		if err != nil {
			return "", err
		}
		base := p.Base.Profile
		if !slices.Contains(bases, base) {
			bases = append(bases, base)
		}
		if target != base {
			users[base] = append(users[base], target)
		}
	}
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return "", err
	}
	if len(targets) == 0 {
		return removeAll(ctx, store)
	}
	for _, base := range bases {
		n, err := store.DropSessions(ctx, base)
		if err != nil {
			return text, err
		}
		name := base
		if len(users[base]) > 0 {
			name += ", the base of " + strings.Join(users[base], ", ")
		}
		text += forgotten(name, n)
	}
	return text, nil
}

// removeAll removes all sessions, those of one base after the other.
func removeAll(ctx context.Context, store *cache.Store) (text string, err error) {
	counts, err := store.CountSessions(ctx)
	if err != nil {
		return "", err
	}
	for _, base := range slices.Sorted(maps.Keys(counts)) {
		n, err := store.DropSessions(ctx, base)
		if err != nil {
			return text, err
		}
		text += forgotten(base, n)
	}
	// Another process may have stored one meanwhile, and an item's name may be unreadable.
	rest, err := store.DropAllSessions(ctx)
	if rest > 0 {
		text += forgotten("others", rest)
	}
	if text == "" && err == nil {
		text = "0 sessions forgotten\n"
	}
	return text, err
}

func forgotten(whose string, n int) string {
	if n == 1 {
		return whose + ": 1 session forgotten\n"
	}
	return fmt.Sprintf("%s: %d sessions forgotten\n", whose, n)
}
