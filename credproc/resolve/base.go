package resolve

import (
	"context"
	"fmt"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// base returns the credentials that the chain starts from, and the ARN of the IAM user they belong to
// where that is known.
func (r *Resolver) base(ctx context.Context, p credproc.Plan) (c credentials.Value, user string, err error) {
	b := p.Base
	switch b.Kind {
	case profiles.Environment:
		if c = ownKeys(b, "environment"); !c.HasKeys() {
			return c, "", MissingVariables(p.Target, b.Profile)
		}
		return c, "", nil
	case profiles.Process:
		if c = ownKeys(b, "process"); c.HasKeys() { // the plan is Decided
			return c, "", nil
		}
		c, err = r.process(ctx, p)
		return c, "", err
	case profiles.EC2Metadata, profiles.ECSContainer:
		if b.Metadata.URL == "" {
			return c, "", MissingContainer(p.Target, b.Profile)
		}
		if c, err = r.Metadata(ctx, b); err != nil {
			err = fmt.Errorf("profile %q: %w", p.Target, err)
		}
		return c, "", err
	case profiles.LoginSession:
		t, err := r.token(ctx, p, b.Grant)
		if err != nil {
			return c, "", err
		}
		return credentials.Value{AccessKeyID: t.Access, SecretAccessKey: t.Console.SecretAccessKey,
			SessionToken: t.Console.SessionToken, CanExpire: true, Expires: t.Expires, AccountID: b.AccountID,
			Source: "hatstand", MadeWith: t.SignIn}, "", nil
	case profiles.Keyring, profiles.Static:
	default: // a plan of it was made, and nothing here gets its credentials: never anybody else's
		return c, "", fmt.Errorf("profile %q: hatstand cannot get credentials from %s yet", p.Target, b.Kind)
	}
	if p.Temporary {
		// Keys in the keyring win over a file's long-lived keys, not over temporary ones: those need another plan.
		return ownKeys(b, "file"), "", nil
	}
	c, user, err = r.Keys.Keys(ctx, b.Profile)
	if err != nil || c.HasKeys() {
		c.Source = fromKeyring
		return c, user, err
	}
	if b.Kind == profiles.Static {
		return ownKeys(b, "file"), "", nil
	}
	return c, "", MissingKeys(p.Target, b.Profile)
}

// fromKeyring is the source of credentials that the keyring holds.
const fromKeyring = "keyring"

// ownKeys are the keys that the base itself has.
func ownKeys(b profiles.Base, source string) credentials.Value {
	return credentials.Value{
		AccessKeyID: b.AccessKeyID, SecretAccessKey: b.SecretAccessKey.Reveal(), SessionToken: b.SessionToken.Reveal(),
		AccountID: b.AccountID, Source: source,
	}
}
