package main

import (
	"github.com/spf13/cobra"

	"hatstand/cache"
)

func (a *app) mfaRemoveCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:               "remove DEVICE",
		Short:             "Remove a seed from the keyring",
		Long:              "Removes a seed from the keyring; at AWS the device stays enabled, and codes are asked for again. " + deviceHelp,
		Args:              exactly(1),
		ValidArgsFunction: a.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, serial, _, err := a.seedOf(cmd.Context(), args[0], "see what there is: hatstand mfa list")
			if err != nil && !as[*cache.CorruptError](err) {
				return err
			}
			if ok, err := a.sure(yes, "Remove the seed of "+serial+"? Without another copy its codes cannot be made again."); err != nil || !ok {
				return err
			}
			if err := store.RemoveSeed(cmd.Context(), serial); err != nil {
				return err
			}
			return a.print("Removed the seed of " + serial + ".\n")
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	return cmd
}
