package provider

import (
	"context"
	"errors"
	"slices"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/resolve"
)

// A Batch gets the credentials of several profiles with as few questions as possible, for login and exec --each. Ask
// makes the calls that need a code, one after the other. Then Credentials gets those of one plan, and can be called
// for all plans at the same time. Make it with Provider.Batch.
type Batch struct {
	Plans []credproc.Plan
	// Failed has the errors of the plans that failed. It is ErrSkipped for plans that were not tried.
	Failed []error

	provider  *Provider
	resolver  *resolve.Resolver
	limit     func(credproc.Plan) time.Duration
	mustStore bool
}

// ErrSkipped is the error of a plan that needs a session which another plan failed to get: nobody is asked for it
// twice.
var ErrSkipped = errors.New("not signed in, for the same reason")

// Plans makes the plans of several profiles. failed has an error for each profile that has none.
func (a *Provider) Plans(
	ctx context.Context, targets []string, k *RoleFlags,
) (plans []credproc.Plan, failed ui.Errors) {
	each := *k
	each.Reason = "" // for those that require one; Batch refuses it where none does
	for _, target := range targets {
		err := a.guard.Check(target)
		var p credproc.Plan
		if err == nil {
			p, err = a.Plan(ctx, target, &each)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		plans = append(plans, p)
	}
	return plans, failed
}

// Batch makes a batch of at least one plan. It asks nobody yet. With mustStore, a plan fails if its credentials cannot
// be written to the keyring.
func (a *Provider) Batch(
	ctx context.Context, plans []credproc.Plan, k *RoleFlags, policy prompt.Policy, mustStore bool,
) (*Batch, error) {
	requires := func(p credproc.Plan) bool { return p.ReasonRequired().IsSet() }
	if k.Reason != "" && !slices.ContainsFunc(plans, requires) {
		return nil, noReasonError(plans[0].Target)
	}
	// One resolver serves all: that of a plan which needs the keyring, if there is one.
	needsKeyring := func(p credproc.Plan) bool { return p.Base.OwnKeys() || !p.Base.Grant.IsZero() }
	p := plans[max(0, slices.IndexFunc(plans, needsKeyring))]
	r, err := a.resolver(ctx, p, k, policy, mustStore)
	if err != nil {
		return nil, err
	}
	limit, err := a.limits()
	if err != nil {
		return nil, err
	}
	return &Batch{
		Plans: plans, Failed: make([]error, len(plans)),
		provider: a, resolver: r, limit: limit, mustStore: mustStore,
	}, nil
}

// Ask makes the calls that need a code or a reason, one after the other. It returns an error only if a person declined a prompt;
// other errors are in Failed.
func (b *Batch) Ask(ctx context.Context) error {
	failed := map[string]bool{} // what a person was needed for, and was not got
	for i, p := range b.Plans {
		asked := askedFor(p)
		if failed[asked] {
			b.Failed[i] = ErrSkipped
			continue
		}
		limited, cancel := context.WithTimeout(ctx, b.limit(p))
		err := b.resolverFor(i).Ask(limited, p)
		cancel()
		if errors.Is(err, resolve.ErrDeclined) {
			return err
		}
		if err != nil {
			b.Failed[i] = err
		}
		failed[asked] = asked != "" && b.Failed[i] != nil
	}
	for i, p := range b.Plans {
		if b.Failed[i] != nil {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, b.limit(p))
		err := b.resolverFor(i).AskReason(limited, p)
		cancel()
		if errors.Is(err, resolve.ErrDeclined) {
			return err
		}
		if err != nil {
			b.Failed[i] = err
		}
	}
	return nil
}

// askedFor names what a person may be needed for: a sign-in, or the session that a code is for; "" if for nothing.
func askedFor(p credproc.Plan) string {
	if key := p.Base.SignInKey(); key != "" {
		return key
	}
	if session := p.CodeItem(); session != (credproc.Item{}) {
		return "session/" + session.Base + "/" + session.Hash
	}
	return ""
}

// Credentials gets the credentials of one plan. An error is in Failed afterwards, too. It may be called for different
// plans at the same time.
func (b *Batch) Credentials(ctx context.Context, i int) (credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, b.limit(b.Plans[i]))
	defer cancel()
	c, err := b.resolverFor(i).Credentials(ctx, b.Plans[i])
	if err != nil {
		b.Failed[i] = err
	}
	return c, err
}

// Cached looks up the credentials of a plan in the keyring. It asks nobody; ok means that they are there and fresh.
func (b *Batch) Cached(ctx context.Context, i int) (c credentials, ok bool) {
	own := *b.resolver
	items := b.resolver.Sessions.(keyringItems)
	items.policy = prompt.Never
	own.Sessions, own.Keys = items, items
	c, ok, err := own.Fresh(ctx, b.Plans[i])
	return c, ok && err == nil
}

// AllFailed is the first error if each plan has one; else nil. It is not ErrSkipped, which comes after its reason.
func (b *Batch) AllFailed() error {
	if slices.Contains(b.Failed, nil) {
		return nil
	}
	return b.Failed[0]
}

// resolverFor is the batch's resolver for one of the plans: other processes and programs see that plan's profile,
// and with mustStore a failed write is that plan's error.
func (b *Batch) resolverFor(i int) *resolve.Resolver {
	own := *b.resolver
	own.Run = b.provider.runFor(b.Plans[i].Target)
	if b.mustStore {
		own.Warn = func(err error) { b.Failed[i] = err }
	}
	shared := b.resolver.Locks.(keyringLocks)
	locks := *shared.locks
	locks.target = b.Plans[i].Target
	own.Locks = keyringLocks{&locks, shared.keyring}
	return &own
}
