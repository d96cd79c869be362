package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
)

// start looks at the keyring, the files and AWS's list.
func start(ctx context.Context, d Deps, o Options, k *provider.RoleFlags) (*rotation, error) {
	r := &rotation{Deps: d}
	r.state = state{
		profile: o.Profile, unused: map[string]bool{}, keepOld: o.KeepOld, deleteInactive: o.DeleteInactive,
	}
	var err error
	if r.log, err = d.Logs.Open(); err != nil {
		return nil, err
	}
	if r.store, err = d.Keyring.Open(ctx); err != nil {
		return nil, err
	}
	if r.owner, err = r.findOwner(ctx); err != nil {
		return nil, err
	}
	if r.owner.KeyInFile() {
		return nil, &ui.UsageError{
			Reason: "profile " + ui.Quoted(o.Profile) + " has its key in a file, not in the keyring",
			Next:   "move it there first: hatstand keys import --from credentials " + o.Profile,
		}
	}
	if err := r.owner.CheckHosts(); err != nil {
		return nil, err
	}
	r.current, r.user = r.owner.Stored.AccessKeyID, r.owner.Stored.ARN
	if err := r.readKeyring(ctx); err != nil {
		return nil, err
	}
	r.state.inFiles = inFiles(d.Settings, r.current)
	if strings.HasSuffix(r.user, ":root") {
		return nil, &KeyError{
			Profile: o.Profile, ID: r.current,
			Reason: "is of the account's root user (" + r.user + "), which is not rotated",
			Next:   []string{"use an IAM user's key instead, and delete this one: root needs none"},
		}
	}
	c, withMFA, err := o.Sessions.Signer(ctx, r.owner, k)
	if err != nil {
		return nil, err
	}
	if r.iam, err = r.owner.IAMWith(c, withMFA); err != nil {
		return nil, err
	}
	r.withMFA = withMFA
	return r, r.list(ctx)
}

// findOwner finds the user of the profile's key. Where the stored key cannot be read, since the process that was
// writing it was killed, the note has both keys.
func (r *rotation) findOwner(ctx context.Context) (*iamuser.User, error) {
	u, err := r.Users.Find(ctx, r.profile)
	if !errors.Is(err, cache.Corrupt) && !isNoKeys(err) {
		return u, err
	}
	n, failed := r.store.Rotation(ctx, r.profile)
	if failed != nil {
		return nil, err
	}
	if u, failed = r.Users.OfProfile(r.profile); failed != nil {
		return nil, err
	}
	for _, k := range []cache.Keys{n.Next, n.Old} {
		if k.AccessKeyID == "" {
			continue
		}
		u.Use(k)
		if arn, _ := u.AskARN(ctx, u.Keys); arn == n.Old.ARN {
			r.log.Warn("the stored key cannot be read; the note's is stored again", "key", k.AccessKeyID)
			return u, r.store.PutKeys(ctx, r.profile, k)
		}
	}
	return nil, err
}

func isNoKeys(err error) bool {
	e, ok := errors.AsType[*resolve.Error](err)
	return ok && e.Kind == resolve.NoKeys
}

// readKeyring reads which profile has which key, and the note. A run for a profile that shares the key may have written
// it.
func (r *rotation) readKeyring(ctx context.Context) error {
	names, err := r.store.ListKeys(ctx)
	if err != nil {
		return err
	}
	r.storedFor = map[string]string{}
	for _, name := range names {
		k, err := r.store.Keys(ctx, name)
		switch {
		case err == nil:
			r.storedFor[name] = k.AccessKeyID
		case !errors.Is(err, cache.ErrNotFound) && !errors.Is(err, cache.Corrupt):
			return err
		}
	}
	r.noteUnder = r.profile
	noted, err := r.store.ListRotations(ctx)
	if err != nil {
		return err
	}
	for _, name := range noted {
		n, err := r.store.Rotation(ctx, name)
		if errors.Is(err, cache.Corrupt) || errors.Is(err, cache.ErrNotFound) {
			continue // as if there were none: without a note no key of it is ever deleted
		}
		if err != nil {
			return err
		}
		if name == r.profile || slices.Contains([]string{n.Old.AccessKeyID, n.Next.AccessKeyID}, r.current) {
			r.note, r.noteUnder = &n, name
		}
		if name == r.profile {
			return nil
		}
	}
	return nil
}

// inFiles is where the user's files have a key, for messages.
func inFiles(settings *app.Settings, id string) (where []string) {
	set, err := settings.Profiles()
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

// list asks AWS for the user's keys.
func (r *rotation) list(ctx context.Context) error {
	return r.retry(ctx, func() (err error) {
		r.listed = r.World.Now()
		r.keys, r.at, err = r.iam.ListAccessKeys(ctx)
		return err
	})
}
