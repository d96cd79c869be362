package mfa

import (
	"context"
	"sync"
	"time"
)

const fromSeed = "the stored seed"

// Stored is a source that makes codes from a seed. When the code of this step was spent it waits for the
// next one; a wait past the deadline is an error of kind Spent at once. After a refusal it gives the next step's
// code once, then an error of kind SeedRefused, since the seed or the clock may be wrong. A nil wait is a timer.
func Stored(seed Seed, ledger Ledger, clock Clock, wait Wait) Source {
	return &stored{seed: seed, ledger: ledger, clock: clock, wait: wait}
}

// Seeds holds the seeds of virtual MFA devices.
type Seeds interface {
	// Seed gives the stored text of the seed for a serial. No seed is "", or an error that wraps
	// ErrUnusable.
	Seed(ctx context.Context, serial string) (string, error)
}

// FromSeeds is Stored with the seed that seeds holds for the serial asked for, looked up at the first
// ask. It is unusable where there is none.
func FromSeeds(seeds Seeds, ledger Ledger, clock Clock, wait Wait) Source {
	var mu sync.Mutex
	found := map[string]Source{}
	return SourceFunc(func(ctx context.Context, r Request) (string, error) {
		mu.Lock()
		src, ok := found[r.Serial]
		mu.Unlock()
		if !ok {
			text, err := seeds.Seed(ctx, r.Serial)
			if err != nil {
				return "", err
			}
			if text == "" {
				return "", Unusable("no stored seed")
			}
			seed, err := ParseSeed(text)
			if err != nil {
				return "", err
			}
			src = Stored(seed, ledger, clock, wait)
			mu.Lock()
			found[r.Serial] = src
			mu.Unlock()
		}
		return src.Code(ctx, r)
	})
}

type stored struct {
	seed   Seed
	ledger Ledger
	clock  Clock
	wait   Wait

	mu   sync.Mutex
	last int64 // the step given last; it counts where the ledger could not be written
	used bool
}

func (s *stored) Code(ctx context.Context, r Request) (string, error) {
	if s.seed.IsZero() {
		return "", notASeed("it is empty")
	}
	if r.Attempt > 2 {
		return "", refused(SeedRefused, r.Serial, fromSeed, r.Refused)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	at := s.unspent(r.Serial, now)
	if at.After(now) {
		if !r.Deadline.IsZero() && at.After(r.Deadline) {
			return "", NewSpent(r.Serial, at.Sub(now))
		}
		if err := waitUntil(ctx, r, "the next token code", s.clock, s.wait, at); err != nil {
			return "", err
		}
		if now = s.clock(); now.After(at) {
			at = now
		}
	}
	code, step := s.seed.At(at)
	s.last, s.used = step, true
	return code, nil
}

// unspent gives the earliest time whose code was sent neither by this source nor, as far as the ledger
// knows, by anybody else.
func (s *stored) unspent(serial string, now time.Time) time.Time {
	at := s.ledger.NextStep(serial, now)
	for range 2 { // what is further away was written by a clock that ran ahead
		code, step := s.seed.At(at)
		if !(s.used && s.last == step) && s.ledger.Check(serial, code, at) == nil {
			return at
		}
		at = StepEnd(step)
	}
	return at
}

// waitUntil waits, for at most the request's deadline.
func waitUntil(ctx context.Context, r Request, what string, clock Clock, wait Wait, until time.Time) error {
	ctx, cancel := withDeadline(ctx, r.Deadline)
	defer cancel()
	if wait == nil {
		wait = func(ctx context.Context, _ string, until time.Time) error {
			timer := time.NewTimer(until.Sub(clock()))
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-timer.C:
				return nil
			}
		}
	}
	err := wait(ctx, r.Serial, until)
	if err != nil && ctx.Err() != nil {
		return Stopped(ctx, what, r.Profile)
	}
	return err
}

// withDeadline is context.WithDeadline, where a zero deadline is none.
func withDeadline(ctx context.Context, deadline time.Time) (context.Context, context.CancelFunc) {
	if deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline)
}
