package main

import (
	"context"
	"fmt"
	"time"

	"hatstand/mfa"
)

// unnagged is how long nobody is asked for a code again after a prompt that was declined or not answered, as
// long as there are credentials that serve. A hatstand login helps at once.
const unnagged = 10 * time.Minute

// restsAfter tells whether a person is left alone at a time after the one at which they said no. A refusal
// from the future is of a clock that was set back, and counts for nothing.
func restsAfter(no, now time.Time) bool {
	return !no.IsZero() && !now.Before(no) && now.Before(no.Add(unnagged))
}

type quietKey struct{}

// quietly is a context in which no person is asked for anything: nobody waits for what is being got.
func quietly(ctx context.Context) context.Context {
	return context.WithValue(ctx, quietKey{}, true)
}

func quiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }

type questionKey struct{}

// onQuestion is a context in which asked is called before a person is asked for something.
func onQuestion(ctx context.Context, asked func()) context.Context {
	return context.WithValue(ctx, questionKey{}, asked)
}

// question tells whoever waits for the answer that a person is asked now.
func question(ctx context.Context) {
	if asked, ok := ctx.Value(questionKey{}).(func()); ok {
		asked()
	}
}

var errQuiet = fmt.Errorf("nobody is asked now: %w", mfa.ErrUnusable)
