package main

import (
	"context"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/profiles"
	"hatstand/profiles/userfile"
)

// asking is the flags that say how to wear a role. Every verb that gives credentials has them.
type asking struct {
	source         string
	duration       string
	region         string
	policy         string
	policyARNs     []string
	readOnly       bool
	tags           []string
	sourceIdentity string
	sessionName    string
	mfaCode        string
	noCache        bool
	direct         bool // no flag: what console decides
	insists        bool // no flag: a person wants new credentials, whatever they said before
}

func (k *asking) flags(f *pflag.FlagSet) {
	k.planFlags(f)
	k.codeFlag(f)
	f.BoolVar(&k.noCache, "no-cache", false, "neither read nor keep sessions")
}

func (k *asking) codeFlag(f *pflag.FlagSet) {
	f.StringVar(&k.mfaCode, "mfa-code", "", "token `CODE` of the MFA device, six digits")
}

// planFlags are those that change the plan.
func (k *asking) planFlags(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringVar(&k.source, "source", "", "`PROFILE` that a role given as ACCOUNT:ROLE or ARN is assumed from")
	f.StringVar(&k.duration, "duration", "", "how long the credentials live, a `TIME`: 900 to 43200 seconds, or 15m to 12h")
	f.StringVar(&k.region, "region", "", "`REGION` of the call and of the command")
	f.StringVar(&k.policy, "policy", "", "`FILE` with a session policy (JSON) that narrows the role")
	f.StringArrayVar(&k.policyARNs, "policy-arn", nil, "`ARN` of a managed policy that narrows the role (may be repeated)")
	f.BoolVar(&k.readOnly, "read-only", false, "narrow the role to AWS's ReadOnlyAccess policy")
	f.StringArrayVar(&k.tags, "tag", nil, "session tag, `KEY=VALUE` (may be repeated)")
	f.StringVar(&k.sourceIdentity, "source-identity", "", "source `IDENTITY` of the role session")
	f.StringVar(&k.sessionName, "session-name", "", "`NAME` of the role session")
}

// options turns the flags into what a plan takes. It reads the policy's file.
func (k *asking) options() (credproc.Options, error) {
	o := credproc.Options{
		Source: k.source, PolicyARNs: k.policyARNs, ReadOnly: k.readOnly,
		SourceIdentity: k.sourceIdentity, SessionName: k.sessionName, Direct: k.direct,
	}
	if k.duration != "" {
		d, err := profiles.ParseDuration(k.duration)
		if err != nil {
			return o, ui.FlagError("--duration", err)
		}
		o.Duration = d
	}
	for _, t := range k.tags {
		tags, err := profiles.ParseTags(t)
		if err != nil {
			return o, ui.FlagError("--tag", err)
		}
		o.Tags = append(o.Tags, tags...)
	}
	if k.policy != "" {
		b, err := userfile.Read(k.policy, 1<<20)
		if err != nil {
			return o, ui.FlagError("--policy", err)
		}
		o.Policy = string(b)
	}
	if k.mfaCode != "" {
		if err := profiles.CheckTokenCode(k.mfaCode); err != nil {
			return o, ui.FlagError("--mfa-code", err)
		}
	}
	return o, nil
}

// hasKeys tells the chain which profiles have keys in the keyring.
func (a *parts) hasKeys(ctx context.Context) func(profile string) bool {
	return func(profile string) bool {
		store, err := a.store(ctx)
		if err != nil {
			return false
		}
		_, err = store.Keys(ctx, profile)
		return err == nil
	}
}

// plan is the first half of the road: files, chain, plan. No network, and no keyring, unless a credential_process starts
// aws-vault: then the keyring says whether its keys were imported.
func (a *parts) plan(target string, k *asking) (credproc.Plan, error) {
	o, err := k.options()
	if err != nil {
		return credproc.Plan{}, err
	}
	set, err := a.settings.Profiles()
	if err != nil {
		return credproc.Plan{}, err
	}
	chain, err := set.Chain(profiles.Request{
		Target: target, Source: k.source, Region: k.region, Getenv: a.settings.Environment().OfProfile, Self: a.Self(), HasKeys: a.hasKeys(context.Background()),
	})
	if err != nil {
		return credproc.Plan{}, err
	}
	o.Ambient = a.settings.Environment().Ambient()
	return credproc.NewPlan(chain, o)
}
