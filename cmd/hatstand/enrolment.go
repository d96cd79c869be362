package main

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// An enrolment is a virtual MFA device on its way from being made to being enabled. What ends it between
// the two takes the device away again; what keeps the seed does so before the device can be enabled, so
// that none is ever enabled whose seed is lost.
type enrolment struct {
	app     *parts
	client  *iam.Client
	user    iamuser.Identity
	profile string
	keep    bool   // the seed goes into the keyring
	png     string // the file that the QR code goes to; ""

	log      *slog.Logger
	picture  *os.File
	serial   string
	seed     mfa.Seed
	replaced bool // a device of that name that nobody had enabled
	sent     bool // EnableMFADevice was called
	left     bool // the secret is still to be seen on the terminal
}

// unbroken is how long a call may take that no Ctrl-C cuts short: what makes or enables a device is waited
// for, so that it is known what there is to undo.
const unbroken = 30 * time.Second

// wrongPairs is how many pairs of codes are tried.
const wrongPairs = 3

func (e *enrolment) run(ctx context.Context, names []string) (err error) {
	if e.log, err = e.app.logs.Open(); err != nil {
		return err
	}
	if e.png != "" {
		// Made before the device is: a file that is there stays, and so does whatever a link points to.
		e.picture, err = os.OpenFile(e.png, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return &ui.UsageError{Reason: "--png: " + ui.Quoted(e.png) + " is there already", Next: "name a new file: it will hold a secret"}
		}
		if err != nil {
			return &ui.UsageError{Reason: "--png: " + err.Error()}
		}
		defer func() {
			e.picture.Close()
			if err != nil {
				os.Remove(e.png)
			}
		}()
	}
	unlock, err := e.create(ctx, names)
	if err != nil {
		return err
	}
	defer unlock()
	if err := e.enable(ctx); err != nil {
		if err = e.undo(ctx, err); err != nil {
			return err
		}
	}
	e.log.Info("mfa device enabled", "serial", e.serial, "seed_stored", e.keep)
	return nil
}

// create makes the device, under the first of the names that nobody's device has. The device is locked
// until unlock.
func (e *enrolment) create(ctx context.Context, names []string) (unlock func(), err error) {
	for _, name := range names {
		e.serial = e.user.DeviceARN(name)
		unlock, _, err = e.app.provider.Lock(ctx, e.profile, resolve.DeviceLock(e.serial))
		if err != nil {
			return nil, err
		}
		if err = e.createNamed(ctx, name); err == nil {
			return unlock, nil
		}
		unlock()
		if !iam.Is(err, iam.DeleteConflict) {
			return nil, err
		}
	}
	return nil, &ui.UsageError{Reason: "somebody has enabled a device of that name: " + e.serial, Next: "take another: --name NAME"}
}

// createNamed makes the device, in the place of one of the same name that nobody has enabled: an enrolment
// that was killed leaves one, and IAM shows a seed once. A DeleteConflict means that somebody has.
func (e *enrolment) createNamed(ctx context.Context, name string) error {
	// Had before the device is made: what has no place for its seed is better not begun.
	unlock, err := e.app.keyring.LockChanges(ctx, e.profile, "mfa enroll "+e.profile)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unbroken)
	defer cancel()
	begun, err := e.make(ctx, name)
	unlock()
	if err != nil && begun {
		return e.undo(ctx, err)
	}
	return err
}

// make makes the device and stores its seed. begun: the device may be there.
func (e *enrolment) make(ctx context.Context, name string) (begun bool, err error) {
	made, err := e.client.CreateVirtualMFADevice(ctx, name)
	if iam.Is(err, iam.AlreadyExists) {
		if err := e.remove(ctx); err != nil {
			if iam.Is(err, iam.AccessDenied) {
				err = &leftoverError{serial: e.serial, err: err}
			}
			return false, err
		}
		e.replaced = true
		made, err = e.client.CreateVirtualMFADevice(ctx, name)
	}
	if err != nil {
		return as[*iam.UnreachableError](err), err // made or not, its seed is nowhere
	}
	e.log.Info("mfa device created", "serial", made.Serial, "replaced", e.replaced)
	e.serial = made.Serial
	if e.seed, err = mfa.ParseSeed(made.Seed.Reveal()); err == nil {
		err = e.put(ctx)
	}
	return true, err
}

// put brings the seed to where it is to be. One that is stored for that serial was another device's.
func (e *enrolment) put(ctx context.Context) error {
	store, err := e.app.keyring.Open(ctx)
	if err != nil {
		return err
	}
	if e.keep {
		err = store.PutSeed(ctx, e.serial, e.seed.Encode())
	} else if err = store.RemoveSeed(ctx, e.serial); errors.Is(err, cache.ErrNotFound) {
		err = nil
	}
	if err != nil || e.picture == nil {
		return err
	}
	code, err := ui.NewQRCode(e.url())
	if err != nil {
		return err
	}
	const module = 8 // pixels
	return errors.Join(png.Encode(e.picture, code.Image(module)), e.picture.Sync())
}

// remove deletes the device at AWS; one that is not there is as good.
func (e *enrolment) remove(ctx context.Context) error {
	err := e.client.DeleteVirtualMFADevice(ctx, e.serial)
	if iam.Is(err, iam.NoSuchEntity) {
		return nil
	}
	return err
}

// enable gives the device to the user, by two of its codes.
func (e *enrolment) enable(ctx context.Context) error {
	pair, done, err := e.codes(ctx)
	if err != nil {
		return err
	}
	defer done()
	ledger := e.app.prompts.Ledger()
	for attempt := 1; ; attempt++ {
		one, two, err := pair(ctx, attempt)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return mfa.ErrCancelled
		}
		for _, code := range []string{one, two} {
			if err := ledger.Spend(e.serial, code, e.app.Now()); err != nil {
				e.log.Warn("the code could not be recorded as spent", "error", err.Error())
			}
		}
		err = e.enableWith(ctx, one, two)
		if err == nil || !iam.Is(err, iam.WrongCode) || attempt == wrongPairs {
			return err
		}
	}
}

// enableWith makes the call, and where its answer is lost finds out what came of it.
func (e *enrolment) enableWith(ctx context.Context, one, two string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unbroken)
	defer cancel()
	e.sent = true
	err := e.client.EnableMFADevice(ctx, e.user.Name, e.serial, one, two)
	if !as[*iam.UnreachableError](err) {
		return err
	}
	devices, listErr := e.client.ListMFADevices(ctx)
	e.log.Warn("no answer to EnableMFADevice", "error", err.Error(), "looked", listErr == nil)
	if (deviceList{devices: devices}).has(e.serial) {
		return nil
	}
	return err
}

// undo takes the device away again, and gives the reason back: nil if it turns out that EnableMFADevice,
// whose answer was lost, has enabled it. Where the device cannot be deleted the reason says so.
func (e *enrolment) undo(ctx context.Context, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unbroken)
	defer cancel()
	err := e.remove(ctx)
	e.log.Info("mfa device deleted again", "serial", e.serial, "ok", err == nil, "why", why.Error())
	lost := as[*iam.UnreachableError](why)
	switch {
	case lost && iam.Is(err, iam.DeleteConflict) && e.sent:
		return nil
	case lost && iam.Is(err, iam.DeleteConflict):
		return why // somebody else's
	case err != nil:
		why = &orphanError{err: why, serial: e.serial, user: e.user.Name, cause: err, unknown: lost}
	}
	// A seed is thrown away only where its device cannot be in use.
	if e.keep && (err == nil || !lost) {
		if err := e.dropSeed(ctx); err != nil && !errors.Is(err, cache.ErrNotFound) {
			e.log.Warn("a seed of no use is still stored", "serial", e.serial, "error", err.Error())
		}
	}
	return why
}

func (e *enrolment) dropSeed(ctx context.Context) error {
	unlock, err := e.app.keyring.LockChanges(ctx, e.profile, "mfa enroll "+e.profile)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := e.app.keyring.Open(ctx)
	if err != nil {
		return err
	}
	return store.RemoveSeed(ctx, e.serial)
}

// A leftoverError is a device that nobody has enabled, and that may not be deleted.
type leftoverError struct {
	serial string
	err    error
}

func (e *leftoverError) Error() string {
	return fmt.Sprintf("%s is there already, it may be enabled or left over, and it cannot be replaced: %v", e.serial, e.err)
}

func (e *leftoverError) Unwrap() error { return e.err }

// Hints says how to get round it, and then what to attach.
func (e *leftoverError) Hints() []string {
	hints := []string{"take another name: --name NAME", "or have it deleted by somebody who may: aws iam delete-virtual-mfa-device --serial-number " + e.serial}
	var denied *iam.RefusedError
	if errors.As(e.err, &denied) {
		hints = append(hints, advice.Hints(denied)...)
	}
	return hints
}

// An orphanError is what ended an enrolment whose device could not be deleted again.
type orphanError struct {
	err          error
	serial, user string
	cause        error
	unknown      bool // whether it is enabled
}

func (e *orphanError) Error() string {
	if e.unknown {
		return fmt.Sprintf("%v; whether %s is there, and enabled, is not known: %v", e.err, e.serial, e.cause)
	}
	return fmt.Sprintf("%v; and %s, enabled for nobody, could not be deleted again: %v", e.err, e.serial, e.cause)
}

func (e *orphanError) Unwrap() error { return e.err }

// Hints says what to do with what is left.
func (e *orphanError) Hints() []string {
	hints := []string{"run it again: what is left is replaced"}
	if e.unknown {
		hints = []string{"see whether it is enabled: hatstand mfa list --check", "if it is not, run it again: what is left is replaced"}
	}
	return append(hints, "or delete it: aws iam delete-virtual-mfa-device --serial-number "+e.serial)
}
