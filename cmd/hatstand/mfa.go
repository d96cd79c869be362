package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles/limits"
)

func (a *parts) mfaCommand() *cobra.Command {
	return ui.Group("mfa", "Keep MFA seeds in the keyring, and make token codes",
		a.mfaEnrollCommand(), a.mfaAddCommand(), a.mfaCodeCommand(), a.mfaListCommand(), a.mfaRemoveCommand())
}

const deviceHelp = `The device is given by its serial (arn:aws:iam::ACCOUNT:mfa/NAME) or by a profile that has one.`

// device is the serial that an argument names: itself, or the mfa_serial of a profile or of the one
// its chain starts from.
func (a *parts) device(arg string) (string, error) {
	if strings.HasPrefix(arg, "arn:") {
		if err := limits.CheckSerial(arg); err != nil {
			return "", &ui.UsageError{Reason: err.Error()}
		}
		return arg, nil
	}
	set, err := a.settings.Profiles()
	if err != nil {
		return "", err
	}
	if _, ok := set.Profile(arg); !ok && limits.CheckSerial(arg) == nil && strings.ContainsAny(arg, "0123456789") {
		return arg, nil // a hardware device's serial number
	}
	p, err := a.provider.Plan(arg, &provider.RoleFlags{})
	if err != nil {
		return "", err
	}
	if s := p.Serial(); s != "" {
		return s, nil
	}
	return "", &ui.UsageError{Reason: "profile " + ui.Quoted(arg) + " has no mfa_serial", Next: "add it to the profile, or give the device's serial: hatstand mfa add arn:aws:iam::ACCOUNT:mfa/NAME"}
}

// seedOf is the seed of the device that an argument names, as it is stored; next is what to do where none
// is. A cache.Corrupt comes with all but the seed.
func (a *parts) seedOf(ctx context.Context, arg, next string) (serial, seed string, err error) {
	if serial, err = a.device(arg); err != nil {
		return "", "", err
	}
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return "", "", err
	}
	seed, err = store.Seed(ctx, serial)
	if errors.Is(err, cache.ErrNotFound) {
		err = &ui.UsageError{Reason: "no seed of " + serial + " is stored", Next: next}
	}
	return serial, seed, err
}
