// Package mfa is the verbs about MFA devices: mfa enroll, add, code, list and remove. They print a token code only
// where it was asked for, and a seed never. A seed is replaced or removed only by a person who says so.
package mfa

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles/limits"
)

// Deps are what these verbs use.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Targets  app.Targets
	Prompts  *prompt.Prompts
	Keyring  *provider.Keyring
	Provider *provider.Provider
	Users    *iamuser.Users
	Files    awsfile.Editor
	Enroller enroll.Enroller
}

// Command is the verb mfa.
func Command(d Deps) *cobra.Command {
	return ui.Group("mfa", "Keep MFA seeds in the keyring, and make token codes",
		newEnroll(d), newAdd(d), newCode(d), newList(d), newRemove(d))
}

const deviceHelp = `DEVICE is a serial (arn:aws:iam::ACCOUNT:mfa/NAME) or a profile that has one.`

// findSerial is the serial of the device that an argument names: the argument itself, or the mfa_serial of a profile
// or of the profile that its chain starts from.
func findSerial(ctx context.Context, d Deps, arg string) (string, error) {
	if strings.HasPrefix(arg, "arn:") {
		if err := limits.CheckSerial(arg); err != nil {
			return "", &ui.UsageError{Reason: err.Error()}
		}
		return arg, nil
	}
	set, err := d.Settings.Profiles()
	if err != nil {
		return "", err
	}
	if _, ok := set.Profile(arg); !ok && limits.CheckSerial(arg) == nil && strings.ContainsAny(arg, "0123456789") {
		return arg, nil // a hardware device's serial number
	}
	p, err := d.Provider.Plan(ctx, arg, &provider.RoleFlags{LongLived: true})
	if err != nil {
		return "", err
	}
	if s := p.Serial(); s != "" {
		return s, nil
	}
	if g := p.Base.Grant; !g.IsZero() {
		return "", &ui.UsageError{
			Reason: "profile " + ui.Quoted(arg) + " has no MFA device: IAM Identity Center asks for the second factor itself, " +
				"in the browser",
			Next: "sign in: " + advice.Login(arg, ""),
		}
	}
	return "", &ui.UsageError{
		Reason: "profile " + ui.Quoted(arg) + " has no mfa_serial",
		Next: "add it to the profile, or give the device's serial: " +
			"hatstand mfa add arn:aws:iam::ACCOUNT:mfa/NAME",
	}
}

// findSeed is the stored seed of the device that an argument names, undecoded. next is what to do where none is
// stored. With an error of kind cache.Corrupt the serial is valid.
func findSeed(ctx context.Context, d Deps, arg, next string) (serial, seed string, err error) {
	if serial, err = findSerial(ctx, d, arg); err != nil {
		return "", "", err
	}
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return "", "", err
	}
	seed, err = store.Seed(ctx, serial)
	if errors.Is(err, cache.ErrNotFound) {
		err = &ui.UsageError{Reason: "no seed of " + serial + " is stored", Next: next}
	}
	return serial, seed, err
}
