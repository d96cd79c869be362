package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func (a *parts) mfaAddCommand() *cobra.Command {
	var fromStdin, replace bool
	cmd := &cobra.Command{
		Use:   "add DEVICE",
		Short: "Store the seed of a virtual MFA device, so that no code is asked for",
		Long: `Asks for the seed of a virtual MFA device on the terminal and stores it in the keyring. The seed is
the base32 text that AWS shows beside the QR code ("Show secret key"), or the otpauth:// URL that the
QR code holds.

A stored seed makes the second factor as safe as your keyring, no safer: it is there for machines
and people who accept that. ` + deviceHelp,
		Example: `  hatstand mfa add me
  pass show aws/alice-totp | hatstand mfa add arn:aws:iam::111111111111:mfa/alice --from-stdin`,
		Args:              ui.Exactly(1),
		ValidArgsFunction: a.targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.HasPrefix(args[0], "otpauth:") {
				return &ui.UsageError{Reason: "an otpauth URL holds the seed, and other users can read a command's arguments", Next: "give it on the terminal (hatstand mfa add DEVICE) or on stdin (--from-stdin)"}
			}
			serial, err := a.device(args[0])
			if err != nil {
				return err
			}
			if err := mfa.CheckDevice(serial); err != nil {
				return err
			}
			if _, err := a.mayAddSeed(cmd.Context(), args[0], serial, replace); err != nil {
				return err
			}
			text, err := a.seedText(cmd.Context(), args[0], serial, fromStdin)
			if err != nil {
				return err
			}
			seed, err := mfa.ParseSeed(strings.TrimSpace(text))
			if err != nil {
				return err
			}
			if err := a.putSeed(cmd.Context(), args[0], serial, seed, replace); err != nil {
				return err
			}
			return a.ui().Print(fmt.Sprintf("Stored the seed of %s in the %s keyring.\n", serial, a.keyring.Opened().Backend()))
		},
	}
	cmd.Flags().BoolVar(&fromStdin, "from-stdin", false, "read the seed from stdin")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace the seed that is stored already")
	return cmd
}

// putSeed stores a seed, looking once more: while a person typed, another process may have stored one.
func (a *parts) putSeed(ctx context.Context, device, serial string, seed mfa.Seed, replace bool) error {
	unlock, err := a.keyring.LockChanges(ctx, "", "mfa add "+device)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := a.mayAddSeed(ctx, device, serial, replace)
	if err != nil {
		return err
	}
	return store.PutSeed(ctx, serial, seed.Encode())
}

// mayAddSeed keeps a seed from being lost by a second mfa add: AWS never shows it again.
func (a *parts) mayAddSeed(ctx context.Context, device, serial string, replace bool) (*cache.Store, error) {
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	switch _, err := store.Seed(ctx, serial); {
	case err == nil && !replace:
		return nil, &ui.UsageError{Reason: "a seed of " + serial + " is stored already", Next: "to put another in its place: hatstand mfa add --replace " + device}
	case err != nil && !errors.Is(err, cache.ErrNotFound) && !errors.Is(err, cache.Corrupt):
		return nil, err
	}
	return store, nil
}

// maxSeedText is what is read of a seed, in bytes; an otpauth URL has a few hundred.
const maxSeedText = 4096

func (a *parts) seedText(ctx context.Context, device, serial string, fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(a.Stdin, maxSeedText)).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("stdin: %w", err)
		}
		return line, nil
	}
	tty, err := a.Terminal()
	if err != nil {
		return "", &ui.NoTerminalError{Want: "the seed of " + serial, Next: "give it on stdin: hatstand mfa add " + device + " --from-stdin", Err: err}
	}
	defer tty.Close()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	return mfa.ReadSecret(ctx, tty, "Seed or otpauth URL of "+ui.Plain(serial)+" (not shown): ")
}
