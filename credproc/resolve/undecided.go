package resolve

import (
	"context"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
)

// undecided runs a plan that depends on another program's answer: long-lived keys, or temporary credentials.
func (r *Resolver) undecided(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	last := len(p.Steps) - 1
	if last < 0 { // the answer itself may be all that is wanted, and that needs no keyring
		return r.decide(ctx, p)
	}
	c, life, err := r.cached(ctx, p, last)
	if err != nil || life == fresh {
		return c, err
	}
	waiting, stop := ctx, context.CancelFunc(func() {})
	if life == due {
		waiting, stop = context.WithTimeout(ctx, briefly)
	}
	defer stop()
	// The program may ask a person something. So of all processes that want the same, one starts it; the others find
	// the result in the cache, or get its failure.
	item := p.Steps[last].Item
	lock := "process/" + item.Base + "/" + item.Hash
	waited, err := r.Locks.Await(waiting, lock, 0)
	if err != nil {
		return r.cachedElse(ctx, p, last, err)
	}
	if waited {
		if c, ok, err := r.fresh(ctx, p, last); ok || err != nil {
			return c, err
		}
	}
	unlock, _, err := r.Locks.Lock(waiting, lock)
	if err != nil {
		return r.cachedElse(ctx, p, last, err)
	}
	defer unlock()
	if c, ok, err := r.fresh(ctx, p, last); ok || err != nil {
		return c, err
	}
	if c, err = r.decide(ctx, p); err != nil {
		r.Locks.Failed(lock, err)
		return r.cachedElse(ctx, p, last, err)
	}
	return c, nil
}

// decide runs the program, and then the plan for what it gave.
func (r *Resolver) decide(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	c, err := r.process(ctx, p)
	if err != nil {
		return credentials.Value{}, err
	}
	p = p.Decided(c)
	r.Log.Debug("the program's answer decides the plan", "base", p.Base.Profile, "temporary", p.Temporary)
	if len(p.Steps) == 0 {
		return c, nil
	}
	return r.step(ctx, p, len(p.Steps)-1, unlimited)
}
