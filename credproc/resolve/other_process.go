package resolve

import (
	"context"
	"errors"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
)

// ErrNobody is wrapped by the error of a source of codes where there is nobody to ask for one.
var ErrNobody = errors.New("there is nobody to ask")

// otherProcessTime is how long a process that has nobody to ask waits for another process to take the lock. The kernel
// wakes all that waited at once; on a busy machine each may have to read the keyring first.
const otherProcessTime = 800 * time.Millisecond

// leavesToOthers decides whether a process that has the lock, and nobody to ask for a code, lets another process try.
// If it had to wait for the lock, others are probably waiting too, and one of them may have a terminal. It fails at
// once if the lock was free, or if it does not need what others get (needless): its cached credentials still serve, or
// it does not read the cache.
func leavesToOthers(waited, needless bool, err error) bool {
	return waited && !needless && errors.Is(err, ErrNobody)
}

// waitForOtherProcess waits, after the lock was released, for the credentials of a process that takes it. If none does,
// cause is the error.
func (r *Resolver) waitForOtherProcess(ctx context.Context, p credproc.Plan, i int, cause error) (credentials.Value,
	error) {
	r.Log.Info("nobody to ask: waiting for another process that has the lock", "step", i, "why", cause.Error())
	for {
		taken, err := r.Locks.Await(ctx, lockOf(p.Steps[i]), otherProcessTime)
		if err != nil {
			return r.cachedElse(ctx, p, i, err)
		}
		if !taken {
			return r.cachedElse(ctx, p, i, cause)
		}
		if c, ok, err := r.fresh(ctx, p, i); ok || err != nil {
			return c, err
		}
	}
}
