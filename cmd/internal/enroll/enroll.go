// Package enroll makes a virtual MFA device for an IAM user and enables it. The steps are: create the device at AWS,
// store or show its seed, get two codes in a row, enable the device.
//
// It promises that no device is enabled whose seed is lost, and that whatever ends the work before the device is
// enabled deletes the device again. A device that a killed run left behind is replaced by the next run. The seed goes
// into the keyring, or to the functions that the caller gives, and nowhere else. Nothing is printed here, and no
// profile is changed.
package enroll

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// An Enroller makes devices.
type Enroller struct {
	World    app.World
	Logs     *app.Log
	Prompts  *prompt.Prompts
	Keyring  *provider.Keyring
	Provider *provider.Provider
}

// A Request says which device to make.
type Request struct {
	Client  *iam.Client
	User    iamuser.Identity
	Profile string   // whose keys Client has
	Names   []string // of the device: the first one that is free is taken

	// StoreSeed stores the seed in the keyring. The codes are made from it then, and nobody is asked.
	StoreSeed bool
	// Save, if there is one, saves the secret elsewhere as well, before the device is enabled.
	Save func(Secret) error
	// Show shows the secret to a person. It is not called with StoreSeed.
	Show func(Secret) (CodeReader, error)
}

// A Secret is what an authenticator app needs to know of a device.
type Secret struct {
	User   iamuser.Identity
	Serial string
	Seed   mfa.Seed
}

// A CodeReader reads codes of the new device from a person who was shown its secret.
type CodeReader interface {
	// Codes reads two codes in a row. attempt counts from 1 to CodePairs.
	Codes(ctx context.Context, attempt int) (one, two string, err error)
	// Close hides the secret.
	Close()
}

// A Device is enabled.
type Device struct {
	Serial string
	// Replaced: a device of the same name was there that nobody had enabled.
	Replaced bool
}

// callLimit bounds a call that Ctrl-C does not cut short: calls that create or enable a device are waited for, so that
// it is known what there is to undo.
const callLimit = 30 * time.Second

// CodePairs is how many pairs of codes are tried.
const CodePairs = 3

// An enrollment is the life of one device, until it is enabled or deleted again.
type enrollment struct {
	Enroller
	Request

	log        *slog.Logger
	device     Device
	seed       mfa.Seed
	enableSent bool // EnableMFADevice was called
}

// Enroll makes a device and enables it. After an error there is none, or the error says what is left.
func (r Enroller) Enroll(ctx context.Context, q Request) (_ Device, err error) {
	e := &enrollment{Enroller: r, Request: q}
	if e.log, err = r.Logs.Open(); err != nil {
		return Device{}, err
	}
	unlock, err := e.create(ctx)
	if err != nil {
		return Device{}, err
	}
	defer unlock()
	if err := e.enable(ctx); err != nil {
		if err = e.undo(ctx, err); err != nil {
			return Device{}, err
		}
	}
	e.log.Info("mfa device enabled", "serial", e.device.Serial, "seed_stored", e.StoreSeed)
	return e.device, nil
}

// create creates the device, under the first of the names that no enabled device has. The device is locked until
// unlock.
func (e *enrollment) create(ctx context.Context) (unlock func(), err error) {
	for _, name := range e.Names {
		e.device.Serial = e.User.DeviceARN(name)
		unlock, _, err = e.Provider.Lock(ctx, e.Profile, resolve.DeviceLock(e.device.Serial))
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
	return nil, &ui.UsageError{
		Reason: "somebody has enabled a device of that name: " + e.device.Serial,
		Next:   "choose another name: --name NAME",
	}
}

// createNamed creates the device. It replaces a device of the same name that nobody has enabled: a run that was killed
// leaves one, and IAM shows a seed only once. A DeleteConflict means that somebody has enabled it.
func (e *enrollment) createNamed(ctx context.Context, name string) error {
	// Lock the keyring first, so that no device is created whose seed cannot be stored.
	unlock, err := e.lockChanges(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := uninterrupted(ctx)
	defer cancel()
	created, err := e.createAndStore(ctx, name)
	unlock()
	if err != nil && created {
		return e.undo(ctx, err)
	}
	return err
}

// createAndStore creates the device and stores its seed. created: the device may be there, even after an error.
func (e *enrollment) createAndStore(ctx context.Context, name string) (created bool, err error) {
	device, err := e.Client.CreateVirtualMFADevice(ctx, name)
	if iam.Is(err, iam.AlreadyExists) {
		if err := e.deleteDevice(ctx); err != nil {
			if iam.Is(err, iam.AccessDenied) {
				err = &leftoverError{serial: e.device.Serial, err: err}
			}
			return false, err
		}
		e.device.Replaced = true
		device, err = e.Client.CreateVirtualMFADevice(ctx, name)
	}
	if err != nil {
		// Without an answer the device may have been created. Its seed is lost.
		return unanswered(err), err
	}
	e.log.Info("mfa device created", "serial", device.Serial, "replaced", e.device.Replaced)
	e.device.Serial = device.Serial
	if e.seed, err = mfa.ParseSeed(device.Seed.Reveal()); err == nil {
		err = e.storeSeed(ctx)
	}
	return true, err
}

// storeSeed stores the seed where the request says. A seed that was stored for this serial before belonged to another
// device.
func (e *enrollment) storeSeed(ctx context.Context) error {
	store, err := e.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	if e.StoreSeed {
		err = store.PutSeed(ctx, e.device.Serial, e.seed.Encode())
	} else if err = store.RemoveSeed(ctx, e.device.Serial); errors.Is(err, cache.ErrNotFound) {
		err = nil
	}
	if err != nil || e.Save == nil {
		return err
	}
	return e.Save(e.secret())
}

// deleteDevice deletes the device at AWS. That it is not there is no error.
func (e *enrollment) deleteDevice(ctx context.Context) error {
	err := e.Client.DeleteVirtualMFADevice(ctx, e.device.Serial)
	if iam.Is(err, iam.NoSuchEntity) {
		return nil
	}
	return err
}

func (e *enrollment) secret() Secret {
	return Secret{User: e.User, Serial: e.device.Serial, Seed: e.seed}
}

// enable gives the device to the user, by two of its codes.
func (e *enrollment) enable(ctx context.Context) error {
	codes := e.makeCodes
	if !e.StoreSeed {
		reader, err := e.Show(e.secret())
		if err != nil {
			return err
		}
		defer reader.Close()
		codes = reader.Codes
	}
	ledger := e.Prompts.Ledger()
	for attempt := 1; ; attempt++ {
		one, two, err := codes(ctx, attempt)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return mfa.ErrCancelled
		}
		for _, code := range []string{one, two} {
			if err := ledger.Spend(e.device.Serial, code, e.World.Now()); err != nil {
				e.log.Warn("the code could not be recorded as spent", "error", err.Error())
			}
		}
		err = e.enableWith(ctx, one, two)
		if err == nil || !iam.Is(err, iam.WrongCode) || attempt == CodePairs {
			return err
		}
	}
}

// makeCodes makes two codes in a row from the stored seed.
func (e *enrollment) makeCodes(ctx context.Context, _ int) (one, two string, err error) {
	source := mfa.Stored(e.seed, e.Prompts.Ledger(), e.World.Now, e.Prompts.Countdown)
	request := mfa.Request{Serial: e.device.Serial, Profile: e.Profile, Attempt: 1}
	if one, err = source.Code(ctx, request); err == nil {
		two, err = source.Code(ctx, request) // waits for the next code
	}
	return one, two, err
}

// enableWith calls EnableMFADevice. Where its answer is lost it asks AWS whether the device is enabled.
func (e *enrollment) enableWith(ctx context.Context, one, two string) error {
	ctx, cancel := uninterrupted(ctx)
	defer cancel()
	e.enableSent = true
	err := e.Client.EnableMFADevice(ctx, e.User.Name, e.device.Serial, one, two)
	if !unanswered(err) {
		return err
	}
	devices, listErr := e.Client.ListMFADevices(ctx)
	e.log.Warn("no answer to EnableMFADevice", "error", err.Error(), "looked", listErr == nil)
	if (Devices{List: devices}).Has(e.device.Serial) {
		return nil
	}
	return err
}

// undo deletes the device again, because of why. It returns why, with what is left where the device could not be
// deleted; or nil if the device turns out to be enabled by a call whose answer was lost.
func (e *enrollment) undo(ctx context.Context, why error) error {
	ctx, cancel := uninterrupted(ctx)
	defer cancel()
	err := e.deleteDevice(ctx)
	e.log.Info("mfa device deleted again", "serial", e.device.Serial, "ok", err == nil, "why", why.Error())
	answerLost := unanswered(why)
	switch {
	case answerLost && iam.Is(err, iam.DeleteConflict) && e.enableSent:
		return nil
	case answerLost && iam.Is(err, iam.DeleteConflict):
		return why // the device is enabled, and somebody else's
	case err != nil:
		why = &orphanError{err: why, serial: e.device.Serial, cause: err, unknown: answerLost}
	}
	// The seed is removed only where the device cannot be in use.
	if e.StoreSeed && (err == nil || !answerLost) {
		if err := e.removeSeed(ctx); err != nil && !errors.Is(err, cache.ErrNotFound) {
			e.log.Warn("a seed of no use is still stored", "serial", e.device.Serial, "error", err.Error())
		}
	}
	return why
}

func (e *enrollment) removeSeed(ctx context.Context) error {
	unlock, err := e.lockChanges(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := e.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	return store.RemoveSeed(ctx, e.device.Serial)
}

func (e *enrollment) lockChanges(ctx context.Context) (unlock func(), err error) {
	return e.Keyring.LockChanges(ctx, e.Profile, "mfa enroll "+e.Profile)
}

// uninterrupted is a context that Ctrl-C does not end.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callLimit)
}

// unanswered reports whether a call may have been carried out although it failed.
func unanswered(err error) bool {
	_, ok := errors.AsType[*iam.UnreachableError](err)
	return ok
}
