package provider

import (
	"context"
	"fmt"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/child"
	"hatstand/profiles"
)

// HasKeys tells the chain which profiles have keys in the keyring.
func (k *Keyring) HasKeys(ctx context.Context) func(profile string) bool {
	return func(profile string) bool {
		store, err := k.Open(ctx)
		if err != nil {
			return false
		}
		_, err = store.Keys(ctx, profile)
		return err == nil
	}
}

// Plan makes a profile's plan: files, chain, plan. It uses no network, and no keyring unless a credential_process
// starts aws-vault: then the keyring says whether the keys were imported.
func (a *Provider) Plan(ctx context.Context, target string, flags *RoleFlags) (credproc.Plan, error) {
	o, err := flags.Options()
	if err != nil {
		return credproc.Plan{}, err
	}
	set, err := a.settings.Profiles()
	if err != nil {
		return credproc.Plan{}, err
	}
	chain, err := set.Chain(profiles.Request{
		Target: target, Source: flags.Source, Region: flags.Region, Getenv: a.settings.Environment().OfProfile,
		Self: a.world.Self(), HasKeys: a.keyring.HasKeys(ctx), ToShow: flags.ToShow,
	})
	if err != nil {
		return credproc.Plan{}, err
	}
	o.Ambient = a.settings.Environment().Ambient()
	p, err := credproc.NewPlan(chain, o)
	if err == nil && p.BareKeys() && !flags.LongLived {
		return credproc.Plan{}, bareKeysError(chain)
	}
	if err == nil && flags.Reason != "" && !p.ReasonRequired().IsSet() {
		return credproc.Plan{}, noReasonError(target)
	}
	return p, err
}

// noReasonError refuses a reason that no call would carry: whoever gives one counts on it.
func noReasonError(target string) error {
	return &ui.UsageError{
		Reason: fmt.Sprintf("profile %q: --reason: the profile requires no reason", target),
		Next:   "leave it out, or set reason = required in [hatstand " + ui.Plain(target) + "]",
	}
}

// bareKeysError refuses long-lived keys where temporary credentials are wanted.
func bareKeysError(c *profiles.Chain) error {
	asked := "--no-session"
	if c.NoSession.IsSet() {
		asked = fmt.Sprintf("session = none (%s)", c.NoSession.Where())
	}
	return &ui.UsageError{
		Reason: fmt.Sprintf("profile %q: %s means its long-lived keys, which only exec, env and credential-process give out", c.Target, asked),
		Next:   "name a profile with a role",
	}
}

// Endpoints are the variables that say where a child's calls go, by the plan's profile.
func Endpoints(p credproc.Plan) []child.Variable {
	all := make([]child.Variable, len(p.Variables))
	for i, v := range p.Variables {
		all[i] = child.Variable(v)
	}
	return all
}
