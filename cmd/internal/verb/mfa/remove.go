package mfa

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/ui"
)

func newRemove(d Deps) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove DEVICE",
		Short: "Remove a seed from the keyring",
		Long: `Removes a seed from the keyring. At AWS the device stays enabled, and hatstand
asks for its codes again.

` + deviceHelp,
		Args:              ui.Exactly(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			device := args[0]
			serial, seed, err := findSeed(cmd.Context(), d, device, "see what there is: hatstand mfa list")
			if err != nil && !errors.Is(err, cache.Corrupt) { // what cannot be read can be removed
				return err
			}
			screen := d.World.Streams()
			question := "Remove the seed of " + serial + "? Without another copy its codes cannot be made again."
			if err := screen.SureToRemove(yes, question); err != nil {
				return err
			}
			if err := removeSeed(cmd.Context(), d, device, serial, seed); err != nil {
				return err
			}
			return screen.Print("Removed the seed of " + serial + ".\n" + d.Keyring.CopyLeft("mfa remove "+device))
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	return cmd
}

// removeSeed removes the seed that the person was asked about. If another one has replaced it, that stays.
func removeSeed(ctx context.Context, d Deps, device, serial, seed string) error {
	unlock, err := d.Keyring.LockChanges(ctx, "", "mfa remove "+device)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	if now, err := store.Seed(ctx, serial); err == nil && now != seed {
		return &ui.UsageError{
			Reason: "the seed of " + serial + " was replaced meanwhile by another hatstand; it stays",
			Next:   "see what there is: hatstand mfa list",
		}
	}
	return store.RemoveSeed(ctx, serial)
}
