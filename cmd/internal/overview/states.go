// Package overview says what the keyring knows about the profiles: what the next use of each asks for, and until when
// cached credentials last. It promises to ask nobody and to call nobody, and to say nothing rather than let anybody
// wait.
package overview

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc"
	"hatstand/profiles"
)

// An Overview looks into the keyring. It keeps nothing.
type Overview struct {
	World    app.World
	Settings *app.Settings
	Logs     *app.Log
	Keyring  *provider.Keyring
}

// How long a list of profiles waits to show what the keyring has of them: somebody who is about to choose one wants the
// list at once, and who asks for a table wants the whole of it.
const (
	choosingPatience = 200 * time.Millisecond
	listingPatience  = 2 * time.Second
)

// A Use is what the next use of a profile needs, by its own settings.
type Use struct {
	State app.State // Unknown where the keyring does not list its items in time
	Item  string    // the hash of its credentials' item; "": it has none
	// Serial is the MFA device whose code its calls carry, and SerialOf the profile whose setting that is; "": none does.
	Serial, SerialOf string
}

// States is what the names of the keyring's items tell of a profile, and the hash of its credentials' item. It is nil
// where the keyring does not list its items in time.
func (o Overview) States(ctx context.Context) func(profile string) (s app.State, item string) {
	use, listed := o.uses(ctx, choosingPatience)
	if !listed {
		return nil
	}
	return func(profile string) (app.State, string) {
		u := use(profile)
		return u.State, u.Item
	}
}

// Uses is what the next use of a profile needs, as far as the names of the keyring's items tell. Nobody is asked for
// anything and no secret is read. listed: the keyring lists its items in time.
func (o Overview) Uses(ctx context.Context) (use func(profile string) Use, listed bool) {
	return o.uses(ctx, listingPatience)
}

func (o Overview) uses(ctx context.Context, patience time.Duration) (use func(profile string) Use, listed bool) {
	listing, listed := o.listing(ctx, patience)
	where, _, err := o.Settings.Get("sso_cache")
	shared := err != nil || where == "shared"
	set, err := o.Settings.Profiles()
	if err != nil {
		return func(string) Use { return Use{} }, false
	}
	options := credproc.Options{Ambient: o.Settings.Environment().Ambient()}
	return func(profile string) Use {
		chain, err := set.Chain(profiles.Request{
			Target: profile, Getenv: o.Settings.Environment().OfProfile, Self: o.World.Self(), HasKeys: listing.Keys,
			ToShow: true,
		})
		if err != nil {
			return Use{}
		}
		p, err := credproc.NewPlan(chain, options)
		if err != nil {
			return Use{}
		}
		var u Use
		u.Serial, u.SerialOf = device(chain, p)
		if !listed || len(p.Steps) == 0 && !p.Base.Kind.SignsInToCredentials() {
			return u
		}
		signIns := listing.Grant
		if shared && p.Base.Grant.Shareable() {
			signIns = nil // they are in the AWS CLI's files
		}
		u.State = stateOf(p, listing, signIns)
		if n := len(p.Steps); n > 0 {
			u.Item = p.Steps[n-1].Item.Hash
		}
		return u
	}, listed
}

// device is the MFA device whose code the last of a plan's calls with one carries, and the profile that names it.
func device(c *profiles.Chain, p credproc.Plan) (serial, profile string) {
	for _, s := range slices.Backward(p.Steps) {
		if s.Serial == "" {
			continue
		}
		for _, r := range slices.Backward(c.Roles) {
			if r.MFASerial.Value == s.Serial {
				return s.Serial, r.Profile
			}
		}
		return s.Serial, c.Base.Profile
	}
	return "", ""
}

// listing lists the keyring. It does not wait for a call that goes on after its context has ended.
func (o Overview) listing(ctx context.Context, patience time.Duration) (cache.Listing, bool) {
	patience = cmp.Or(o.World.ListLimit, patience)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	options, err := o.Keyring.Asking(prompt.Never).Options()
	if err != nil {
		return cache.Listing{}, false
	}
	type result struct {
		listing cache.Listing
		err     error
	}
	listed := make(chan result, 1)
	go func() {
		l, err := cache.List(ctx, options)
		listed <- result{l, err}
	}()
	select {
	case r := <-listed:
		if r.err != nil {
			o.Logs.Logger().Debug("the keyring is not listed", "reason", r.err.Error())
		}
		return r.listing, r.err == nil
	case <-ctx.Done():
		o.Logs.Logger().Debug("the keyring is not listed", "reason", "no answer within "+patience.String())
		return cache.Listing{}, false
	}
}

// An itemList tells which items a keyring has.
type itemList interface {
	Keys(profile string) bool
	Seed(serial string) bool
	Session(id cache.SessionID) bool
}

// stateOf is a plan's state as far as the keyring's items show it; Unknown if they do not: cached credentials may have
// expired. signIns reports which sign-ins there are; nil: it is not known.
func stateOf(p credproc.Plan, items itemList, signIns func(grant string) bool) app.State {
	if p.Base.Kind == profiles.Keyring && !items.Keys(p.Base.Profile) {
		return app.NeedsKeys
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		s := p.Steps[i]
		switch {
		case items.Session(cache.SessionID(s.Item)) && i == len(p.Steps)-1:
			return app.Cached
		case items.Session(cache.SessionID(s.Item)):
			return app.Unknown // what comes before it may not be needed
		case s.Exchanges() && signIns == nil:
			return app.Unknown
		case s.Exchanges() && signIns(s.Grant.Key()):
			return app.SignedIn
		case s.Exchanges():
			return app.NeedsSignIn
		case s.Call == credproc.AssumeRoleWithSAML && p.Base.SAML.NeedsPerson():
			return app.NeedsSignIn
		case s.Serial != "" && (p.MFAProcess.IsSet() || items.Seed(s.Serial)):
			return app.Unknown // nobody is asked
		case s.Serial != "":
			return app.NeedsCode
		}
	}
	switch {
	case !p.Base.Kind.SignsInToCredentials() || signIns == nil:
		return app.Unknown
	case signIns(p.Base.Grant.Key()):
		return app.SignedIn
	}
	return app.NeedsSignIn
}
