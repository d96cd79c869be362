package mfa

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

func newAdd(d Deps) *cobra.Command {
	var fromStdin, replace bool
	cmd := &cobra.Command{
		Use:   "add DEVICE",
		Short: "Store the seed of a virtual MFA device, so that no code is asked for",
		Long: `Asks for the seed of a virtual MFA device on the terminal and stores it in the
keyring. The seed is the base32 text that AWS shows beside the QR code ("Show
secret key"), or the otpauth:// URL that the QR code holds.

A stored seed makes the second factor as safe as your keyring, no safer: it is
there for machines and people who accept that.

` + deviceHelp,
		Example: `  hatstand mfa add me
  pass show aws/alice-totp | hatstand mfa add me --from-stdin`,
		Args:              ui.Exactly(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			serial, err := addSeed(cmd.Context(), d, args[0], fromStdin, replace)
			if err != nil {
				return err
			}
			backend := d.Keyring.Opened().Backend()
			return d.World.Streams().Print(fmt.Sprintf("Stored the seed of %s in the %s keyring.\n", serial, backend))
		},
	}
	cmd.Flags().BoolVar(&fromStdin, "from-stdin", false, "read the seed from stdin")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace the seed that is stored already")
	return cmd
}

func addSeed(ctx context.Context, d Deps, device string, fromStdin, replace bool) (serial string, err error) {
	if strings.HasPrefix(device, "otpauth:") {
		return "", &ui.UsageError{
			Reason: "an otpauth URL holds the seed, and other users can read a command's arguments",
			Next:   "give it on the terminal (hatstand mfa add DEVICE) or on stdin (--from-stdin)",
		}
	}
	if serial, err = findSerial(ctx, d, device); err != nil {
		return "", err
	}
	if err := mfa.CheckDevice(serial); err != nil {
		return "", err
	}
	if _, err := storeForSeed(ctx, d, device, serial, replace); err != nil {
		return "", err
	}
	text, err := readSeed(ctx, d, device, serial, fromStdin)
	if err != nil {
		return "", err
	}
	seed, err := mfa.ParseSeed(strings.TrimSpace(text))
	if err != nil {
		return "", err
	}
	return serial, putSeed(ctx, d, device, serial, seed, replace)
}

// putSeed stores a seed. It checks again whether one is stored: another process may have stored one while a person
// typed.
func putSeed(ctx context.Context, d Deps, device, serial string, seed mfa.Seed, replace bool) error {
	unlock, err := d.Keyring.LockChanges(ctx, "", "mfa add "+device)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := storeForSeed(ctx, d, device, serial, replace)
	if err != nil {
		return err
	}
	return store.PutSeed(ctx, serial, seed.Encode())
}

// storeForSeed opens the keyring for a new seed. It is an error if one is stored already, unless that is to be
// replaced: AWS never shows a seed again.
func storeForSeed(ctx context.Context, d Deps, device, serial string, replace bool) (*cache.Store, error) {
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	switch _, err := store.Seed(ctx, serial); {
	case err == nil && !replace:
		return nil, &ui.UsageError{
			Reason: "a seed of " + serial + " is stored already",
			Next:   "to replace it: hatstand mfa add --replace " + device,
		}
	case err != nil && !errors.Is(err, cache.ErrNotFound) && !errors.Is(err, cache.Corrupt):
		return nil, err
	}
	return store, nil
}

// maxSeedText is how much is read of a seed from stdin, in bytes. An otpauth URL has a few hundred.
const maxSeedText = 4096

func readSeed(ctx context.Context, d Deps, device, serial string, fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(d.World.Stdin, maxSeedText)).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("stdin: %w", err)
		}
		return line, nil
	}
	tty, err := d.World.Terminal()
	if err != nil {
		return "", &ui.NoTerminalError{
			Want: "the seed of " + serial,
			Next: "give it on stdin: hatstand mfa add " + device + " --from-stdin",
			Err:  err,
		}
	}
	defer tty.Close()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	return mfa.ReadSecret(ctx, tty, "Seed or otpauth URL of "+ui.Plain(serial)+" (not shown): ")
}
