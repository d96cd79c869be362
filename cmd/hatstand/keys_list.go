package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cache"
)

// keyInfo is what keys list tells of a key.
type keyInfo struct {
	Profile     string    `json:"profile"`
	AccessKeyID string    `json:"access_key_id"`
	User        string    `json:"user,omitempty"`
	Added       time.Time `json:"added"`
}

func (a *app) keysListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys in the keyring; never their secrets",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := a.store(cmd.Context())
			if err != nil {
				return err
			}
			names, err := store.ListKeys(cmd.Context())
			if err != nil {
				return err
			}
			infos := []keyInfo{}
			for _, n := range names {
				k, err := store.Keys(cmd.Context(), n)
				if errors.Is(err, cache.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				infos = append(infos, keyInfo{Profile: n, AccessKeyID: k.AccessKeyID, User: k.ARN, Added: k.Added})
			}
			if asJSON {
				return a.printJSON(infos)
			}
			if len(infos) == 0 {
				return a.print("No keys in the " + store.Backend() + " keyring. Add one: hatstand keys add PROFILE\n")
			}
			var b strings.Builder
			t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "PROFILE\tKEY\tADDED\tUSER")
			for _, k := range infos {
				row(t, k.Profile, k.AccessKeyID, k.Added.Format(time.DateOnly), k.User)
			}
			t.Flush()
			return a.print(b.String())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
