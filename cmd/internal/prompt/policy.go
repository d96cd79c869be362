// Package prompt asks a person for token codes and passphrases: on the terminal, in a window, or not at all, by one
// policy. A terminal shows one question at a time, whichever process asks it. It never reads stdin, and answers stay
// out of logs and errors.
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
	// Normal: a person may be asked. After they said no, or nothing, they are not asked again for a while as long as
	// there are valid credentials.
	Normal Policy = iota
	// Never: nobody is asked for anything.
	Never
	// Insist: a person may be asked, whatever they said before, since they want new credentials.
	Insist
)

// askAgainAfter is how long nobody is asked for a code after a prompt was declined or not answered, as long as there
// are valid credentials. hatstand login asks at once.
const askAgainAfter = 10 * time.Minute

// DeclinedLately reports whether a person who declined a prompt at a time is not to be asked again yet. A time in the
// future comes from a clock that was set back, and does not count.
func DeclinedLately(declined, now time.Time) bool {
	return !declined.IsZero() && !now.Before(declined) && now.Before(declined.Add(askAgainAfter))
}

// A policy is given to a resolver, which sets it in the context of each look into the keyring and each code. A keyring
// that was opened under Never asks nobody, whatever the context says.

type policyKey struct{}

// With sets the policy in a context, for libraries that call back for a passphrase or a code.
func With(ctx context.Context, p Policy) context.Context {
	return context.WithValue(ctx, policyKey{}, p)
}

// PolicyOf is the policy that With set, else Normal.
func PolicyOf(ctx context.Context) Policy {
	p, _ := ctx.Value(policyKey{}).(Policy)
	return p
}

// ErrNever is the error of a question that the policy forbids.
var ErrNever = fmt.Errorf("nobody is asked now: %w", mfa.ErrUnusable)

type questionKey struct{}

// OnQuestion sets a function in a context that is called before a person is asked for anything.
func OnQuestion(ctx context.Context, asked func()) context.Context {
	return context.WithValue(ctx, questionKey{}, asked)
}

// BeforeQuestion calls the function that OnQuestion set.
func BeforeQuestion(ctx context.Context) {
	if asked, ok := ctx.Value(questionKey{}).(func()); ok {
		asked()
	}
}
