package resolve

import (
	"context"
	"errors"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
)

// While a person is asked or AWS takes its time, another process may replace the keys of the base (keys add,
// keys rotate): AWS may have forgotten the old ones by then, and what they made is not kept.

// keep puts credentials into the keyring, unless the keys that made them, by their ID, were replaced. Whoever
// replaces keys drops their sessions after it has stored the new ones. So the look after the write misses
// none: either the keys are other ones by then, or the session is there to be dropped.
func (r *Resolver) keep(ctx context.Context, p credproc.Plan, item credproc.Item, c credentials.Value,
	made string) error {
	if same, err := r.still(ctx, p, made); !same {
		return err
	}
	if err := r.Sessions.PutSession(ctx, item.Base, item.Hash, c, r.Now()); err != nil {
		return err
	}
	if same, err := r.still(ctx, p, made); !same {
		return errors.Join(err, r.Sessions.RemoveSession(ctx, item.Base, item.Hash))
	}
	return nil
}

// still tells whether the keys are the same. Of those that cannot be read nobody knows.
func (r *Resolver) still(ctx context.Context, p credproc.Plan, made string) (bool, error) {
	id, err := r.keyID(ctx, p)
	if err == nil && id != made {
		r.Log.Warn("the base's keys changed meanwhile: not kept", "base", p.Base.Profile)
	}
	return err == nil && id == made, err
}

// sayReplaced has a refusal say that the keys of the call are not those of the keyring any more.
func (r *Resolver) sayReplaced(ctx context.Context, p credproc.Plan, made string, err error) {
	var e *sts.RefusedError
	if made == "" || !errors.As(err, &e) {
		return
	}
	id, err := r.keyID(context.WithoutCancel(ctx), p)
	e.Facts.Replaced = err == nil && id != made
}

// keyID is the ID of the keyring's key that the plan starts from, as far as there is one.
func (r *Resolver) keyID(ctx context.Context, p credproc.Plan) (string, error) {
	if p.Temporary || !p.Base.Kind.InKeyring() {
		return "", nil
	}
	c, _, err := r.Keys.Keys(ctx, p.Base.Profile)
	return c.AccessKeyID, err
}

// baseAgain looks at the keyring's keys once more, before the call i; others are what they were.
func (r *Resolver) baseAgain(ctx context.Context, p credproc.Plan, i int,
	with credentials.Value) (credentials.Value, string, error) {
	if i > 0 || with.Source != fromKeyring {
		return with, "", nil
	}
	return r.base(ctx, p)
}
