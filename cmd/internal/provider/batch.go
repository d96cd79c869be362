package provider

import (
	"context"
	"errors"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/resolve"
)

// A Batch gets the credentials of several profiles: first, one after the other, what needs a code; then each in
// turn or all at the same time. Make it with Provider.Batch.
type Batch struct {
	Plans []credproc.Plan
	// Failed are the errors of the plans that could not be had, Skipped those that need what one of those needed
	// and were not tried, so that nobody is asked for it again.
	Failed  []error
	Skipped []bool

	provider *Provider
	resolver *resolve.Resolver
	limit    time.Duration
	mustKeep bool
}

// Plans are those of several profiles, and what is wrong with the others.
func (a *Provider) Plans(targets []string, k *RoleFlags) (plans []credproc.Plan, failed ui.Errors) {
	for _, target := range targets {
		err := a.guard.Check(target)
		var p credproc.Plan
		if err == nil {
			p, err = a.Plan(target, k)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		plans = append(plans, p)
	}
	return plans, failed
}

// Batch asks for nothing yet. With mustKeep, credentials that could not be written to the keyring count as failed.
// There must be a plan.
func (a *Provider) Batch(ctx context.Context, plans []credproc.Plan, k *RoleFlags, policy prompt.Policy, mustKeep bool) (*Batch, error) {
	r, err := a.Resolver(ctx, plans[0].Target, k, policy)
	if err != nil {
		return nil, err
	}
	limit, err := a.settings.Patience()
	if err != nil {
		return nil, err
	}
	return &Batch{
		Plans: plans, Failed: make([]error, len(plans)), Skipped: make([]bool, len(plans)),
		provider: a, resolver: r, limit: limit, mustKeep: mustKeep,
	}, nil
}

// Ask makes the calls that need a code, one after the other. What one of them could not get is not asked for again
// by the next plan that needs it: that one is skipped. The error is that of a prompt that was declined.
func (b *Batch) Ask(ctx context.Context) error {
	lost := map[credproc.Item]bool{}
	for i, p := range b.Plans {
		coded := p.Coded()
		if b.Skipped[i] = lost[coded]; b.Skipped[i] {
			continue
		}
		asked, cancel := context.WithTimeout(ctx, b.limit)
		err := b.forOne(i).Ask(asked, p)
		cancel()
		if errors.Is(err, resolve.ErrDeclined) {
			return err
		}
		if err != nil {
			b.Failed[i] = err
		}
		lost[coded] = coded != credproc.Item{} && b.Failed[i] != nil
	}
	return nil
}

// Credentials gets those of one plan. An error is in Failed afterwards, too. It may be called for different plans at
// the same time.
func (b *Batch) Credentials(ctx context.Context, i int) (credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	c, err := b.forOne(i).Credentials(ctx, b.Plans[i])
	if err != nil {
		b.Failed[i] = err
	}
	return c, err
}

// Cached are the credentials of a plan that are in the keyring and fresh. Nobody is asked for anything.
func (b *Batch) Cached(ctx context.Context, i int) (c credentials, ok bool) {
	own := *b.resolver
	s, k := b.resolver.Sessions.(sessions), b.resolver.Keys.(keys)
	own.Sessions, own.Keys = sessions{s.liveKeyring, prompt.Never}, keys{k.liveKeyring, prompt.Never}
	c, ok, err := own.Fresh(ctx, b.Plans[i])
	return c, ok && err == nil
}

// AllLost is the first error where no plan is left that could run.
func (b *Batch) AllLost() (first error) {
	for i, err := range b.Failed {
		if err == nil && !b.Skipped[i] {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// forOne is the resolver for one of the plans: a failed write is that plan's failure, where credentials must be kept,
// and others are told its name.
func (b *Batch) forOne(i int) *resolve.Resolver {
	own := *b.resolver
	own.Run = b.provider.runFor(b.Plans[i].Target)
	if b.mustKeep {
		own.Warn = func(err error) { b.Failed[i] = err }
	}
	l := b.resolver.Locks.(relocking)
	mine := *l.locks
	mine.target = b.Plans[i].Target
	own.Locks = relocking{&mine, l.ring}
	return &own
}
