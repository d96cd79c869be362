// Package prompt says who may be asked for a token code or a passphrase, and how: on the terminal, in a window, or
// not at all. One question is on a terminal at a time, whichever process asks it. It never reads stdin, and what is
// typed stays out of logs and errors.
package prompt

import (
	"context"
	"fmt"
	"time"

	"hatstand/mfa"
)

// A Policy says whether a person may be asked.
type Policy int

const (
	// Normal: a person is asked. One who said no, or nothing, is left alone for a while as long as there are
	// credentials that serve.
	Normal Policy = iota
	// Never: nobody is asked for anything.
	Never
	// Insist: a person wants new credentials, whatever they said before.
	Insist
)

// restTime is how long nobody is asked for a code again after a prompt that was declined or not answered, as
// long as there are credentials that serve. A hatstand login helps at once.
const restTime = 10 * time.Minute

// Resting tells whether a person is left alone at a time after the one at which they said no. A refusal
// from the future is of a clock that was set back, and counts for nothing.
func Resting(refused, now time.Time) bool {
	return !refused.IsZero() && !now.Before(refused) && now.Before(refused.Add(restTime))
}

type policyKey struct{}

// With carries a policy through a library that calls back for a passphrase or a code.
func With(ctx context.Context, p Policy) context.Context {
	return context.WithValue(ctx, policyKey{}, p)
}

// Of is the policy that With put there, else Normal.
func Of(ctx context.Context) Policy {
	p, _ := ctx.Value(policyKey{}).(Policy)
	return p
}

// ErrNever is the error of a question that the policy forbids.
var ErrNever = fmt.Errorf("nobody is asked now: %w", mfa.ErrUnusable)

type questionKey struct{}

// OnQuestion is a context in which asked is called before a person is asked for something.
func OnQuestion(ctx context.Context, asked func()) context.Context {
	return context.WithValue(ctx, questionKey{}, asked)
}

// question tells whoever waits for the answer that a person is asked now.
func question(ctx context.Context) {
	if asked, ok := ctx.Value(questionKey{}).(func()); ok {
		asked()
	}
}
