package main

import (
	"context"
	"errors"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/iam"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// An owner is the IAM user whose long-lived keys a profile holds. IAM and STS are asked as this user
// alone: roles that the profile may have are left out.
type owner struct {
	app   *parts
	name  string // the profile's, which is the key's
	chain *profiles.Chain
	at    profiles.Endpoint // IAM's
	// kept are the keys in the keyring; where there are none it has the user's ARN alone.
	kept cache.Keys
	// used are the keys that count: the keyring's, else the file's.
	used credentials
}

// owner finds the keys of a profile, and whose they are: AWS is asked where that was never learnt. A profile that starts from
// another's keys is refused, and so are credentials that are not a user's own.
func (a *parts) owner(ctx context.Context, name string) (*owner, error) {
	o, err := a.ownerOf(name)
	if err != nil {
		return nil, err
	}
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := store.Keys(ctx, name)
	switch {
	case err == nil:
		o.has(kept)
	case !errors.Is(err, cache.ErrNotFound):
		return nil, err
	case o.chain.Base.Kind == profiles.Static:
		b := o.chain.Base
		o.used = credentials{AccessKeyID: b.AccessKeyID, SecretAccessKey: b.SecretAccessKey.Reveal(), Source: "file"}
	default:
		return nil, &resolve.NoKeysError{Target: name, Profile: name}
	}
	if o.kept.ARN == "" { // never learnt: the key is a file's, or was stored unverified
		o.kept.ARN, err = o.whose(ctx, o.used)
	}
	return o, err
}

// ownerOf is the owner of a profile's keys before the keys are looked up.
func (a *parts) ownerOf(name string) (*owner, error) {
	set, request, err := a.keyProfile(name)
	if err != nil {
		return nil, err
	}
	chain, err := set.Chain(request)
	if err != nil {
		return nil, err
	}
	b := chain.Base
	switch {
	case !b.OwnKeys():
		return nil, &ui.UsageError{Reason: "profile " + ui.Quoted(name) + " has no long-lived keys: its credentials are from " + sourceWords(b), Next: "see which have: hatstand keys list"}
	case b.Profile != name:
		return nil, &ui.UsageError{Reason: "profile " + ui.Quoted(name) + " has no keys of its own: it starts from those of profile " + ui.Quoted(b.Profile), Next: "name that one: " + b.Profile}
	}
	at, err := set.Endpoint("iam", request)
	if err != nil {
		return nil, err
	}
	chain.Roles = nil
	return &owner{app: a, name: name, chain: chain, at: at}, nil
}

// has gives the owner a key of the keyring.
func (o *owner) has(kept cache.Keys) {
	o.kept, o.used = kept, credentials{AccessKeyID: kept.AccessKeyID, SecretAccessKey: kept.SecretAccessKey, Source: "keyring"}
}

// userIn is the user's name in an ARN; "" for root, who has none.
func userIn(arn string) string {
	_, path, ok := strings.Cut(arn, ":user/")
	if !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// whose is the ARN that AWS gives for credentials; it must be asked where the keys' own user is.
func (o *owner) whose(ctx context.Context, c credentials) (string, error) {
	o.app.nameHost("sts", o.chain.SessionSTS)
	client, err := o.app.clients.For(o.chain.SessionSTS.CABundle)
	if err != nil {
		return "", err
	}
	return sts.Whose(ctx, sts.Connect(o.app.provider.Calls(client), o.chain.SessionRegion, o.chain.SessionSTS, c), o.name, o.chain.SessionRegion)
}

// sourceWords is what a base is that has no long-lived keys.
func sourceWords(b profiles.Base) string {
	if b.Kind == profiles.Static {
		return "temporary keys in a file"
	}
	return b.Kind.String()
}

// keyProfile is where a key's profile is looked up. The key may come before its profile: then the
// environment alone says where AWS is.
func (a *parts) keyProfile(name string) (*profiles.Set, profiles.Request, error) {
	request := profiles.Request{Target: name, Getenv: a.settings.Environment().OfProfile, Self: a.Self(), HasKeys: a.keyring.HasKeys(context.Background())}
	set, err := a.settings.Profiles()
	if err != nil {
		return nil, request, err
	}
	if _, ok := set.Profile(name); !ok {
		if err := a.keyName(name); err != nil {
			return nil, request, err
		}
		set, err = profiles.Parse(profiles.File{Data: []byte(profiles.SectionHeader(name) + "\n")}, profiles.File{})
	}
	return set, request, err
}

// iam is IAM as the user, for a token code where the profile has an MFA device, since many accounts deny
// what is asked for without one (the policy that AWS documents for it does); else with the keys as they
// are, since IAM takes no session without MFA. The code is asked for as for any other session, and not at
// all while one is kept.
func (o *owner) iam(ctx context.Context, k *provider.RoleFlags) (*iam.Client, error) {
	c, mfa, err := o.signer(ctx, k)
	if err != nil {
		return nil, err
	}
	return o.iamWith(c, mfa)
}

// signer is what IAM is asked with.
func (o *owner) signer(ctx context.Context, k *provider.RoleFlags) (c credentials, mfa bool, err error) {
	plan, err := credproc.NewPlan(o.chain, credproc.Options{})
	if err != nil {
		return credentials{}, false, err
	}
	if plan.Serial() == "" {
		return o.used, false, nil
	}
	r, err := o.app.provider.Resolver(ctx, o.name, k, prompt.Normal)
	if err != nil {
		return credentials{}, false, err
	}
	c, err = o.app.provider.Run(ctx, r, plan)
	return c, true, err
}

// iamKeys is IAM as the user, with the keys as they are and no MFA.
func (o *owner) iamKeys() (*iam.Client, error) { return o.iamWith(o.used, false) }

func (o *owner) iamWith(c credentials, mfa bool) (*iam.Client, error) {
	o.app.nameHost("iam", o.at)
	client, err := o.app.clients.For(o.at.CABundle)
	if err != nil {
		return nil, err
	}
	return iam.New(iam.Options{
		Calls: o.app.provider.Calls(client), Region: o.region(), URL: o.at.URL, FIPS: o.at.FIPS, DualStack: o.at.DualStack,
		Credentials: c, MFA: mfa, User: userIn(o.kept.ARN), Profile: o.name,
	}), nil
}

// region is where the partition's IAM is. The user's ARN, if it was ever learnt, cannot be wrong about
// the partition; a region left over in the environment can.
func (o *owner) region() string {
	partition := o.chain.Partition
	if parts := strings.SplitN(o.kept.ARN, ":", 3); len(parts) == 3 {
		partition = parts[1]
	}
	if leader := partitions.LeaderRegion(partition); leader != "" {
		return leader
	}
	return o.chain.SessionRegion
}
