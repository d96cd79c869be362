package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/resolve"
)

// shared is Locks that others want as well.
type shared struct {
	freely
	awaited, queued bool           // somebody held it when it was awaited, when it was taken
	takers          []func() error // what those do that take it when it is let go
	did             []string
}

func (s *shared) Await(_ context.Context, _ string, linger time.Duration) (bool, error) {
	if linger == 0 {
		return s.awaited, nil
	}
	s.did = append(s.did, "linger")
	if len(s.takers) == 0 {
		return false, nil
	}
	take := s.takers[0]
	s.takers = s.takers[1:]
	return true, take()
}

func (s *shared) Lock(context.Context, string) (func(), bool, error) {
	s.did = append(s.did, "lock")
	return func() { s.did = append(s.did, "unlock") }, s.queued, nil
}

func TestWhoCanAskNobodyLeavesTheLockToOthersThatWait(t *testing.T) {
	var (
		nobody = fmt.Errorf("no terminal: %w", resolve.ErrNobody)
		no     = fmt.Errorf("cancelled: %w", resolve.ErrDeclined)
		other  = errors.New("mfa_process fails")
	)
	type taker func(*world, credproc.Plan) error
	gets := func(w *world, p credproc.Plan) error {
		w.keep(p, time.Now(), time.Now().Add(time.Hour))
		return nil
	}
	fails := func(*world, credproc.Plan) error { return nil }
	isToldNo := func(*world, credproc.Plan) error { return no }
	for _, row := range []struct {
		name            string
		awaited, queued bool
		takers          []taker
		why             error // why there is no code
		kept            time.Duration
		noCache         bool
		lingers         int
		want            error // nil: it has what is kept
	}{
		{name: "who found it free fails at once", why: nobody, want: nobody},
		{name: "who waited fails when nobody takes it", awaited: true, why: nobody, lingers: 1, want: nobody},
		{name: "who queued fails when nobody takes it", queued: true, why: nobody, lingers: 1, want: nobody},
		{name: "another one gets credentials", awaited: true, takers: []taker{gets}, why: nobody, lingers: 1},
		{name: "another one has nobody either, the next one gets them", awaited: true, takers: []taker{fails, gets}, why: nobody, lingers: 2},
		{name: "all others have nobody", queued: true, takers: []taker{fails, fails}, why: nobody, lingers: 3, want: nobody},
		{name: "another one is told no", awaited: true, takers: []taker{isToldNo}, why: nobody, lingers: 1, want: no},
		{name: "what still serves is served at once", awaited: true, takers: []taker{fails}, why: nobody, kept: 5 * time.Minute},
		{name: "who keeps no sessions fails at once", awaited: true, takers: []taker{gets}, why: nobody, noCache: true, want: nobody},
		{name: "what is no want of a person fails at once", awaited: true, takers: []taker{gets}, why: other, want: other},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.plan(roads, "long", credproc.Options{})
			if row.kept > 0 {
				w.keep(p, time.Now().Add(-time.Hour), time.Now().Add(row.kept))
			}
			locks := shared{awaited: row.awaited, queued: row.queued}
			for _, take := range row.takers {
				locks.takers = append(locks.takers, func() error { return take(w, p) })
			}
			w.r.Locks, w.r.NoCache = &locks, row.noCache
			w.codes.next = func(resolve.CodeRequest) (string, error) { return "", row.why }
			c, err := w.r.Credentials(t.Context(), p)
			if !errors.Is(err, row.want) || row.want == nil && c.AccessKeyID != "ASIAKEPT" {
				t.Errorf("%s, %v", c.AccessKeyID, err)
			}
			// Nobody could take a lock that is held meanwhile.
			if did, want := strings.Join(locks.did, " "), "lock unlock"+strings.Repeat(" linger", row.lingers); did != want {
				t.Errorf("it did %q, want %q", did, want)
			}
			if len(w.codes.asked) != 1 {
				t.Errorf("it looked %d times for somebody to ask", len(w.codes.asked))
			}
			w.wantSaw("")
		})
	}
}
