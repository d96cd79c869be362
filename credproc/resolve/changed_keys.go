package resolve

import (
	"context"
	"errors"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/grant"
	"hatstand/credproc/sts"
)

// While a person is asked for a code, another process may replace the keys of the base. AWS may not know the old ones
// any more, so what they made is not cached.

// store puts credentials into the keyring, unless the key that made them (its ID) was replaced meanwhile. A process
// that replaces keys stores the new ones first and then deletes the sessions of the old. So checking again after the
// write is enough: either the check sees the new key, or the other process sees this session and deletes it. A sign-in
// is replaced under a lock, which is held here too: otherwise, if this process were killed before it checks again, what
// it stored would be served to the next person.
func (r *Resolver) store(ctx context.Context, p credproc.Plan, item credproc.Item, c credentials.Value,
	made string) error {
	if g := p.Base.Grant; !g.IsZero() {
		unlock, _, err := r.Locks.Lock(ctx, grant.StoreLockName(g))
		if err != nil {
			return err
		}
		defer unlock()
	}
	if same, err := r.sameKey(ctx, p, made); !same {
		return err
	}
	if err := r.Sessions.PutSession(ctx, item, c, r.Now()); err != nil {
		return err
	}
	if same, err := r.sameKey(ctx, p, made); !same {
		return errors.Join(err, r.Sessions.RemoveSession(ctx, item))
	}
	return nil
}

// sameKey reports whether the keyring still has the key of that ID.
func (r *Resolver) sameKey(ctx context.Context, p credproc.Plan, made string) (bool, error) {
	id, err := r.keyID(ctx, p)
	if err == nil && id != made {
		r.Log.Warn("the base's keys changed meanwhile: not cached", "base", p.Base.Profile)
	}
	return err == nil && id == made, err
}

// markReplaced notes in a refusal that the keyring has other keys by now than those of the call.
func (r *Resolver) markReplaced(ctx context.Context, p credproc.Plan, made string, err error) {
	var e *sts.RefusedError
	if made == "" || !errors.As(err, &e) {
		return
	}
	id, err := r.keyID(context.WithoutCancel(ctx), p)
	e.Facts.Replaced = err == nil && id != made
}

// checksSignIn reports whether cached credentials of a plan serve only if they come from the sign-in of now.
func (r *Resolver) checksSignIn(p credproc.Plan) bool {
	return r.CheckSignIn && p.Base.Grant.Shareable()
}

// sameKeyQuietly reports whether credentials were made with the key or the sign-in of now, as far as that is known.
func (r *Resolver) sameKeyQuietly(ctx context.Context, p credproc.Plan, made string) bool {
	id, err := r.keyID(ctx, p)
	return err == nil && id == made && made != ""
}

// keyID names what the plan starts from: the ID of the key in the keyring, or a person's sign-in; "" if there is none.
func (r *Resolver) keyID(ctx context.Context, p credproc.Plan) (string, error) {
	if !p.Base.Grant.IsZero() {
		t, _, err := r.Grants.Kept(ctx, p.Base.Grant)
		return t.SignIn, err
	}
	if p.Temporary || !p.Base.Kind.InKeyring() {
		return "", nil
	}
	c, _, err := r.Keys.Keys(ctx, p.Base.Profile)
	return c.AccessKeyID, err
}

// rereadBase reads the base's keys again before call i, if they came from the keyring.
func (r *Resolver) rereadBase(ctx context.Context, p credproc.Plan, i int,
	with credentials.Value) (credentials.Value, string, error) {
	if i > 0 || with.Source != fromKeyring {
		return with, "", nil
	}
	return r.base(ctx, p)
}
