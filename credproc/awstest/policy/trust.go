package policy

import (
	"slices"
	"strings"
)

// Trust is one Allow statement of a role's trust policy. Everything it asks for
// must hold; one statement that holds is enough.
type Trust struct {
	// Principal is an account (twelve digits, or its root ARN), the ARN of a user, a
	// role or one role session, or "*".
	Principal string
	// PrincipalArn, if set, is what aws:PrincipalArn must be like (ArnLike): the ARN of
	// the calling user, or of the role of a role session with its path.
	PrincipalArn string
	// Federated, if set, is the OpenID Connect provider whose tokens are trusted, as its URL without https://;
	// Audience and Subject, if set, are what their aud must be and their sub must be like. Or it is the ARN of a SAML
	// provider: Audience is SAML:aud then, which is the Recipient, and must be set.
	Federated, Audience, Subject string
	// ExternalID, if set, is the one the call must give (sts:ExternalId).
	ExternalID string
	// RequireMFA wants aws:MultiFactorAuthPresent.
	RequireMFA bool
	// SessionName, if set, is what sts:RoleSessionName must be like: * and ? stand
	// for characters, ${aws:username} for the calling user's name.
	SessionName string
	// SourceIdentity, if set, is what sts:SourceIdentity must be like; it also allows
	// sts:SetSourceIdentity. ${aws:username} works here too.
	SourceIdentity string
	// SetSourceIdentity allows any source identity. The call need not have one.
	SetSourceIdentity bool
	// Tags are the keys of session tags that sts:TagSession is allowed for; "*" is all.
	Tags []string
}

// Names says whether the statement names the caller, and whether it does so
// itself rather than through its account: only then is the trust policy enough
// within one account.
func (t Trust) Names(r Request) (named, directly bool) {
	return fullStatement{principals: map[string][]string{"AWS": {t.Principal}}}.names(r)
}

// Holds says whether the statement's conditions hold for an sts:AssumeRole.
func (t Trust) Holds(r Request) bool {
	is := func(operator, key, value string) bool {
		return value == "" || condition{operator: operator, key: key, values: []string{value}}.holds(r)
	}
	source := "sts:SourceIdentity" // one that the caller has already is as good here
	if _, had := r.Context["aws:sourceidentity"]; had {
		source = "aws:SourceIdentity"
	}
	return is("ArnLike", "aws:PrincipalArn", t.PrincipalArn) && is("StringEquals", "sts:ExternalId", t.ExternalID) &&
		(!t.RequireMFA || is("Bool", "aws:MultiFactorAuthPresent", "true")) &&
		is("StringLike", "sts:RoleSessionName", t.SessionName) && is("StringLike", source, t.SourceIdentity)
}

// AllowsSource reports whether the trust policy also allows sts:SetSourceIdentity.
func (t Trust) AllowsSource() bool { return t.SetSourceIdentity || t.SourceIdentity != "" }

// AllowsTags reports whether the trust policy also allows sts:TagSession with these keys, passed and inherited.
func (t Trust) AllowsTags(keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		return !slices.ContainsFunc(t.Tags, func(k string) bool { return k == "*" || strings.EqualFold(k, key) })
	})
}
