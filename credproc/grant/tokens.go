package grant

import (
	"context"
	"encoding/json"

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
