package rotate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cache"
	"hatstand/credproc/credentials"
	"hatstand/credproc/iam"
	"hatstand/credproc/sts"
)

// do does one step, and brings the state up to date.
func (r *rotation) do(ctx context.Context, next step, id string) error {
	switch next {
	case askLastUse:
		use, err := r.iam.AccessKeyLastUsed(ctx, id)
		r.unused[id] = use.At.IsZero()
		return err
	case deleteKey:
		return r.delete(ctx, id)
	case writeNote:
		return r.writeNote(ctx)
	case createKey:
		r.Say("making a new access key")
		return r.create(ctx)
	case waitForKey:
		return r.waitForKey(ctx)
	case storeNew:
		return r.replaceKey(ctx, r.note.Old.AccessKeyID, r.note.Next)
	case storeOld:
		return r.replaceKey(ctx, r.note.Next.AccessKeyID, r.note.Old)
	case deactivateOld:
		r.Say("making " + id + " inactive")
		err := r.setActive(ctx, id, false)
		if iam.Is(err, iam.AccessDenied) {
			return r.startUndoing(err)
		}
		return err
	case activateOld:
		return r.setActive(ctx, id, true)
	case deleteOld:
		// This is the last chance to go back to the old key.
		if err := r.waitForKey(ctx); isA[*notKnownError](err) && r.withMFA {
			return r.startUndoing(err)
		} else if err != nil {
			return err
		}
		return r.delete(ctx, id)
	case markForDeletion:
		n := *r.note
		n.Next, n.Doomed = cache.Keys{}, id
		r.note = &n
		return r.store.PutRotation(ctx, r.noteUnder, n)
	case dropNote, finish:
		if err := r.store.RemoveRotation(ctx, r.noteUnder); err != nil {
			return err
		}
		r.note, r.ownNote, r.noteUnder = nil, false, r.profile
		return nil
	}
	return fmt.Errorf("no such step: %s", next)
}

// With madeWithin, these leave time between the list and the last moment at which a key may be made.
const (
	listFresh   = 30 * time.Second
	createLimit = time.Minute
)

// writeNote writes the note. Whoever unlocks a keyring may take their time: the list that the note holds has to be
// fresh when the key is made.
func (r *rotation) writeNote(ctx context.Context) error {
	old := r.owner.Stored
	old.ARN = r.user
	for range 3 {
		n := cache.Rotation{Old: old, Began: r.at, KeepOld: r.keepOld}
		for _, k := range r.keys {
			n.Seen = append(n.Seen, k.ID)
		}
		if err := r.store.PutRotation(ctx, r.noteUnder, n); err != nil {
			return err
		}
		r.note, r.ownNote = &n, true
		if r.World.Now().Sub(r.listed) < listFresh {
			return nil
		}
		if err := r.list(ctx); err != nil {
			return err
		}
	}
	return nil
}

// create makes the new key and notes it. From the call on, neither a Ctrl-C nor a closed window may come between the
// secret and the keyring.
func (r *rotation) create(ctx context.Context) error {
	sent, stop := context.WithTimeout(context.WithoutCancel(ctx), createLimit)
	defer stop()
	made, err := r.iam.CreateAccessKey(sent)
	if err != nil {
		return r.notCreated(ctx, err)
	}
	n := *r.note
	n.Next = cache.Keys{
		AccessKeyID: made.ID, SecretAccessKey: made.Secret.Reveal(), ARN: n.Old.ARN, Added: r.World.Now().UTC(),
	}
	n.Made = made.Created
	err = r.store.PutRotation(context.WithoutCancel(ctx), r.noteUnder, n)
	r.keys = append(r.keys, made.Key)
	if err == nil {
		r.note = &n
		return ctx.Err()
	}
	// Without its secret the key is of no use to anybody.
	if failed := r.delete(context.WithoutCancel(ctx), made.ID); failed != nil {
		return fmt.Errorf("the new key %s could not be stored (%w), nor deleted at AWS: %w", made.ID, err, failed)
	}
	return err
}

// notCreated drops the note where AWS has said that it made no key. Where the call failed, it may have made one.
func (r *rotation) notCreated(ctx context.Context, err error) error {
	var refused *iam.RefusedError
	if !errors.As(err, &refused) || !refused.Undone() {
		return err
	}
	if failed := r.store.RemoveRotation(ctx, r.noteUnder); failed != nil {
		return errors.Join(err, failed)
	}
	r.note = nil
	return err
}

// waitForKey waits until AWS answers the new key, and checks that it is the same user's.
func (r *rotation) waitForKey(ctx context.Context) error {
	made := r.note.Next
	began := r.World.Now()
	for i := 0; ; i++ {
		arn, err := r.owner.AskARN(ctx, credentials.Value{
			AccessKeyID: made.AccessKeyID, SecretAccessKey: made.SecretAccessKey,
		})
		if err == nil && arn != r.user {
			return &KeyError{
				Profile: r.profile, ID: made.AccessKeyID,
				Reason: fmt.Sprintf("is of %q and not of %s: not stored", arn, r.user),
			}
		}
		if err == nil {
			r.newWorks = true
			return nil
		}
		var refused *sts.RefusedError
		if !errors.As(err, &refused) || refused.Code != "InvalidClientTokenId" {
			return err
		}
		waited := r.World.Now().Sub(began)
		if waited >= waitLimit {
			return &notKnownError{profile: r.profile, id: made.AccessKeyID, waited: waited}
		}
		r.Say(fmt.Sprintf("waiting until AWS knows %s (%d s)", made.AccessKeyID, int(waited.Seconds())))
		if err := r.World.Sleep(ctx, backoff(i)); err != nil {
			return err
		}
	}
}

// replaceKey replaces the key from by to in every profile that has it, this rotation's own profile last: the rotation's
// note is found by that profile's key.
func (r *rotation) replaceKey(ctx context.Context, from string, to cache.Keys) error {
	for _, name := range r.profilesWith(from) {
		if err := r.checkUnchanged(ctx, name, from); err != nil {
			return err
		}
		if err := r.store.PutKeys(ctx, name, to); err != nil {
			return err
		}
		r.storedFor[name] = to.AccessKeyID
	}
	r.current = r.storedFor[r.profile]
	if r.withMFA {
		return nil // the session goes on
	}
	var err error
	r.iam, err = r.owner.IAMWith(credentials.Value{
		AccessKeyID: to.AccessKeyID, SecretAccessKey: to.SecretAccessKey,
	}, false)
	return err
}

// checkUnchanged checks that a profile's key is what it was: a process that has its locks in another folder (one
// without XDG_RUNTIME_DIR, say) may have stored one, whose secret nobody else has.
func (r *rotation) checkUnchanged(ctx context.Context, name, id string) error {
	k, err := r.store.Keys(ctx, name)
	switch {
	case errors.Is(err, cache.Corrupt), err == nil && k.AccessKeyID == id:
		return nil
	case err != nil && !errors.Is(err, cache.ErrNotFound):
		return err
	}
	r.storedFor[name] = k.AccessKeyID
	r.current = r.storedFor[r.profile]
	return &KeyError{
		Profile: name, ID: id, Reason: "was replaced or removed meanwhile by another hatstand",
		Next: []string{"see what there is: hatstand keys list"},
	}
}

func (r *rotation) setActive(ctx context.Context, id string, active bool) error {
	err := r.retry(ctx, func() error { return r.iam.UpdateAccessKey(ctx, id, active) })
	switch k := r.key(id); {
	case err == nil:
		k.Active = active
	case iam.Is(err, iam.NoSuchEntity): // somebody has deleted it
		r.dropKey(id)
		return nil
	}
	return err
}

func (r *rotation) delete(ctx context.Context, id string) error {
	r.Say("deleting " + id)
	err := r.retry(ctx, func() error { return r.iam.DeleteAccessKey(ctx, id) })
	if err != nil && !iam.Is(err, iam.NoSuchEntity) {
		return err
	}
	r.dropKey(id)
	return nil
}

// waitLimit is how long AWS may take to know a new key everywhere; a few seconds are usual.
const waitLimit = 2 * time.Minute

// retry makes a call to IAM again while IAM does not know a key that STS knows already, or is busy with the user.
func (r *rotation) retry(ctx context.Context, call func() error) error {
	began := r.World.Now()
	for i := 0; ; i++ {
		err := call()
		notKnownYet := iam.Is(err, iam.InvalidToken) && r.newWorks && !r.withMFA
		busy := iam.Is(err, iam.TemporarilyUnmodifiable)
		if !notKnownYet && !busy || r.World.Now().Sub(began) >= waitLimit {
			return err
		}
		if err := r.World.Sleep(ctx, backoff(i)); err != nil {
			return err
		}
	}
}

// backoff is how long to wait after the i-th failed try: from a quarter of a second to 5 s.
func backoff(i int) time.Duration {
	return min(250*time.Millisecond<<min(i, 8), 5*time.Second)
}
