package grant

import (
	"context"
	"errors"
	"time"

	"hatstand/profiles"
)

// A State is what is known of a sign-in without asking AWS or a person. It has no secret.
type State struct {
	SignedIn bool      // a token is kept that serves, or that AWS may renew
	Renews   bool      // AWS renews the token. Until when, it does not say
	Until    time.Time // the end of the token that is kept; zero if there is none
	User     string    // the person, as CloudTrail names them; "": not known
	SignIn   string    // names the sign-in, as a Token has it; "": not known

	OpenCode   string    // of a sign-in that a person is about to finish: the code to compare; "": there is none
	OpenUntil  time.Time // of the same
	Begun      bool      // a code waits that nobody has seen: whoever is asked next is shown it
	Unanswered bool      // nobody finished the last sign-in: none is begun again before a person acts
}

// Look reads what is kept of a grant's sign-in. It takes no lock and changes nothing.
func Look(ctx context.Context, tokens Tokens, items Items, g profiles.Grant, now time.Time) (State, error) {
	t, ok, err := tokens.Token(ctx, g)
	if err != nil {
		return State{}, err
	}
	var s State
	if ok {
		s = State{User: t.User, SignIn: t.SignIn, Until: t.Expires,
			Renews: renewable(g, t, now)}
		s.SignedIn = s.Renews || t.Access != "" && t.Expires.Sub(now) > lastUse
	}
	if s.SignedIn {
		return s, nil
	}
	p, err := readPending(ctx, items, g, now)
	if err != nil {
		return State{}, err
	}
	s.Unanswered = p.Unanswered
	s.Begun = p.DeviceCode != "" && p.Unshown
	if p.DeviceCode != "" && !p.Unshown {
		s.OpenCode, s.OpenUntil = p.UserCode, p.Expires
	}
	return s, nil
}

// Stored is the sign-in whose token an item has, by its key: as the settings were when a person signed in. Of an item
// that cannot be read it is what the key tells.
func Stored(ctx context.Context, items Items, key string) (profiles.Grant, error) {
	bare := profiles.GrantOfKey(key)
	data, err := items.Item(ctx, TokenItem, key)
	if err != nil {
		return profiles.Grant{}, err
	}
	var s storedToken
	ok, err := decodeItem(data, &s, &s.Version)
	if err != nil && !errors.Is(err, errNewer) {
		return profiles.Grant{}, err
	}
	g := s.For.grant(bare.Kind)
	if !ok || g.Key() != key {
		return bare, nil
	}
	return g, nil
}
