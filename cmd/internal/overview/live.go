package overview

import (
	"context"
	"errors"
	"slices"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/credproc"
	"hatstand/profiles"
)

// A LiveSession is credentials that the keyring has, which have some time left.
type LiveSession struct {
	Profile string        // that they are of; of several with the same ones, the first by name
	Step    credproc.Step // that made them
	Last    bool          // Step is the profile's last: the next use of it makes no call
	Until   time.Time
}

// Live are the cached sessions of all profiles in the files, each profile's own and those of the steps before it. It
// asks nobody for anything. An error says that the keyring cannot be read.
func (o Overview) Live(ctx context.Context) ([]LiveSession, error) {
	ctx = prompt.With(ctx, prompt.Never)
	set, err := o.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	store, err := o.Keyring.Asking(prompt.Never).Open(ctx)
	if err != nil {
		return nil, err
	}
	listing, listed := o.listing(ctx, listingPatience)
	var all []LiveSession
	seen := map[cache.SessionID]int{} // to the index in all, or -1
	for _, profile := range slices.Sorted(slices.Values(set.Names())) {
		chain, err := set.Chain(profiles.Request{Target: profile, Getenv: o.Settings.Environment().OfProfile,
			Self: o.World.Self(), HasKeys: o.Keyring.HasKeys(ctx), ToShow: true})
		if err != nil {
			continue // doctor and explain say what is wrong with it
		}
		p, err := credproc.NewPlan(chain, credproc.Options{Ambient: o.Settings.Environment().Ambient()})
		if err != nil {
			continue
		}
		for i, s := range p.Steps {
			id, last := cache.SessionID(s.Item), i == len(p.Steps)-1
			if at, ok := seen[id]; ok {
				if at >= 0 && last && !all[at].Last { // it is this one's own
					all[at].Profile, all[at].Last = profile, true
				}
				continue
			}
			seen[id] = -1
			if listed && !listing.Session(id) {
				continue
			}
			c, _, err := store.Session(ctx, id)
			if errors.Is(err, cache.ErrNotFound) {
				continue
			}
			if err != nil {
				return all, err
			}
			if c.Expires.After(o.World.Now()) {
				seen[id] = len(all)
				all = append(all, LiveSession{Profile: profile, Step: s, Last: last, Until: c.Expires})
			}
		}
	}
	return all, nil
}
