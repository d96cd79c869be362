package mfa

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
)

// enrollFlags are the flags of mfa enroll.
type enrollFlags struct {
	name    string
	store   bool
	png     string
	noWrite bool
	yes     bool
}

func newEnroll(d Deps) *cobra.Command {
	var flags enrollFlags
	cmd := &cobra.Command{
		Use:   "enroll [PROFILE]",
		Short: "Make a new virtual MFA device for the user whose keys a profile has",
		Long: `Creates a virtual MFA device at AWS, shows its QR code for your authenticator
app, asks for two codes in a row, enables the device with them, and writes its
serial into the profile as mfa_serial.

If it ends before that (Ctrl-C, a refusal, wrong codes three times), it deletes
the device again. The next run replaces a device that a killed run has left.

The secret is shown on a screen of its own, which is wiped afterwards, and is
not kept unless you ask for it. --store puts it into the keyring and makes
the two codes from it, with no telephone and no terminal; the second factor is
then as safe as your keyring, no safer.

It needs iam:CreateVirtualMFADevice and iam:EnableMFADevice, and for cleaning up
iam:DeleteVirtualMFADevice and iam:ListMFADevices. A user who has a device
already is asked for a code of that one.`,
		Example: `  hatstand mfa enroll me
  hatstand mfa enroll me --store`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			profile, err := d.Targets.Chosen(cmd.Context(), args)
			if err != nil {
				return err
			}
			return enrollDevice(cmd.Context(), d, profile, flags)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.name, "name", "", "`NAME` name of the device (default: the user's, or alice-1 if alice is taken)")
	f.BoolVar(&flags.store, "store", false, "store the seed in the keyring, and ask nobody for codes")
	f.StringVar(&flags.png, "png", "", "write the QR code to a new `FILE` instead of showing it")
	f.BoolVar(&flags.noWrite, "no-write", false, "print the mfa_serial line instead of writing it")
	f.BoolVar(&flags.yes, "yes", false, "write mfa_serial even if the profile uses another device now")
	return cmd
}

// enrollLimit is how long a person has: long enough to install an app.
const enrollLimit = 15 * time.Minute

func enrollDevice(ctx context.Context, d Deps, profile string, flags enrollFlags) error {
	if flags.name != "" && !enroll.ValidName(flags.name) {
		return &ui.UsageError{Reason: "--name: a device's name has 1 to 226 characters of A-Z a-z 0-9 _ + = , . @ -"}
	}
	ctx, cancel := context.WithTimeout(ctx, enrollLimit)
	defer cancel()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	if !flags.store {
		tty, err := d.World.Terminal()
		if err != nil {
			return noTerminal(profile, err)
		}
		tty.Close()
	}
	var device enroll.Device // once it is enabled
	request, write, err := prepare(ctx, d, profile, flags)
	if err != nil {
		return err
	}
	if flags.png != "" {
		picture, err := createPicture(flags.png)
		if err != nil {
			return err
		}
		defer func() {
			picture.Close()
			if device.Serial == "" {
				os.Remove(flags.png)
			}
		}()
		request.Save = func(s enroll.Secret) error { return writePicture(picture, otpauthURL(s)) }
	}
	onTerminal := false // the secret is still to be seen there
	request.Show = func(s enroll.Secret) (enroll.CodeReader, error) {
		screen, err := openScreen(d, profile, flags.png, s)
		if err != nil {
			return nil, err
		}
		onTerminal = !screen.wipes && flags.png == ""
		return screen, nil
	}
	if device, err = d.Enroller.Enroll(ctx, request); err != nil {
		return err
	}
	return finish(ctx, d, request, device, done{png: flags.png, onTerminal: onTerminal, write: write})
}

// prepare finds out what to make before anything is made. write says whether the new serial goes into the profile.
func prepare(ctx context.Context, d Deps, profile string, flags enrollFlags) (q enroll.Request, write bool, err error) {
	owner, err := d.Users.Find(ctx, profile)
	if err != nil {
		return q, false, err
	}
	user, err := owner.Identity(ctx)
	if err != nil {
		return q, false, err
	}
	set, err := d.Settings.Profiles()
	if err != nil {
		return q, false, err
	}
	var old string // the device that the profile names now
	if p, ok := set.Profile(profile); ok {
		old = p.Get("mfa_serial").Value
	}
	names := enroll.Names(flags.name, user.Name)
	client, have, err := enroll.Connect(ctx, owner, old, user.DeviceARN(names[0]))
	if err != nil {
		return q, false, err
	}
	if len(have.List) >= iam.DevicesPerUser {
		return q, false, &ui.UsageError{
			Reason: fmt.Sprintf("user %s has %d MFA devices, and AWS allows no more", ui.Quoted(user.Name), len(have.List)),
			Next: "remove one first: aws iam deactivate-mfa-device --user-name " + user.Name +
				" --serial-number SERIAL",
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return have.Has(user.DeviceARN(n)) })
	if len(names) == 0 {
		return q, false, &ui.UsageError{
			Reason: "user " + ui.Quoted(user.Name) + " has a device of that name already: " + user.DeviceARN(flags.name),
			Next:   "choose another name: --name NAME",
		}
	}
	write, err = mayWrite(d.World.Streams(), profile, old, user.DeviceARN(names[0]), have, flags)
	return enroll.Request{
		Client: client, User: user, Profile: profile, Names: names, StoreSeed: flags.store,
	}, write, err
}

// mayWrite decides whether the new serial goes into the profile. A device that works there now is replaced only if the
// user says so.
func mayWrite(screen ui.Streams, profile, old, serial string, have enroll.Devices, flags enrollFlags) (bool, error) {
	switch {
	case flags.noWrite:
		return false, nil
	case old == "", old == serial, have.Known && !have.Has(old), flags.yes:
		return true, nil
	case !screen.Interactive():
		return false, nil
	}
	return screen.Confirm("Profile "+profile+" uses "+old+". Use the new device instead?", false)
}

// done is what to tell at the end.
type done struct {
	png        string // the file with the QR code; "": there is none
	onTerminal bool   // the secret is on the terminal, which could not be wiped
	write      bool   // the serial goes into the profile
}

// finish writes the serial into the profile and says what was done. The device is enabled by now: if the write fails,
// the user sees what is left to do.
func finish(ctx context.Context, d Deps, q enroll.Request, device enroll.Device, o done) error {
	var b strings.Builder
	fmt.Fprintf(&b, "User %s has a new MFA device: %s\n", ui.Plain(q.User.Name), ui.Plain(device.Serial))
	if device.Replaced {
		b.WriteString("It replaces one that was never enabled.\n")
	}
	if q.StoreSeed {
		fmt.Fprintf(&b, "Its seed is in the %s keyring; no code is asked for.\n", d.Keyring.Opened().Backend())
	}
	if o.png != "" {
		fmt.Fprintf(&b, "%s holds its secret: delete it once it is scanned.\n", ui.Plain(o.png))
	}
	if o.onTerminal {
		b.WriteString("Its secret was on this terminal, which cannot be wiped: clear it.\n")
	}
	var writeErr error
	if o.write {
		where, err := d.Files.SetMFASerial(context.WithoutCancel(ctx), q.Profile, device.Serial)
		if err == nil {
			fmt.Fprintf(&b, "Profile %s uses it from now on: %s\n", ui.Plain(q.Profile), where)
		}
		o.write, writeErr = err == nil, err
	}
	if !o.write {
		fmt.Fprintf(&b, "To use it, write this into profile %s:\n\n  mfa_serial = %s\n", ui.Plain(q.Profile), device.Serial)
	}
	if err := d.World.Streams().Print(b.String()); err != nil {
		return err
	}
	return writeErr
}
