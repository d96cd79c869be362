package awstest

import (
	"slices"
	"strings"
	"time"

	"hatstand/credproc/awstest/policy"
)

// Role is what AddRole makes.
type Role struct {
	Trust []Trust
	// MaxSession is MaxSessionDuration, 1 to 12 h; 0 is AWS's default, 1 h.
	MaxSession time.Duration
	// Allow, if not nil, is all that sessions of the role may do; nil is everything.
	Allow []string
}

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
	// SetSourceIdentity allows any source identity, and none.
	SetSourceIdentity bool
	// Tags are the keys of session tags that sts:TagSession is allowed for; "*" is all.
	Tags []string
}

type tag struct{ key, value string }

// role is a Role with what IAM adds.
type role struct {
	Role
	arn, account, name, id string
	perms                  policy.Permissions
}

// AddRole makes a role, or replaces the one of that ARN. The ARN may have a path.
// A role of another partition than the server's can never be assumed.
func (s *Server) AddRole(arn string, r Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, path, _ := splitRoleARN(arn)
	if r.MaxSession == 0 {
		r.MaxSession = time.Hour
	}
	s.roles[arn] = &role{
		Role: r, arn: arn, account: account, name: path[strings.LastIndexByte(path, '/')+1:],
		id:    "AROA" + random(idAlphabet, 17),
		perms: policy.Permissions{Allowed: r.Allow, Restricted: r.Allow != nil},
	}
}

// splitRoleARN is the account and the name with its path; false: not a role's ARN.
func splitRoleARN(arn string) (account, path string, ok bool) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[2] != "iam" {
		return "", "", false
	}
	path, ok = strings.CutPrefix(p[5], "role/")
	return p[4], path, ok && len(p[4]) == 12 && path != ""
}

// attempt is one try to assume a role, as trust policies see it.
type attempt struct {
	who         *principal
	externalID  string
	sessionName string
	mfa         bool
	source      string // the source identity of the session to be
	tags        []tag  // passed and inherited
}

// principal says whether the statement names the caller, and whether it does so
// itself rather than through its account: only then is the trust policy enough
// within one account.
func (t Trust) principal(who *principal, partition string) (named, directly bool) {
	switch p := t.Principal; {
	case p == "*":
		return true, false
	case p == who.account, p == "arn:"+partition+":iam::"+who.account+":root":
		return true, false
	case p == who.arn:
		return true, true
	case who.role != nil && p == who.role.arn:
		return true, true
	}
	return false, false
}

// conditions says whether the statement's conditions hold for the attempt.
func (t Trust) conditions(a attempt) bool {
	if t.PrincipalArn != "" && !arnLike(t.PrincipalArn, a.who.principalArn()) {
		return false
	}
	if t.ExternalID != "" && t.ExternalID != a.externalID || t.RequireMFA && !a.mfa {
		return false
	}
	name := ""
	if a.who.user != nil {
		name = a.who.user.Name
	}
	fits := func(pattern, value string) bool {
		if strings.Contains(pattern, "${aws:username}") {
			if name == "" {
				return false // the policy variable has no value
			}
			pattern = strings.ReplaceAll(pattern, "${aws:username}", name)
		}
		return policy.Like(pattern, value)
	}
	if t.SessionName != "" && !fits(t.SessionName, a.sessionName) {
		return false
	}
	return t.SourceIdentity == "" || a.source != "" && fits(t.SourceIdentity, a.source)
}

// principalArn is aws:PrincipalArn.
func (p *principal) principalArn() string {
	if p.role != nil {
		return p.role.arn
	}
	return p.arn
}

// arnLike compares each of an ARN's six parts by itself, as ArnLike does.
func arnLike(pattern, arn string) bool {
	want, got := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	return slices.EqualFunc(want, got, policy.Like)
}

// allowsSource and allowsTags are the actions beside sts:AssumeRole that a source
// identity and session tags need of the trust policy.
func (t Trust) allowsSource(a attempt) bool {
	return a.source == "" || t.SetSourceIdentity || t.SourceIdentity != ""
}

func (t Trust) allowsTags(a attempt) bool {
	return !slices.ContainsFunc(a.tags, func(g tag) bool {
		return !slices.ContainsFunc(t.Tags, func(k string) bool { return k == "*" || strings.EqualFold(k, g.key) })
	})
}

// authorize is trust policy and identity policy together. nil: allowed.
func (r *role) authorize(a attempt, partition string) *refusal {
	actions := []string{"sts:AssumeRole"}
	if a.source != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	if len(a.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	trusted, directly, source, tags := false, false, false, false
	for _, t := range r.Trust {
		named, direct := t.principal(a.who, partition)
		if !named || !t.conditions(a) {
			continue
		}
		trusted, directly = true, directly || direct
		source = source || t.allowsSource(a)
		tags = tags || t.allowsTags(a)
	}
	for _, act := range actions {
		switch why := a.who.rule(act); {
		case why == policy.ExplicitlyDenied, why == policy.DeniedBySessionPolicy, why == policy.NotInSessionPolicy:
			return notAuthorized(a.who, act, r.arn, why)
		case why == policy.NotAllowed && (!directly || a.who.account != r.account):
			return notAuthorized(a.who, act, r.arn, why)
		}
		ok := trusted
		switch act {
		case "sts:SetSourceIdentity":
			ok = source
		case "sts:TagSession":
			ok = tags
		}
		if !ok {
			return notAuthorized(a.who, act, r.arn, policy.Permitted)
		}
	}
	return nil
}
