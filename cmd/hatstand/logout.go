package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

func (a *parts) logoutCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout [PROFILE...|--all]",
		Short: "Forget sessions, so that the next use asks for MFA again",
		Long: `Forgets the sessions kept for the profiles: everything that was made with the keys their chains
start from, other roles' sessions included. Keys and MFA seeds stay. Credentials that a process
already holds live on until they expire.`,
		ValidArgsFunction: a.targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return &ui.UsageError{Reason: "logout wants profiles, or --all", Next: "hatstand logout --all"}
			}
			// Names are checked before anything is forgotten.
			var bases []string
			for _, target := range args {
				p, err := a.provider.Plan(target, &provider.RoleFlags{})
				if err != nil {
					return err
				}
				bases = append(bases, p.Base.Profile)
			}
			s, err := a.keyring.Open(cmd.Context())
			if err != nil {
				return err
			}
			n := 0
			if all {
				n, err = s.DropAllSessions(cmd.Context())
			}
			for _, base := range bases {
				var dropped int
				if dropped, err = s.DropSessions(cmd.Context(), base); err != nil {
					break
				}
				n += dropped
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Stdout, "%s forgotten\n", count(n, "session"))
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "forget every session")
	return cmd
}

// count writes a number with its noun: 1 session, 2 sessions.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
