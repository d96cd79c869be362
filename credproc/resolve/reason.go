package resolve

import (
	"context"
	"slices"
	"sync"

	"hatstand/credproc"
	"hatstand/profiles/limits"
)

// withReason is the plan with a reason among the tags of step i. The item stays: a reason is no part of it.
func (r *Resolver) withReason(ctx context.Context, p credproc.Plan, i int, optional bool) (credproc.Plan, error) {
	role := p.Steps[i].Role
	reason, err := r.Reasons.Reason(ctx, ReasonRequest{
		Target: p.Target, Source: p.Source, Role: role.ARN, Required: role.ReasonRequired, Lock: lockOf(p.Steps[i]),
		Optional: optional,
	})
	if err != nil {
		return p, err
	}
	p.Steps = slices.Clone(p.Steps)
	p.Steps[i].Role.Tags = append(slices.Clip(role.Tags), limits.Tag{Key: limits.ReasonTag, Value: reason})
	return p, nil
}

// AskReason makes the plan's calls if one of them is to carry a reason, unless the credentials are cached. After it
// Credentials asks for none.
func (r *Resolver) AskReason(ctx context.Context, p credproc.Plan) error {
	if !p.ReasonRequired().IsSet() {
		return nil
	}
	_, err := r.Credentials(ctx, p)
	return err
}

// Reopened are the sessions that were opened for the reason given with this command. Its methods may be called at the
// same time.
type Reopened struct{ items sync.Map }

// wants reports whether step i still has to get new credentials: it or a step before it carries a reason.
func (o *Reopened) wants(p credproc.Plan, i int) bool {
	if o == nil {
		return false
	}
	if _, done := o.items.Load(p.Steps[i].Item); done {
		return false
	}
	return slices.ContainsFunc(p.Steps[:i+1], func(s credproc.Step) bool { return s.Role.ReasonRequired.IsSet() })
}

func (o *Reopened) add(i credproc.Item) {
	if o != nil {
		o.items.Store(i, true)
	}
}
