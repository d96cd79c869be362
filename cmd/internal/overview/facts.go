package overview

import (
	"context"
	"errors"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/credproc"
	"hatstand/credproc/policy"
	"hatstand/profiles/userfile"
)

// maxToken is more than STS takes of a token.
const maxToken = 32 << 10

// Facts are what this machine knows of a plan's caller beside the plan: whose keys the keyring has, whom a token in a
// file is about. It asks nobody for anything. An error says that the keyring cannot be read.
func (o Overview) Facts(ctx context.Context, p credproc.Plan) (policy.Facts, error) {
	b := p.Base
	if b.WebIdentityTokenFile.IsSet() {
		token, err := userfile.Read(b.WebIdentityTokenFile.Value, maxToken)
		if err != nil {
			return policy.Facts{}, nil // the token is written where it is used
		}
		f, _ := policy.FromToken(string(token))
		return f, nil
	}
	if !b.Kind.InKeyring() || p.Temporary {
		return policy.Facts{}, nil
	}
	store, err := o.Keyring.Asking(prompt.Never).Open(prompt.With(ctx, prompt.Never))
	if err != nil {
		return policy.Facts{}, err
	}
	keys, err := store.Keys(ctx, b.Profile)
	if errors.Is(err, cache.ErrNotFound) {
		err = nil
	}
	return policy.Facts{User: keys.ARN}, err
}
