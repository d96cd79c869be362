package main

import (
	"context"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

func (a *parts) mfaCodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "code DEVICE",
		Short: "Print the token code of a stored seed",
		Long: `Prints a code of the device that was not used yet, and waits for the next one where it has to. Each
code works once: hatstand counts a printed one as used. ` + deviceHelp,
		Args:              ui.Exactly(1),
		ValidArgsFunction: a.targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			serial, text, err := a.seedOf(cmd.Context(), args[0], "store it: hatstand mfa add "+args[0])
			if err != nil {
				return err
			}
			seed, err := mfa.ParseSeed(text)
			if err != nil {
				return err
			}
			code, err := a.unspentCode(cmd.Context(), serial, seed)
			if err != nil {
				return err
			}
			return a.ui().Print(code + "\n")
		},
	}
}

// unspentCode is a code that was not used yet, and is from now on. It waits for the next one where it
// has to, under the device's lock.
func (a *parts) unspentCode(ctx context.Context, serial string, seed mfa.Seed) (string, error) {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	unlock, _, err := a.provider.Lock(ctx, "mfa code", resolve.DeviceLock(serial))
	if err != nil {
		return "", err
	}
	defer unlock()
	code, err := mfa.Stored(seed, a.prompts.Ledger(), a.Now, a.prompts.Countdown).Code(ctx, mfa.Request{Serial: serial, Attempt: 1})
	if err != nil {
		return "", err
	}
	return code, a.prompts.Ledger().Spend(serial, code, a.Now())
}
