// Package iamuser finds the IAM user whose long-lived access key a profile has, and asks STS and IAM as that user.
//
// A user is asked about with its own keys, or with a session that these keys get for a token code; never as a role
// that the profile may assume. Keys of one user share one session, so that one code does for all of them. The package
// changes nothing in the keyring or at AWS; its callers do, with the IAM client that they get here.
package iamuser

import (
	"context"
	"errors"
	"sync"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
)

// Users finds IAM users by the profile that has their key. Make it with New.
type Users struct {
	world    app.World
	settings *app.Settings
	clients  *app.HTTPClients
	keyring  *provider.Keyring
	provider *provider.Provider

	namedHosts sync.Map // texts that nameHost has printed
}

// New opens nothing yet.
func New(w app.World, s *app.Settings, c *app.HTTPClients, k *provider.Keyring, p *provider.Provider) *Users {
	return &Users{world: w, settings: s, clients: c, keyring: k, provider: p}
}

// CheckName checks the name of a profile that is to have a key. Its error is a usage error.
func CheckName(profile string) error {
	if err := profiles.CheckName(profile); err != nil {
		return &ui.UsageError{Reason: err.Error(), Next: "name the key as the profile that uses it"}
	}
	return nil
}

// Find finds the keys of a profile, and whose they are; it asks AWS if that is not known yet. It is an error if the
// profile uses another profile's keys, or credentials that are not an IAM user's own.
func (s *Users) Find(ctx context.Context, profile string) (*User, error) {
	u, err := s.OfProfile(profile)
	if err != nil {
		return nil, err
	}
	store, err := s.keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := store.Keys(ctx, profile)
	switch {
	case err == nil:
		u.Use(stored)
	case !errors.Is(err, cache.ErrNotFound):
		return nil, err
	case u.chain.Base.Kind == profiles.Static:
		b := u.chain.Base
		u.Keys = credentials.Value{
			AccessKeyID: b.AccessKeyID, SecretAccessKey: b.SecretAccessKey.Reveal(), Source: sourceFile,
		}
	default:
		return nil, resolve.MissingKeys(profile, profile)
	}
	if u.Stored.ARN == "" { // not known yet: the key is in a file, or was stored unverified
		u.Stored.ARN, err = u.AskARN(ctx, u.Keys)
	}
	return u, err
}

// OfProfile is the user of a profile's keys before the keys are looked up.
func (s *Users) OfProfile(profile string) (*User, error) {
	set, request, err := s.request(profile)
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
		return nil, &ui.UsageError{
			Reason: "profile " + ui.Quoted(profile) + " has no long-lived keys: its credentials are from " + baseWords(b),
			Next:   "see which have: hatstand keys list",
		}
	case b.Profile != profile:
		return nil, &ui.UsageError{
			Reason: "profile " + ui.Quoted(profile) + " has no keys of its own: it starts from those of profile " +
				ui.Quoted(b.Profile),
			Next: "name that one: " + b.Profile,
		}
	}
	at, err := set.Endpoint("iam", request)
	if err != nil {
		return nil, err
	}
	chain.Roles = nil
	chain.NoSession = profiles.Setting{} // IAM is asked with MFA, which only a session has
	return &User{users: s, Profile: profile, chain: chain, iamEndpoint: at}, nil
}

// HasDevice reports whether a profile's own session needs a token code.
func (s *Users) HasDevice(profile string) bool {
	u, err := s.OfProfile(profile)
	if err != nil {
		return false
	}
	key, _, err := u.sessionKey()
	return err == nil && key.serial != ""
}

// AskARN asks AWS for the ARN of the user that a key belongs to. The key need not be stored, nor its profile be there.
// The region may be empty.
func (s *Users) AskARN(ctx context.Context, profile, region string, k cache.Keys) (string, error) {
	set, request, err := s.request(profile)
	if err != nil {
		return "", err
	}
	request.Region = region
	chain, err := set.Chain(request)
	if err != nil {
		return "", err
	}
	if region == "" {
		region = chain.SessionRegion
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	with := credentials.Value{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
	arn, err := s.callerARN(ctx, profile, region, chain.SessionSTS, with)
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return "", mfa.ErrCancelled
	}
	return arn, err
}

// callerARN asks AWS whose credentials these are (GetCallerIdentity).
func (s *Users) callerARN(
	ctx context.Context, profile, region string, at profiles.Endpoint, c credentials.Value,
) (string, error) {
	s.nameHost("sts", at)
	client, err := s.clients.For(at.CABundle)
	if err != nil {
		return "", err
	}
	return sts.Whose(ctx, sts.Connect(s.provider.Calls(client), region, at, c), profile, region)
}

// request is how a key's profile is looked up. The profile need not be there yet: then the environment alone says
// where AWS is.
func (s *Users) request(profile string) (*profiles.Set, profiles.Request, error) {
	request := profiles.Request{
		Target: profile, Getenv: s.settings.Environment().OfProfile, Self: s.world.Self(),
		HasKeys: s.keyring.HasKeys(context.Background()),
	}
	set, err := s.settings.Profiles()
	if err != nil {
		return nil, request, err
	}
	if _, ok := set.Profile(profile); !ok {
		if err := CheckName(profile); err != nil {
			return nil, request, err
		}
		set, err = profiles.Parse(profiles.File{Data: []byte(profiles.SectionHeader(profile) + "\n")}, profiles.File{})
	}
	return set, request, err
}

// baseWords says what a base is that has no long-lived keys.
func baseWords(b profiles.Base) string {
	if b.Kind == profiles.Static {
		return "temporary keys in a file"
	}
	return b.Kind.String()
}
