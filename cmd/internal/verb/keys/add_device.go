package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/ui"
	"hatstand/cmd/internal/ui/menu"
	"hatstand/mfa"
)

// devicesWithin is how long AWS may take to list the devices: the key is stored by then, and this is an offer.
const devicesWithin = 10 * time.Second

// offerDevice finds the user's MFA devices and writes one into the profile, or says what to write. It is no error if
// AWS does not tell which there are.
func offerDevice(ctx context.Context, d Deps, name, arn string, yes bool) error {
	set, err := d.Settings.Profiles()
	if err != nil {
		return err
	}
	out := d.World.Streams()
	p, there := set.Profile(name)
	user, err := iamuser.ParseARN(arn)
	isUser := err == nil
	switch {
	case there && p.Get("mfa_serial").IsSet(), there && !isUser:
		return nil
	case !isUser:
		return out.Print(linesToAdd(name, there))
	}
	serials, err := listSerials(ctx, d, name)
	switch {
	case errors.Is(err, mfa.ErrCancelled):
		return err
	case isA[*ui.UsageError](err):
		// It starts from another profile's keys, or has credentials of another kind.
		return out.Print("The key is stored, but this profile does not use it: " + ui.Plain(err.Error()) + "\n")
	case err != nil:
		text := fmt.Sprintf("AWS did not say which MFA devices %s has. If there is one, ", ui.Plain(user.Name))
		if there {
			return out.Print(text + "add it to profile " + ui.Plain(name) + ": mfa_serial = " + user.DeviceARN("NAME") + "\n")
		}
		return out.Print(text + "it belongs in the profile.\n" + linesToAdd(name, there, user.DeviceARN("NAME")))
	}
	usable, keys := usableDevices(serials)
	switch {
	case len(usable) == 0 && len(keys) > 0:
		text := fmt.Sprintf("The only MFA device of %s is a FIDO security key or passkey (%s): "+
			"STS takes only six-digit codes. To make a device that gives codes: hatstand mfa enroll %s\n",
			ui.Plain(user.Name), ui.Plain(keys[0]), name)
		return out.Print(text + missingProfile(name, there))
	case len(usable) == 0:
		text := fmt.Sprintf("%s has no MFA device; to make one: hatstand mfa enroll %s\n", ui.Plain(user.Name), name)
		return out.Print(text + missingProfile(name, there))
	}
	chosen, err := chooseDevice(ctx, d, name, usable, yes)
	if err != nil {
		return err
	}
	if chosen == "" {
		return out.Print(linesToAdd(name, there, usable...))
	}
	where, err := d.Files.SetMFASerial(ctx, name, chosen)
	if err != nil {
		return err
	}
	return out.Print(fmt.Sprintf("Wrote mfa_serial = %s for profile %s: %s\n", ui.Plain(chosen), ui.Plain(name), where))
}

// listSerials asks AWS for the devices of the user whose key was just stored, with that key and no MFA.
func listSerials(ctx context.Context, d Deps, name string) (serials []string, err error) {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	limited, cancel := context.WithTimeout(ctx, devicesWithin)
	defer cancel()
	user, err := d.Users.Find(limited, name)
	if err != nil {
		return nil, err
	}
	client, err := user.IAMWithKeys()
	if err != nil {
		return nil, err
	}
	devices, err := client.ListMFADevices(limited)
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return nil, mfa.ErrCancelled
	}
	for _, device := range devices {
		serials = append(serials, device.Serial)
	}
	return serials, err
}

// usableDevices are those that give codes, and the FIDO keys.
func usableDevices(serials []string) (usable, keys []string) {
	for _, serial := range serials {
		if mfa.CheckDevice(serial) != nil {
			keys = append(keys, serial)
		} else {
			usable = append(usable, serial)
		}
	}
	return usable, keys
}

// chooseDevice asks which device to write into the profile; "" is none.
func chooseDevice(ctx context.Context, d Deps, name string, usable []string, yes bool) (string, error) {
	switch {
	case len(usable) == 1 && yes:
		return usable[0], nil
	case !d.World.Streams().Interactive():
		return "", nil
	case len(usable) == 1:
		question := fmt.Sprintf("Write mfa_serial = %s into profile %s?", usable[0], name)
		if ok, err := d.World.Streams().Confirm(question, true); err != nil || !ok {
			return "", err
		}
		return usable[0], nil
	}
	const none = "none of them"
	c := ui.Choice{Question: "Which MFA device does profile " + name + " use?", Nothing: "No device matches"}
	for _, shown := range append(slices.Clip(usable), none) {
		c.Rows = append(c.Rows, menu.Row{Name: shown})
	}
	n, err := d.World.Streams().Choose(ctx, c)
	if err != nil || n == len(usable) {
		return "", err
	}
	return usable[n], nil
}

// linesToAdd are what the user may write into the config file.
func linesToAdd(name string, there bool, serials ...string) string {
	text := "To be asked for its codes, add to profile " + ui.Plain(name) + ":\n\n"
	if !there {
		text = missingProfile(name, there)
	}
	for i, serial := range serials {
		switch {
		case i == 0:
			text += "  mfa_serial = " + ui.Plain(serial) + "\n"
		case i == 1:
			text += "\nor instead " + ui.Plain(serial)
		default:
			text += ", " + ui.Plain(serial)
		}
	}
	if len(serials) > 1 {
		text += "\n"
	}
	return text
}

func missingProfile(name string, there bool) string {
	if there {
		return ""
	}
	return fmt.Sprintf("No profile of that name is in your AWS config yet; add one:\n\n  [profile %s]\n", name)
}
