package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
	"hatstand/mfa"
)

// enrolling is the flags of mfa enroll.
type enrolling struct {
	name    string
	store   bool
	png     string
	noWrite bool
	yes     bool
}

func (a *parts) mfaEnrollCommand() *cobra.Command {
	var o enrolling
	cmd := &cobra.Command{
		Use:   "enroll [PROFILE]",
		Short: "Make a new virtual MFA device for the user whose keys a profile has",
		Long: `Creates a virtual MFA device at AWS, shows its QR code for your authenticator app, asks for two codes
in a row, enables the device with them, and writes its serial into the profile as mfa_serial.

Whatever ends it before that (Ctrl-C, a refusal, wrong codes three times) deletes the device again.
One that a killed run has left behind is replaced by the next.

The secret is shown on a screen of its own, which is wiped afterwards, and is kept nowhere unless you
ask for it. --store puts it into the keyring and takes the two codes from there, with no telephone and
no terminal; the second factor is then as safe as your keyring, no safer.

It wants iam:CreateVirtualMFADevice and iam:EnableMFADevice, iam:DeleteVirtualMFADevice to tidy up, and
iam:ListMFADevices to see what there is. A user that has a device already is asked for a code of that one.`,
		Example: `  hatstand mfa enroll me
  hatstand mfa enroll me --store`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: a.targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			profile, err := a.targets.Chosen(args)
			if err != nil {
				return err
			}
			return a.enroll(cmd.Context(), profile, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.name, "name", "", "`NAME` of the device (the user's name; the next free one after that: alice-1)")
	f.BoolVar(&o.store, "store", false, "store the seed in the keyring, and ask nobody for codes")
	f.StringVar(&o.png, "png", "", "write the QR code to `FILE`, a new one, instead of showing it")
	f.BoolVar(&o.noWrite, "no-write", false, "print the mfa_serial line instead of writing it")
	f.BoolVar(&o.yes, "yes", false, "write mfa_serial even if the profile uses another device now")
	return cmd
}

// enrollLimit is how long a person has: long enough to install an app.
const enrollLimit = 15 * time.Minute

func (a *parts) enroll(ctx context.Context, profile string, o enrolling) error {
	if o.name != "" && !deviceName(o.name) {
		return &ui.UsageError{Reason: "--name: a device's name has 1 to 226 characters of A-Z a-z 0-9 _ + = , . @ -"}
	}
	ctx, cancel := context.WithTimeout(ctx, enrollLimit)
	defer cancel()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	if !o.store {
		tty, err := a.Terminal()
		if err != nil {
			return &ui.NoTerminalError{Want: "the codes of the new device", Next: "to keep its seed in the keyring, and be asked nothing: hatstand mfa enroll " + profile + " --store", Err: err}
		}
		tty.Close()
	}
	own, err := a.users.Find(ctx, profile)
	if err != nil {
		return err
	}
	user, err := own.Identity(ctx)
	if err != nil {
		return err
	}
	set, err := a.settings.Profiles()
	if err != nil {
		return err
	}
	var old string // the device that the profile uses now
	if p, ok := set.Profile(profile); ok {
		old = p.Get("mfa_serial").Value
	}
	names := newNames(o.name, user.Name)
	client, have, err := enroller(ctx, own, old, user.DeviceARN(names[0]))
	if err != nil {
		return err
	}
	if len(have.devices) >= iam.DevicesPerUser {
		return &ui.UsageError{Reason: fmt.Sprintf("user %s has %d MFA devices, and AWS allows no more", ui.Quoted(user.Name), len(have.devices)), Next: "take one away first: aws iam deactivate-mfa-device --user-name " + user.Name + " --serial-number SERIAL"}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return have.has(user.DeviceARN(n)) })
	if len(names) == 0 {
		return &ui.UsageError{Reason: "user " + ui.Quoted(user.Name) + " has a device of that name already: " + user.DeviceARN(o.name), Next: "take another: --name NAME"}
	}
	write, err := a.mayWrite(profile, old, user.DeviceARN(names[0]), have, o)
	if err != nil {
		return err
	}
	e := &enrolment{app: a, client: client, user: user, profile: profile, keep: o.store, png: o.png}
	if err := e.run(ctx, names); err != nil {
		return err
	}
	return a.enrolled(ctx, e, profile, write)
}

// enrolled says what was done, and writes the serial. The device is enabled: what fails now is told with what
// is left to do.
func (a *parts) enrolled(ctx context.Context, e *enrolment, profile string, write bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "User %s has a new MFA device: %s\n", ui.Plain(e.user.Name), ui.Plain(e.serial))
	if e.replaced {
		b.WriteString("It takes the place of one that was never enabled.\n")
	}
	if e.keep {
		fmt.Fprintf(&b, "Its seed is in the %s keyring; no code is asked for.\n", a.keyring.Opened().Backend())
	}
	if e.png != "" {
		fmt.Fprintf(&b, "%s holds its secret: delete it once it is scanned.\n", ui.Plain(e.png))
	}
	if e.left {
		b.WriteString("Its secret was on this terminal, which cannot be wiped: clear it.\n")
	}
	line := "mfa_serial = " + e.serial
	var failed error
	if write {
		where, err := a.files().SetMFASerial(context.WithoutCancel(ctx), profile, e.serial)
		if err == nil {
			fmt.Fprintf(&b, "Profile %s uses it from now on: %s\n", ui.Plain(profile), where)
		}
		write, failed = err == nil, err
	}
	if !write {
		fmt.Fprintf(&b, "To use it, write this into profile %s:\n\n  %s\n", ui.Plain(profile), line)
	}
	if err := a.ui().Print(b.String()); err != nil {
		return err
	}
	return failed
}

// mayWrite tells whether the new serial goes into the profile. A device that works there now is not put
// aside without a word.
func (a *parts) mayWrite(profile, old, serial string, have deviceList, o enrolling) (bool, error) {
	switch {
	case o.noWrite:
		return false, nil
	case old == "", old == serial, have.known && !have.has(old), o.yes:
		return true, nil
	case !a.ui().Interactive():
		return false, nil
	}
	return a.ui().Confirm("Profile "+profile+" uses "+old+". Use the new device instead?", false)
}

// A deviceList is a user's devices, as far as AWS tells.
type deviceList struct {
	known   bool
	devices []iam.Device
}

func (l deviceList) has(serial string) bool {
	return slices.ContainsFunc(l.devices, func(d iam.Device) bool { return d.Serial == serial })
}

// enroller is IAM as the user, and the user's devices. A user who has the device that the profile names
// shows a code of it, since many accounts want one of those who have a device; one who has none yet, or is
// about to make the very one that is named, cannot. Security keys have no codes.
func enroller(ctx context.Context, user *iamuser.User, old, wanted string) (*iam.Client, deviceList, error) {
	client, err := user.IAMWithKeys()
	if err != nil {
		return nil, deviceList{}, err
	}
	devices, err := client.ListMFADevices(ctx)
	have := deviceList{err == nil, devices}
	denied := iam.Is(err, iam.AccessDenied)
	if err != nil && !denied {
		return nil, have, err
	}
	if old == "" || old == wanted && denied || !denied && !have.has(old) || mfa.CheckDevice(old) != nil {
		return client, have, nil
	}
	if client, err = user.IAM(ctx, &provider.RoleFlags{}); err != nil {
		return nil, have, err
	}
	if denied {
		devices, err = client.ListMFADevices(ctx)
		if err != nil && !iam.Is(err, iam.AccessDenied) {
			return nil, have, err
		}
		have = deviceList{err == nil, devices}
	}
	return client, have, nil
}

// newNames are the names to try: the one asked for alone, else the user's, and those after it. The policy
// that AWS documents allows a user the device of the user's own name.
func newNames(asked, user string) []string {
	if asked != "" {
		return []string{asked}
	}
	names := []string{user}
	for i := 1; i < iam.DevicesPerUser; i++ {
		names = append(names, fmt.Sprintf("%s-%d", user, i))
	}
	return names
}

// deviceName tells whether IAM would take the name (API model, virtualMFADeviceName).
func deviceName(s string) bool {
	return s != "" && len(s) <= 226 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_+=,.@-", r)
	})
}
