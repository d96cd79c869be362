package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// devicesWithin is how long AWS may take to list the devices: the key is stored by then, and this is an
// offer.
const devicesWithin = 10 * time.Second

// offerDevice makes the profile ready for MFA: it finds the user's devices and writes one into the profile,
// or says what to write. What AWS does not tell is no error.
func offerDevice(ctx context.Context, d Deps, name, arn string, yes bool) error {
	set, err := d.Settings.Profiles()
	if err != nil {
		return err
	}
	p, there := set.Profile(name)
	user, err := iamuser.ParseARN(arn)
	isUser := err == nil
	switch {
	case there && p.Get("mfa_serial").IsSet(), there && !isUser:
		return nil
	case !isUser:
		return d.World.Streams().Print(linesToAdd(name, there))
	}
	serials, err := serials(ctx, d, name)
	switch {
	case errors.Is(err, mfa.ErrCancelled):
		return err
	case isA[*ui.UsageError](err):
		// It starts from another profile's keys, or has credentials of another kind.
		return d.World.Streams().Print("The key is stored, and not used: " + ui.Plain(err.Error()) + "\n")
	case err != nil:
		text := fmt.Sprintf("AWS does not tell which MFA devices %s has. If there is one, ", ui.Plain(user.Name))
		if there {
			return d.World.Streams().Print(text + "add it to profile " + ui.Plain(name) + ": mfa_serial = " + user.DeviceARN("NAME") + "\n")
		}
		return d.World.Streams().Print(text + "it belongs into the profile.\n" + linesToAdd(name, there, user.DeviceARN("NAME")))
	}
	usable, keys := usableDevices(serials)
	switch {
	case len(usable) == 0 && len(keys) > 0:
		return d.World.Streams().Print(fmt.Sprintf("The only MFA device of %s is a FIDO security key or passkey (%s): STS takes six-digit codes alone. For one that gives codes: hatstand mfa enroll %s\n",
			ui.Plain(user.Name), ui.Plain(keys[0]), name) + missingProfile(name, there))
	case len(usable) == 0:
		return d.World.Streams().Print(fmt.Sprintf("%s has no MFA device; to make one: hatstand mfa enroll %s\n", ui.Plain(user.Name), name) + missingProfile(name, there))
	}
	chosen, err := chooseDevice(d, name, usable, yes)
	if err != nil {
		return err
	}
	if chosen == "" {
		return d.World.Streams().Print(linesToAdd(name, there, usable...))
	}
	where, err := d.Files.SetMFASerial(ctx, name, chosen)
	if err != nil {
		return err
	}
	return d.World.Streams().Print(fmt.Sprintf("Wrote mfa_serial = %s for profile %s: %s\n", ui.Plain(chosen), ui.Plain(name), where))
}

// serials asks AWS for the devices of the user whose key was just stored, as the key alone.
func serials(ctx context.Context, d Deps, name string) (serials []string, err error) {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	limited, cancel := context.WithTimeout(ctx, devicesWithin)
	defer cancel()
	o, err := d.Users.Find(limited, name)
	if err != nil {
		return nil, err
	}
	client, err := o.IAMWithKeys()
	if err != nil {
		return nil, err
	}
	devices, err := client.ListMFADevices(limited)
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return nil, mfa.ErrCancelled
	}
	for _, d := range devices {
		serials = append(serials, d.Serial)
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
func chooseDevice(d Deps, name string, usable []string, yes bool) (string, error) {
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
	shown := []string{}
	for _, serial := range usable {
		shown = append(shown, ui.Plain(serial))
	}
	n, err := d.World.Streams().Choose("Which MFA device does profile "+name+" use?", append(shown, none))
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
