package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/ui"
)

func (a *parts) mfaRemoveCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:               "remove DEVICE",
		Short:             "Remove a seed from the keyring",
		Long:              "Removes a seed from the keyring; at AWS the device stays enabled, and codes are asked for again. " + deviceHelp,
		Args:              ui.Exactly(1),
		ValidArgsFunction: a.targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			serial, seed, err := a.seedOf(cmd.Context(), args[0], "see what there is: hatstand mfa list")
			if err != nil && !errors.Is(err, cache.Corrupt) {
				return err
			}
			if err := a.ui().SureToRemove(yes, "Remove the seed of "+serial+"? Without another copy its codes cannot be made again."); err != nil {
				return err
			}
			if err := a.removeSeed(cmd.Context(), args[0], serial, seed); err != nil {
				return err
			}
			return a.ui().Print("Removed the seed of " + serial + ".\n" + a.keyring.CopyLeft("mfa remove "+args[0]))
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	return cmd
}

// removeSeed removes the seed that was asked about, and no other one that has come into its place.
func (a *parts) removeSeed(ctx context.Context, device, serial, seed string) error {
	unlock, err := a.keyring.LockChanges(ctx, "", "mfa remove "+device)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return err
	}
	if now, err := store.Seed(ctx, serial); err == nil && now != seed {
		return &ui.UsageError{Reason: "the seed of " + serial + " was replaced meanwhile by another hatstand; it stays", Next: "see what there is: hatstand mfa list"}
	}
	return store.RemoveSeed(ctx, serial)
}
