package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// seedInfo is what mfa list tells of a seed.
type seedInfo struct {
	Serial   string   `json:"serial"`
	Profiles []string `json:"profiles"`
}

func (a *app) mfaListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the devices whose seeds are stored",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := a.store(cmd.Context())
			if err != nil {
				return err
			}
			serials, err := store.ListSeeds(cmd.Context())
			if err != nil {
				return err
			}
			set, err := a.profiles()
			if err != nil {
				return err
			}
			users := map[string][]string{}
			for _, p := range set.Profiles() {
				if s := p.Get("mfa_serial").Value; s != "" {
					users[s] = append(users[s], p.Name)
				}
			}
			infos := []seedInfo{}
			for _, s := range serials {
				infos = append(infos, seedInfo{Serial: s, Profiles: append([]string{}, users[s]...)})
			}
			if asJSON {
				return a.printJSON(infos)
			}
			if len(infos) == 0 {
				return a.print("No seeds in the " + store.Backend() + " keyring. Add one: hatstand mfa add PROFILE\n")
			}
			var b strings.Builder
			for _, i := range infos {
				fmt.Fprintf(&b, "%s  %s\n", i.Serial, strings.Join(i.Profiles, ", "))
			}
			return a.print(b.String())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
