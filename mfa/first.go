package mfa

import (
	"context"
	"errors"
)

// First is a source that asks the sources in order and takes the answer of the first that is usable
// here, whatever it is: a seed that gives the wrong code does not become a prompt. When none is usable
// it is a *NoHumanError.
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
		return "", &NoHumanError{Serial: r.Serial, Profile: r.Profile, Source: r.Source, Tried: tried}
	})
}

// Unspent is a source that never gives a code that the ledger knows as spent: it waits for the next step
// and asks src once more. It is for programs, which give the same code for 30 seconds. A wait that
// would pass the deadline, or a second spent code, is the *SpentError. A nil wait is a timer.
func Unspent(src Source, ledger Ledger, clock Clock, wait Wait) Source {
	return SourceFunc(func(ctx context.Context, r Request) (string, error) {
		for again := false; ; again = true {
			code, err := src.Code(ctx, r)
			if err != nil {
				return "", err
			}
			now := clock()
			err = ledger.Check(r.Serial, code, now)
			var spent *SpentError
			if err == nil || !errors.As(err, &spent) {
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
