package main

import (
	"errors"

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
			serial, err := a.device(args[0])
			if err != nil {
				return err
			}
			store, err := a.store(cmd.Context())
			if err != nil {
				return err
			}
			if _, err := store.Seed(cmd.Context(), serial); errors.Is(err, cache.ErrNotFound) {
				return &usageError{reason: "no seed of " + serial + " is stored", next: "see what there is: hatstand mfa list"}
			} else if err != nil && !as[*cache.CorruptError](err) {
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
