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
	"hatstand/credproc"
	"hatstand/mfa"
	"hatstand/profiles"
)

func (a *app) mfaCommand() *cobra.Command {
	return group("mfa", "Keep MFA seeds in the keyring, and make token codes",
		a.mfaAddCommand(), a.mfaCodeCommand(), a.mfaListCommand(), a.mfaRemoveCommand())
}

const deviceHelp = `The device is given by its serial (arn:aws:iam::ACCOUNT:mfa/NAME) or by a profile that has one.`

func (a *app) mfaAddCommand() *cobra.Command {
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
		Args:              exactly(1),
		ValidArgsFunction: a.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.HasPrefix(args[0], "otpauth:") {
				return &usageError{reason: "an otpauth URL holds the seed, and other users can read a command's arguments", next: "give it on the terminal (hatstand mfa add DEVICE) or on stdin (--from-stdin)"}
			}
			serial, err := a.device(args[0])
			if err != nil {
				return err
			}
			if err := mfa.CheckDevice(serial); err != nil {
				return err
			}
			store, err := a.store(cmd.Context())
			if err != nil {
				return err
			}
			if _, err := store.Seed(cmd.Context(), serial); err == nil && !replace {
				return &usageError{reason: "a seed of " + serial + " is stored already", next: "to put another in its place: hatstand mfa add --replace " + args[0]}
			} else if err != nil && !errors.Is(err, cache.ErrNotFound) && !as[*cache.CorruptError](err) {
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
			if err := store.PutSeed(cmd.Context(), serial, seed.Encode()); err != nil {
				return err
			}
			return a.print(fmt.Sprintf("Stored the seed of %s in the %s keyring.\n", serial, store.Backend()))
		},
	}
	cmd.Flags().BoolVar(&fromStdin, "from-stdin", false, "read the seed from stdin")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace the seed that is stored already")
	return cmd
}

// maxSeedText is what is read of a seed, in bytes; an otpauth URL has a few hundred.
const maxSeedText = 4096

func (a *app) seedText(ctx context.Context, device, serial string, fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(a.stdin, maxSeedText)).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("stdin: %w", err)
		}
		return line, nil
	}
	tty, err := a.terminal()
	if err != nil {
		return "", &noTerminalError{want: "the seed of " + serial, next: "give it on stdin: hatstand mfa add " + device + " --from-stdin", err: err}
	}
	defer tty.Close()
	ctx, stop := interruptible(ctx)
	defer stop()
	return mfa.ReadSecret(ctx, tty, "Seed or otpauth URL of "+plain(serial)+" (not shown): ")
}

// device is the serial that an argument names: itself, or the mfa_serial of a profile or of the one
// its chain starts from.
func (a *app) device(arg string) (string, error) {
	if strings.HasPrefix(arg, "arn:") {
		if err := profiles.CheckSerial(arg); err != nil {
			return "", &usageError{reason: err.Error()}
		}
		return arg, nil
	}
	set, err := a.profiles()
	if err != nil {
		return "", err
	}
	if _, ok := set.Profile(arg); !ok && profiles.CheckSerial(arg) == nil && strings.ContainsAny(arg, "0123456789") {
		return arg, nil // a hardware device's serial number
	}
	p, err := a.plan(arg, &asking{})
	if err != nil {
		return "", err
	}
	if s := p.Serial(); s != "" {
		return s, nil
	}
	return "", &usageError{reason: "profile " + quoted(arg) + " has no mfa_serial", next: "add it to the profile, or give the device's serial: hatstand mfa add arn:aws:iam::ACCOUNT:mfa/NAME"}
}

func (a *app) mfaCodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "code DEVICE",
		Short: "Print the token code of a stored seed",
		Long: `Prints a code of the device that was not used yet, and waits for the next one where it has to. Each
code works once: hatstand counts a printed one as used. ` + deviceHelp,
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
			text, err := store.Seed(cmd.Context(), serial)
			if errors.Is(err, cache.ErrNotFound) {
				return &usageError{reason: "no seed of " + serial + " is stored", next: "store it: hatstand mfa add " + args[0]}
			}
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
			return a.print(code + "\n")
		},
	}
}

// unspentCode is a code that was not used yet, and is from now on. It waits for the next one where it
// has to, under the device's lock.
func (a *app) unspentCode(ctx context.Context, serial string, seed mfa.Seed) (string, error) {
	log, err := a.log()
	if err != nil {
		return "", err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	unlock, err := (&locks{app: a, log: log, target: "mfa code"}).Lock(ctx, credproc.DeviceLock(serial))
	if err != nil {
		return "", err
	}
	defer unlock()
	code, err := mfa.Stored(seed, a.ledger(), a.now, a.countdown).Code(ctx, mfa.Request{Serial: serial, Attempt: 1})
	if err != nil {
		return "", err
	}
	return code, a.ledger().Spend(serial, code, a.now())
}

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
