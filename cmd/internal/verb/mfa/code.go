package mfa

import (
	"context"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

func newCode(d Deps) *cobra.Command {
	return &cobra.Command{
		Use:   "code DEVICE",
		Short: "Print the token code of a stored seed",
		Long: `Prints a code of the device that has not been used yet. If the current one has,
it waits for the next. AWS takes each code once, so hatstand will not use a
printed code itself.

` + deviceHelp,
		Args:              ui.Exactly(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			serial, text, err := findSeed(cmd.Context(), d, args[0], "store it: hatstand mfa add "+args[0])
			if err != nil {
				return err
			}
			seed, err := mfa.ParseSeed(text)
			if err != nil {
				return err
			}
			code, err := unspentCode(cmd.Context(), d, serial, seed)
			if err != nil {
				return err
			}
			return d.World.Streams().Print(code + "\n")
		},
	}
}

// unspentCode makes a code that was not used yet, and records it as spent. Where it has to wait for the next code, it
// holds the device's lock.
func unspentCode(ctx context.Context, d Deps, serial string, seed mfa.Seed) (string, error) {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	unlock, _, err := d.Provider.Lock(ctx, "mfa code", resolve.DeviceLock(serial))
	if err != nil {
		return "", err
	}
	defer unlock()
	ledger := d.Prompts.Ledger()
	source := mfa.Stored(seed, ledger, d.World.Now, d.Prompts.Countdown)
	code, err := source.Code(ctx, mfa.Request{Serial: serial, Attempt: 1})
	if err != nil {
		return "", err
	}
	return code, ledger.Spend(serial, code, d.World.Now())
}
