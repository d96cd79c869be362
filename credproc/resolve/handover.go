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

// handoverTime is how long a process that has nobody to ask gives the others that waited with it to take the lock.
// The kernel wakes them in no order, but at once; each may have to read the keyring first, on a busy machine.
const handoverTime = 800 * time.Millisecond

// handsOver decides whether a process that has the lock and no code leaves both to others. Whoever waited, for
// one that was killed while it asked, say, is rarely alone in that, and another one may have somebody to ask.
// Who found the lock free fails at once; so does who has no need of what others get (needless), because there
// are credentials that still serve, or because it would not look.
func handsOver(waited, needless bool, err error) bool {
	return waited && !needless && errors.Is(err, ErrNobody)
}

// handOver waits, with the lock let go, for the credentials of whoever takes it. When nobody does, cause is
// the answer.
func (r *Resolver) handOver(ctx context.Context, p credproc.Plan, i int, cause error) (credentials.Value, error) {
	r.Log.Info("the lock is left to others that wait", "step", i, "why", cause.Error())
	for {
		taken, err := r.Locks.Await(ctx, lockOf(p.Steps[i]), handoverTime)
		if err != nil {
			return r.stale(ctx, p, i, err)
		}
		if !taken {
			return r.stale(ctx, p, i, cause)
		}
		if c, ok, err := r.fresh(ctx, p, i); ok || err != nil {
			return c, err
		}
	}
}
