package login

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

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
			n, err := logout(cmd.Context(), d, args)
			if err != nil {
				return err
			}
			return d.UI.Print(sessions(n) + " forgotten\n")
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "forget every session")
	return cmd
}

// logout removes the sessions of all bases that the profiles start from; without profiles, all sessions.
func logout(ctx context.Context, d Deps, targets []string) (n int, err error) {
	// Check all names before anything is removed.
	var bases []string
	for _, target := range targets {
		p, err := d.Provider.Plan(target, &provider.RoleFlags{LongLived: true})
		if err != nil {
			return 0, err
		}
		bases = append(bases, p.Base.Profile)
	}
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return 0, err
	}
	if len(targets) == 0 {
		return store.DropAllSessions(ctx)
	}
	for _, base := range bases {
		dropped, err := store.DropSessions(ctx, base)
		if err != nil {
			return n, err
		}
		n += dropped
	}
	return n, nil
}

// sessions is a number with its noun: 1 session, 2 sessions.
func sessions(n int) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}
