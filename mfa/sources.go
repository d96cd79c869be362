package mfa

import (
	"context"
	"errors"
)

// First is a source that asks the sources in order and takes the answer of the first that is usable
// here, whatever it is: a seed that gives the wrong code does not become a prompt. When none is usable
// it is an error of kind NobodyToAsk.
func First(sources ...Source) Source {
	return SourceFunc(func(ctx context.Context, r Request) (string, error) {
		var tried []error
		for _, s := range sources {
			code, err := s.Code(ctx, r)
			if err == nil || !errors.Is(err, ErrUnusable) {
				return code, err
			}
			tried = append(tried, err)
		}
		return "", nobodyToAsk(r, tried)
	})
}

// Unspent is a source that never gives a code that the ledger knows as spent: it waits for the next step
// and asks src once more. It is for programs, which give the same code for 30 seconds. A wait that
// would pass the deadline, or a second spent code, is an error of kind Spent. A nil wait is a timer.
func Unspent(src Source, ledger Ledger, clock Clock, wait Wait) Source {
	return SourceFunc(func(ctx context.Context, r Request) (string, error) {
		for again := false; ; again = true {
			code, err := src.Code(ctx, r)
			if err != nil {
				return "", err
			}
			now := clock()
			err = ledger.Check(r.Serial, code, now)
			var spent *Error
			if err == nil || !errors.As(err, &spent) || spent.Kind != Spent {
				return code, err
			}
			if again {
				return "", err
			}
			until := now.Add(spent.Wait)
			if !r.Deadline.IsZero() && until.After(r.Deadline) {
				return "", err
			}
			if err := waitUntil(ctx, r, "the next token code", clock, wait, until); err != nil {
				return "", err
			}
		}
	})
}

// FreshStep waits until the step in which a code of the device was last sent is over: the device shows that code until
// then, and it works once. It is for the Ready of Terminal and of a dialog. A code that is asked for again is not
// waited for, since the one that was sent may have been a slip. A wait past the deadline is an error of kind Spent
// at once.
func FreshStep(ledger Ledger, clock Clock, wait Wait) func(context.Context, Request) error {
	return func(ctx context.Context, r Request) error {
		now := clock()
		at := ledger.NextStep(r.Serial, now)
		switch {
		case r.Attempt > 1, r.Refused != "", !at.After(now):
			return nil
		case !r.Deadline.IsZero() && at.After(r.Deadline):
			return NewSpent(r.Serial, at.Sub(now))
		}
		return waitUntil(ctx, r, "the next token code", clock, wait, at)
	}
}
