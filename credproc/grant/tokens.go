package grant

import (
	"context"
	"encoding/json"
	"errors"

	"hatstand/profiles"
)

// InKeyring keeps tokens in the keyring.
type InKeyring struct{ Items Items }

// Token returns the grant's token. One that was made for other settings is none.
func (k InKeyring) Token(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error) {
	s, ok, err := storedOf(ctx, k.Items, g)
	if !ok || err != nil || s.Mark != "" {
		return Token{}, false, err
	}
	return s.token(), true, nil
}

// PutToken stores the token in place of the one before. Whoever replaces that holds the grant's lock.
func (k InKeyring) PutToken(ctx context.Context, g profiles.Grant, t, _ Token) error {
	return putStored(ctx, k.Items, g, stored(g, t))
}

// An Outdated is a token in a grant's place that was made for other settings: somebody has edited the section, or
// sso_cache, after the sign-in.
type Outdated struct {
	Grant profiles.Grant // with those settings
	Token Token
}

// Outdated returns the item's token, if it was made for other settings.
func (k InKeyring) Outdated(ctx context.Context, g profiles.Grant) ([]Outdated, error) {
	return outdated(ctx, k.Items, g, func(p purpose) bool { return p != purposeOf(g) })
}

// outdated is the token that the grant's item has, if it has one, and it is for settings that count as others.
func outdated(ctx context.Context, items Items, g profiles.Grant, others func(purpose) bool) ([]Outdated, error) {
	data, err := items.Item(ctx, TokenItem, g.Key())
	if err != nil {
		return nil, err
	}
	var s storedToken
	ok, err := decodeItem(data, &s, &s.Version)
	if errors.Is(err, errNewer) {
		return nil, nil
	}
	if !ok || err != nil || s.Mark != "" || !others(s.For) {
		return nil, err
	}
	return []Outdated{{s.For.grant(g.Kind), s.token()}}, nil
}

// RemoveToken removes the token.
func (k InKeyring) RemoveToken(ctx context.Context, g profiles.Grant) error {
	return k.Items.RemoveItem(ctx, TokenItem, g.Key())
}

// storedOf is the grant's token item, if it is for these settings.
func storedOf(ctx context.Context, items Items, g profiles.Grant) (s storedToken, ok bool, err error) {
	data, err := items.Item(ctx, TokenItem, g.Key())
	if err != nil {
		return s, false, err
	}
	ok, err = decodeItem(data, &s, &s.Version)
	if !ok || err != nil || s.For != purposeOf(g) {
		return storedToken{}, false, err
	}
	return s, true, nil
}

func putStored(ctx context.Context, items Items, g profiles.Grant, s storedToken) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return items.PutItem(ctx, TokenItem, g.Key(), data)
}
