// Package rotate replaces a long-lived access key by a new one of the same IAM user.
//
// At every moment the keyring has a key that works, wherever the process is killed; running it again goes on from
// there. It never touches an active key that it did not make or was not told to replace, and it never deletes a key
// that somebody may use. What to do next is decided in state.go, without I/O; this file does one step after the other.
package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hatstand/cache"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc/iam"
	"hatstand/mfa"
)

// Deps are what a rotation uses.
type Deps struct {
	World    app.World // its clock
	Settings *app.Settings
	Logs     *app.Log
	Locks    *app.LockFolder
	Keyring  *provider.Keyring
	Users    *iamuser.Users
	// Say shows what is being done.
	Say func(text string)
}

// Options say what to do.
type Options struct {
	// Profile is the one whose key is replaced. All profiles that share the key get the new one.
	Profile string
	// KeepOld leaves the old key inactive instead of deleting it. A run that finishes an interrupted one uses the
	// first one's options.
	KeepOld bool
	// DeleteInactive deletes the user's other key first, if that is inactive.
	DeleteInactive bool
	// Sessions are there already. They outlive the keys that got them.
	Sessions iamuser.Sessions
}

// A Result is what was done.
type Result struct {
	Profiles []string
	Old, New string
	Deleted  bool // the old key; else it is inactive
}

func (r Result) String() string {
	end := "the old key is deleted"
	if !r.Deleted {
		end = "the old key is inactive"
	}
	return fmt.Sprintf("%s: %s is replaced by %s; %s\n", strings.Join(r.Profiles, ", "), r.Old, r.New, end)
}

// maxSteps is more than any rotation takes.
const maxSteps = 40

// A rotation is one run.
type rotation struct {
	Deps
	state

	store *cache.Store
	log   *slog.Logger
	owner *iamuser.User // of the key
	// iam signs with a session, or with a key; withMFA tells which.
	iam     *iam.Client
	withMFA bool
	// noteUnder is the profile that the note is stored under.
	noteUnder string
	listed    time.Time // when keys was read, by this machine's clock
	cause     error     // why all is being undone
}

// Key replaces a profile's key, or goes on where an earlier run stopped.
func Key(ctx context.Context, d Deps, o Options, k *provider.RoleFlags) (Result, error) {
	unlock, err := lockRotation(ctx, d, o.Profile)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	r, err := start(ctx, d, o, k)
	if err != nil {
		return Result{}, err
	}
	done := Result{}
	for range maxSteps {
		if n := r.note; n != nil && n.Next.AccessKeyID != "" {
			old, made := n.Old.AccessKeyID, n.Next.AccessKeyID
			done = Result{Profiles: r.profilesWith(made), Old: old, New: made, Deleted: r.key(old) == nil}
		}
		next, id, err := r.next()
		if err == nil {
			r.log.Info("rotation", "profile", o.Profile, "step", string(next), "key", id)
			err = r.do(ctx, next, id)
		}
		if err != nil {
			return done, r.stopped(ctx, err)
		}
		if next == finish {
			return done, r.undone()
		}
	}
	return done, errors.New("the rotation was given up: it needed too many steps")
}

// lockRotation keeps a second process from making a third key, and any other one from changing keys meanwhile.
func lockRotation(ctx context.Context, d Deps, profile string) (unlock func(), err error) {
	locks, err := d.Locks.Open()
	if err != nil {
		return nil, err
	}
	unlockRotation, err := locks.Try("rotate")
	switch {
	case isA[*lock.HeldError](err):
		return nil, &KeyError{
			Profile: profile, ID: "of the keyring", Reason: "is being replaced by another hatstand",
			Next: []string{"wait for it, then see what there is: hatstand keys list"},
		}
	case err != nil:
		return nil, err
	}
	unlockKeys, err := d.Keyring.LockChanges(ctx, profile, "keys rotate "+profile)
	if err != nil {
		unlockRotation()
		return nil, err
	}
	return func() { unlockKeys(); unlockRotation() }, nil
}

// startUndoing has all undone, for a cause.
func (r *rotation) startUndoing(cause error) error {
	r.log.Warn("the rotation is undone", "error", cause.Error())
	r.undoing, r.cause = true, cause
	return nil
}

// undone is the error of a rotation that was undone; nil for one that was not.
func (r *rotation) undone() error {
	if r.cause == nil {
		return nil
	}
	return &stoppedError{
		profile: r.profile, inUse: "everything was undone: the old key " + r.current + " stays in use", err: r.cause,
	}
}

// stopped adds to an error what the rotation has left.
func (r *rotation) stopped(ctx context.Context, err error) error {
	var two *twoKeysError
	if errors.As(err, &two) {
		two.uses = map[string]iam.Use{}
		for _, k := range two.keys {
			if use, err := r.iam.AccessKeyLastUsed(ctx, k.ID); err == nil { // what AWS does not tell is left out
				two.uses[k.ID] = use
			}
		}
	}
	if r.cause != nil {
		err = fmt.Errorf("%w; and it could not be undone: %w", r.cause, err)
	}
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		err = fmt.Errorf("profile %q: %w", r.profile, mfa.ErrCancelled)
	}
	if r.note == nil || isA[*otherUserError](err) {
		return err
	}
	return &stoppedError{profile: r.profile, inUse: r.inUse(), again: true, err: err}
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// dropKey takes a deleted key from the list.
func (r *rotation) dropKey(id string) {
	r.keys = slices.DeleteFunc(r.keys, func(k iam.Key) bool { return k.ID == id })
}
