package provider

import (
	"context"
	"slices"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/signin"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
)

// tokensIn is where the tokens of sign-ins are kept: the keyring's items, or the AWS CLI's files.
func tokensIn(items grant.Items, w app.World, shared bool) grant.Tokens {
	if !shared {
		return grant.InKeyring{Items: items}
	}
	home := settings.LocateFiles(w.Getenv, w.GOOS).Home
	return grant.InFile{Folder: awscache.SSOFolder(home), Items: items, Now: w.Now,
		Console: awscache.LoginFolder(home, w.Getenv("AWS_LOGIN_CACHE_DIRECTORY"))}
}

// SignIn looks what is known of a sign-in. It asks neither AWS nor, under prompt.Never, a person. Shared sign-ins need
// no keyring: where there is none, it is not known whose they are.
func (k *Keyring) SignIn(ctx context.Context, g profiles.Grant) (grant.State, error) {
	shared, err := SharedTokens(k.settings)
	if err != nil {
		return grant.State{}, err
	}
	shared = shared && g.Shareable()
	var live liveKeyring
	store, err := k.Open(ctx)
	switch {
	case err == nil:
		live.first, live.latest = store, store
	case !shared || !notThere(err):
		return grant.State{}, err
	}
	items := grantItems{&live, k.policy}
	return grant.Look(ctx, tokensIn(items, k.world, shared), items, g, k.world.Now())
}

// KeptSignIns are the keys of the sign-ins that the keyring has something of. It asks nobody and reads no item.
func (k *Keyring) KeptSignIns(ctx context.Context) ([]string, error) {
	o, err := k.Asking(prompt.Never).Options()
	if err != nil {
		return nil, err
	}
	l, err := cache.List(ctx, o)
	return l.Contents().SignIns, err
}

// RemovedSignIns are the sign-ins that the keyring has and the config file has not, as the settings were when a person
// signed in. Those of SAML, which keep no token, are left out.
func (k *Keyring) RemovedSignIns(ctx context.Context, known []profiles.Grant) (removed []profiles.Grant, err error) {
	keys, err := k.KeptSignIns(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if strings.HasPrefix(key, "saml:") ||
			slices.ContainsFunc(known, func(g profiles.Grant) bool { return g.Key() == key }) {
			continue
		}
		store, err := k.Open(ctx)
		if err != nil {
			return removed, err
		}
		g, err := grant.Stored(ctx, grantItems{&liveKeyring{first: store, latest: store}, k.policy}, key)
		if err != nil {
			return removed, err
		}
		removed = append(removed, g)
	}
	return removed, nil
}

// SAMLPerson is who signed in last with SAML, where that is known. It asks nobody.
func (k *Keyring) SAMLPerson(ctx context.Context, key string) (string, error) {
	store, err := k.Open(ctx)
	if err != nil {
		return "", err
	}
	name, err := grantItems{&liveKeyring{first: store, latest: store}, k.policy}.Item(ctx, grant.ItemKind(cache.GrantPerson), key)
	return string(name), err
}

// WayToSignIn is how a person would sign in here. It asks nobody. The error wraps grant.ErrNobody where nobody can be
// asked.
func (a *Provider) WayToSignIn(ctx context.Context, g profiles.Grant) (grant.Flow, error) {
	log, err := a.logs.Open()
	if err != nil {
		return "", err
	}
	p := &signin.Person{World: a.world, Settings: a.settings, Prompts: a.prompts, Log: log}
	flow, _, err := p.Way(prompt.With(ctx, prompt.Normal), g)
	return flow, err
}
