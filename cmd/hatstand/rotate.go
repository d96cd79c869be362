package main

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
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/mfa"
)

// A rotator makes the moves of one rotation.
type rotator struct {
	app   *parts
	store *cache.Store
	log   *slog.Logger
	show  *ui.Status
	owner *iamuser.User
	// iam signs with the session, or with a key; mfa tells which.
	iam *iam.Client
	mfa bool
	// under is the profile that the note is kept under.
	under  string
	listed time.Time // by this machine's clock
	s      situation
	why    error // why all is being undone
}

// rotation says what one is to do.
type rotation struct {
	profile                 string
	keepOld, deleteInactive bool
	// sessions are there already; they outlive the keys that made them.
	sessions iamuser.Sessions
}

// rotated is what came of it.
type rotated struct {
	profiles []string
	old, new string
	gone     bool // the old key is deleted; else it is inactive
}

func (r rotated) String() string {
	end := "the old key is deleted"
	if !r.gone {
		end = "the old key is inactive"
	}
	return fmt.Sprintf("%s: %s is replaced by %s; %s\n", strings.Join(r.profiles, ", "), r.old, r.new, end)
}

// maxMoves is more than any rotation takes.
const maxMoves = 40

// rotate replaces a profile's key, or goes on where an earlier run stopped.
func (a *parts) rotate(ctx context.Context, what rotation, k *provider.RoleFlags, show *ui.Status) (rotated, error) {
	unlock, err := a.rotateAlone(ctx, what.profile)
	if err != nil {
		return rotated{}, err
	}
	defer unlock()
	r, err := a.newRotator(ctx, what, k, show)
	if err != nil {
		return rotated{}, err
	}
	done := rotated{}
	for range maxMoves {
		if n := r.s.note; n != nil && n.Next.AccessKeyID != "" {
			done = rotated{profiles: r.s.holding(n.Next.AccessKeyID), old: n.Old.AccessKeyID, new: n.Next.AccessKeyID, gone: r.s.key(n.Old.AccessKeyID) == nil}
		}
		m, id, err := r.s.next()
		if err == nil {
			r.log.Info("rotation", "profile", what.profile, "move", string(m), "key", id)
			err = r.make(ctx, m, id)
		}
		if err != nil {
			return done, r.stopped(ctx, err)
		}
		if m == moveFinish {
			return done, r.undone()
		}
	}
	return done, errors.New("the rotation does not come to an end")
}

// rotateAlone keeps a second process from making a third key, and any other from changing keys meanwhile.
func (a *parts) rotateAlone(ctx context.Context, profile string) (unlock func(), err error) {
	locks, err := a.locks.Open()
	if err != nil {
		return nil, err
	}
	only, err := locks.Try("rotate")
	switch {
	case as[*lock.HeldError](err):
		return nil, &keyStateError{profile: profile, id: "of the keyring", state: "is being replaced by another hatstand", hints: []string{"wait for it, then see what there is: hatstand keys list"}}
	case err != nil:
		return nil, err
	}
	alone, err := a.keyring.LockChanges(ctx, profile, "keys rotate "+profile)
	if err != nil {
		only()
		return nil, err
	}
	return func() { alone(); only() }, nil
}

// newRotator looks at the keyring and at AWS's list.
func (a *parts) newRotator(ctx context.Context, what rotation, k *provider.RoleFlags, show *ui.Status) (*rotator, error) {
	r := &rotator{app: a, show: show}
	var err error
	if r.log, err = a.logs.Open(); err != nil {
		return nil, err
	}
	if r.store, err = a.keyring.Open(ctx); err != nil {
		return nil, err
	}
	r.s = situation{profile: what.profile, unused: map[string]bool{}, keepOld: what.keepOld, deleteInactive: what.deleteInactive}
	if r.owner, err = r.findOwner(ctx); err != nil {
		return nil, err
	}
	if r.owner.KeyInFile() {
		return nil, &ui.UsageError{Reason: "profile " + ui.Quoted(what.profile) + " has its key in a file, not in the keyring", Next: "move it there first: hatstand keys import --from credentials " + what.profile}
	}
	if err := r.owner.CheckHosts(); err != nil {
		return nil, err
	}
	r.s.current, r.s.user = r.owner.Stored.AccessKeyID, r.owner.Stored.ARN
	if err := r.readKeyring(ctx); err != nil {
		return nil, err
	}
	r.s.inFiles = a.inFiles(r.s.current)
	if strings.HasSuffix(r.s.user, ":root") {
		return nil, &keyStateError{profile: what.profile, id: r.s.current, state: "is of the account's root user (" + r.s.user + "), which is not rotated",
			hints: []string{"use an IAM user's key instead, and delete this one: root needs none"}}
	}
	c, withMFA, err := what.sessions.Signer(ctx, r.owner, k)
	if err != nil {
		return nil, err
	}
	if r.iam, err = r.owner.IAMWith(c, withMFA); err != nil {
		return nil, err
	}
	r.mfa = withMFA
	return r, r.look(ctx)
}

// findOwner is the owner of the profile's key. Where the stored key cannot be read, since the process
// that was writing it was killed, the note has both.
func (r *rotator) findOwner(ctx context.Context) (*iamuser.User, error) {
	o, err := r.app.users.Find(ctx, r.s.profile)
	if !errors.Is(err, cache.Corrupt) && !as[*resolve.NoKeysError](err) {
		return o, err
	}
	n, noted := r.store.Rotation(ctx, r.s.profile)
	if noted != nil {
		return nil, err
	}
	if o, noted = r.app.users.OfProfile(r.s.profile); noted != nil {
		return nil, err
	}
	for _, kept := range []cache.Keys{n.Next, n.Old} {
		if kept.AccessKeyID == "" {
			continue
		}
		o.Use(kept)
		if arn, _ := o.AskARN(ctx, o.Keys); arn == n.Old.ARN {
			r.log.Warn("the stored key cannot be read; the note's is stored again", "key", kept.AccessKeyID)
			return o, r.store.PutKeys(ctx, r.s.profile, kept)
		}
	}
	return nil, err
}

// readKeyring finds who has which key, and the note. A profile that shares the key may have begun.
func (r *rotator) readKeyring(ctx context.Context) error {
	names, err := r.store.ListKeys(ctx)
	if err != nil {
		return err
	}
	r.s.holders = map[string]string{}
	for _, name := range names {
		k, err := r.store.Keys(ctx, name)
		switch {
		case err == nil:
			r.s.holders[name] = k.AccessKeyID
		case !errors.Is(err, cache.ErrNotFound) && !errors.Is(err, cache.Corrupt):
			return err
		}
	}
	r.under = r.s.profile
	noted, err := r.store.ListRotations(ctx)
	if err != nil {
		return err
	}
	for _, name := range noted {
		n, err := r.store.Rotation(ctx, name)
		if errors.Is(err, cache.Corrupt) || errors.Is(err, cache.ErrNotFound) {
			continue // as if there were none: what it knew of is never deleted without it
		}
		if err != nil {
			return err
		}
		if name == r.s.profile || slices.Contains([]string{n.Old.AccessKeyID, n.Next.AccessKeyID}, r.s.current) {
			r.s.note, r.under = &n, name
		}
		if name == r.s.profile {
			return nil
		}
	}
	return nil
}

// inFiles is where the user's files have a key, for messages.
func (a *parts) inFiles(id string) (where []string) {
	set, err := a.settings.Profiles()
	if err != nil {
		return nil
	}
	for _, p := range set.Profiles() {
		if v := p.Get("aws_access_key_id"); v.Value == id {
			where = append(where, fmt.Sprintf("profile %q (%s:%d)", p.Name, v.Path, v.Line))
		}
	}
	return where
}

// look asks AWS for the user's keys.
func (r *rotator) look(ctx context.Context) error {
	return r.patiently(ctx, func() (err error) {
		r.listed = r.app.Now()
		r.s.keys, r.s.at, err = r.iam.ListAccessKeys(ctx)
		return err
	})
}

// make makes one move, and brings the situation up to date.
func (r *rotator) make(ctx context.Context, m move, id string) error {
	switch m {
	case moveAskUse:
		use, err := r.iam.AccessKeyLastUsed(ctx, id)
		r.s.unused[id] = use.At.IsZero()
		return err
	case moveDiscard:
		r.show.Say("deleting " + id)
		return r.delete(ctx, id)
	case moveBegin:
		return r.begin(ctx)
	case moveCreate:
		r.show.Say("making a new access key")
		return r.create(ctx)
	case moveAwait:
		return r.await(ctx)
	case moveSwitch:
		return r.put(ctx, r.s.note.Old.AccessKeyID, r.s.note.Next)
	case moveRestore:
		return r.put(ctx, r.s.note.Next.AccessKeyID, r.s.note.Old)
	case moveDeactivate:
		r.show.Say("making " + id + " inactive")
		err := r.activate(ctx, id, false)
		if iam.Is(err, iam.AccessDenied) {
			return r.takeBack(err)
		}
		return err
	case moveActivate:
		return r.activate(ctx, id, true)
	case moveDelete:
		// The last moment at which the old key can be had back.
		if err := r.await(ctx); as[*notYetError](err) && r.mfa {
			return r.takeBack(err)
		} else if err != nil {
			return err
		}
		r.show.Say("deleting " + id)
		return r.delete(ctx, id)
	case moveDoom:
		n := *r.s.note
		n.Next, n.Doomed = cache.Keys{}, id
		r.s.note = &n
		return r.store.PutRotation(ctx, r.under, n)
	case moveForget, moveFinish:
		if err := r.store.RemoveRotation(ctx, r.under); err != nil {
			return err
		}
		r.s.note, r.s.begun, r.under = nil, false, r.s.profile
		return nil
	}
	return fmt.Errorf("no such move: %s", m)
}

// begin writes the note. Whoever unlocks a keyring may take their time: the list that the note holds has
// to be fresh when the key is made.
func (r *rotator) begin(ctx context.Context) error {
	old := r.owner.Stored
	old.ARN = r.s.user
	for range 3 {
		n := cache.Rotation{Old: old, Began: r.s.at, KeepOld: r.s.keepOld}
		for _, k := range r.s.keys {
			n.Seen = append(n.Seen, k.ID)
		}
		if err := r.store.PutRotation(ctx, r.under, n); err != nil {
			return err
		}
		r.s.note, r.s.begun = &n, true
		if r.app.Now().Sub(r.listed) < listFresh {
			return nil
		}
		if err := r.look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// With madeWithin, these leave time between the list and the last moment at which a key may be made.
const (
	listFresh   = 30 * time.Second
	createLimit = time.Minute
)

// create makes the new key and notes it. From the call on, neither a Ctrl-C nor a closed window may come
// between the secret and the keyring.
func (r *rotator) create(ctx context.Context) error {
	sent, stop := context.WithTimeout(context.WithoutCancel(ctx), createLimit)
	defer stop()
	made, err := r.iam.CreateAccessKey(sent)
	if err != nil {
		return r.takeBackNote(ctx, err)
	}
	n := *r.s.note
	n.Next = cache.Keys{AccessKeyID: made.ID, SecretAccessKey: made.Secret.Reveal(), ARN: n.Old.ARN, Added: r.app.Now().UTC()}
	n.Made = made.Created
	err = r.store.PutRotation(context.WithoutCancel(ctx), r.under, n)
	r.s.keys = append(r.s.keys, made.Key)
	if err == nil {
		r.s.note = &n
		return ctx.Err()
	}
	// Without its secret the key is of no use to anybody.
	if lost := r.delete(context.WithoutCancel(ctx), made.ID); lost != nil {
		return fmt.Errorf("the new key %s could not be kept (%w), nor deleted: %w", made.ID, err, lost)
	}
	return err
}

// takeBackNote drops the note where AWS has said that it made no key. Where it failed, it may have.
func (r *rotator) takeBackNote(ctx context.Context, err error) error {
	var refused *iam.RefusedError
	if !errors.As(err, &refused) || !refused.Undone() {
		return err
	}
	if dropped := r.store.RemoveRotation(ctx, r.under); dropped != nil {
		return errors.Join(err, dropped)
	}
	r.s.note = nil
	return err
}

// await waits until AWS answers the new key, and holds it to the same user.
func (r *rotator) await(ctx context.Context) error {
	n := r.s.note
	began := r.app.Now()
	for i := 0; ; i++ {
		arn, err := r.owner.AskARN(ctx, credentials{AccessKeyID: n.Next.AccessKeyID, SecretAccessKey: n.Next.SecretAccessKey})
		if err == nil && arn != r.s.user {
			return &keyStateError{profile: r.s.profile, id: n.Next.AccessKeyID, state: fmt.Sprintf("is of %q and not of %s: not stored", arn, r.s.user)}
		}
		if err == nil {
			r.s.works = true
			return nil
		}
		var refused *sts.RefusedError
		if !errors.As(err, &refused) || refused.Code != "InvalidClientTokenId" {
			return err
		}
		waited := r.app.Now().Sub(began)
		if waited >= awaitLimit {
			return &notYetError{profile: r.s.profile, id: n.Next.AccessKeyID, waited: waited}
		}
		r.show.Say(fmt.Sprintf("waiting until AWS knows %s (%d s)", n.Next.AccessKeyID, int(waited.Seconds())))
		if err := r.app.Sleep(ctx, backoff(i)); err != nil {
			return err
		}
	}
}

// awaitLimit is how long a key may take to be known everywhere; a few seconds are usual.
const awaitLimit = 2 * time.Minute

// backoff is how long to wait after the i-th try in vain: from a quarter of a second to 5 s.
func backoff(i int) time.Duration {
	return min(250*time.Millisecond<<min(i, 8), 5*time.Second)
}

// put puts a key in the place of another, the profile's own last: as long as that one is not changed,
// the note is found by it.
func (r *rotator) put(ctx context.Context, from string, to cache.Keys) error {
	for _, name := range r.s.holding(from) {
		if err := r.unchanged(ctx, name, from); err != nil {
			return err
		}
		if err := r.store.PutKeys(ctx, name, to); err != nil {
			return err
		}
		r.s.holders[name] = to.AccessKeyID
	}
	r.s.current = r.s.holders[r.s.profile]
	if !r.mfa {
		// A session goes on; a key that is about to be made inactive does not.
		return r.signWith(to)
	}
	return nil
}

// unchanged holds a profile's key to being what it was: a process that has its locks in another folder (one
// without XDG_RUNTIME_DIR, say) may have stored one, whose secret nobody else has.
func (r *rotator) unchanged(ctx context.Context, name, id string) error {
	k, err := r.store.Keys(ctx, name)
	switch {
	case errors.Is(err, cache.Corrupt), err == nil && k.AccessKeyID == id:
		return nil
	case err != nil && !errors.Is(err, cache.ErrNotFound):
		return err
	}
	r.s.holders[name] = k.AccessKeyID
	r.s.current = r.s.holders[r.s.profile]
	return &keyStateError{profile: name, id: id, state: "was replaced or removed meanwhile by another hatstand", hints: []string{"see what there is: hatstand keys list"}}
}

// signWith has AWS asked with a key as it is.
func (r *rotator) signWith(k cache.Keys) (err error) {
	r.iam, err = r.owner.IAMWith(credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}, false)
	r.mfa = false
	return err
}

func (r *rotator) activate(ctx context.Context, id string, active bool) error {
	err := r.patiently(ctx, func() error { return r.iam.UpdateAccessKey(ctx, id, active) })
	switch k := r.s.key(id); {
	case err == nil:
		k.Active = active
	case iam.Is(err, iam.NoSuchEntity): // somebody was quicker
		r.gone(id)
		return nil
	}
	return err
}

func (r *rotator) delete(ctx context.Context, id string) error {
	err := r.patiently(ctx, func() error { return r.iam.DeleteAccessKey(ctx, id) })
	if err != nil && !iam.Is(err, iam.NoSuchEntity) {
		return err
	}
	r.gone(id)
	return nil
}

func (r *rotator) gone(id string) {
	r.s.keys = slices.DeleteFunc(r.s.keys, func(k iam.Key) bool { return k.ID == id })
}

// patiently makes a call to IAM again while it does not know a key that STS knows already, or is busy
// with the user.
func (r *rotator) patiently(ctx context.Context, call func() error) error {
	began := r.app.Now()
	for i := 0; ; i++ {
		err := call()
		young := iam.Is(err, iam.InvalidToken) && r.s.works && !r.mfa
		if err == nil || !young && !iam.Is(err, iam.TemporarilyUnmodifiable) || r.app.Now().Sub(began) >= awaitLimit {
			return err
		}
		if err := r.app.Sleep(ctx, backoff(i)); err != nil {
			return err
		}
	}
}

// takeBack has all undone, for cause.
func (r *rotator) takeBack(cause error) error {
	r.log.Warn("the rotation is undone", "error", cause.Error())
	r.s.back, r.why = true, cause
	return nil
}

// undone is the error of a rotation that was undone; nil for one that was not.
func (r *rotator) undone() error {
	if r.why == nil {
		return nil
	}
	return &stoppedError{profile: r.s.profile, stands: "all was undone: the old key " + r.s.current + " stays in use", err: r.why}
}

// stopped words what went wrong, and what that has left.
func (r *rotator) stopped(ctx context.Context, err error) error {
	var two *twoKeysError
	if errors.As(err, &two) {
		two.uses = map[string]iam.Use{}
		for _, k := range two.keys {
			if use, err := r.iam.AccessKeyLastUsed(ctx, k.ID); err == nil { // it is told as far as it is known
				two.uses[k.ID] = use
			}
		}
	}
	if r.why != nil {
		err = fmt.Errorf("%w; nor could it be undone: %w", r.why, err)
	}
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		err = fmt.Errorf("profile %q: %w", r.s.profile, mfa.ErrCancelled)
	}
	if r.s.note == nil || as[*otherUserError](err) {
		return err
	}
	return &stoppedError{profile: r.s.profile, stands: r.s.stands(), again: true, err: err}
}
