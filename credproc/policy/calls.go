package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hatstand/credproc"
	"hatstand/profiles"
	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

// Facts are what a plan does not tell, and who asks for the policy may know.
type Facts struct {
	// User is the ARN of the IAM user whose keys the base has, as the keyring tells. It names the role session, too.
	User string
	// Caller is who the base's credentials are of, where somebody says it: an account's number, or the ARN of a user, of
	// a role or of a role session. For a SAML sign-in it is the ARN of the provider. It beats User.
	Caller string
	// Issuer, Audience and Subject are what the token of a web identity says. Subject may have wildcards.
	Issuer, Audience, Subject string
}

// How MFA gets to a call.
type mfa int

const (
	noMFA     mfa = iota
	bySession     // the caller's credentials have it
	withCall      // the call carries the code
	perhaps       // that hangs on what the base's program answers
)

// A call is one of a plan's that assumes a role, with what the caller's session has.
type call struct {
	credproc.Step
	index  int            // among the plan's steps
	before *credproc.Step // the call that gave the caller's credentials; nil: the base did, or a session of its keys
	mfa    mfa
	source string       // the source identity that the caller's session has
	tags   []sessionTag // and the transitive tags
}

// A sessionTag is one that a call passes. With any, its value is what a person types.
type sessionTag struct {
	key, value string
	any        bool
}

// passed are the tags that a call passes.
func passed(r profiles.Role) []sessionTag {
	var all []sessionTag
	for _, t := range r.Tags {
		all = append(all, sessionTag{t.Key, t.Value, false})
	}
	if r.ReasonRequired.IsSet() {
		all = append(all, sessionTag{limits.ReasonTag, "", true})
	}
	return all
}

// condition requires the tag, with its value if that is known.
func (t sessionTag) condition(key string) Condition {
	if t.any {
		return is("Null", key+t.key, Value{Text: "false"})
	}
	return is("StringEquals", key+t.key, Value{Text: t.value})
}

// calls are the calls of a plan that assume a role, in order.
func calls(p credproc.Plan) []call {
	var all []call
	var before *credproc.Step
	var source string
	var tags []sessionTag
	present := noMFA
	if p.LongLived != nil && p.LongLived.CodeItem() != (credproc.Item{}) {
		present = perhaps
	}
	for i := range p.Steps {
		s := p.Steps[i]
		switch s.Call {
		case credproc.GetSessionToken:
			if s.Serial != "" {
				present = bySession
			}
			continue
		case credproc.GetRoleCredentials:
			before = &s
			continue
		}
		c := call{Step: s, index: i, before: before, mfa: present, source: source, tags: tags}
		if s.Serial != "" {
			c.mfa = withCall
		}
		all = append(all, c)
		// A role session has the source identity and the transitive tags of the one before it, and no MFA.
		before, present = &s, noMFA
		if source == "" {
			source = s.Role.SourceIdentity
		}
		tags = slices.Concat(tags, transitive(s.Role))
	}
	return all
}

// transitive are the tags that a role's sessions hand on.
func transitive(r profiles.Role) []sessionTag {
	return slices.DeleteFunc(passed(r), func(t sessionTag) bool { return !handsOn(r, t.key) })
}

func handsOn(r profiles.Role, key string) bool {
	return slices.ContainsFunc(r.TransitiveTags, func(k string) bool { return strings.EqualFold(k, key) })
}

// base reports whether the caller is the base itself, or a session of its keys.
func (c call) base() bool { return c.before == nil }

// permissionSet reports whether the caller is a permission set of IAM Identity Center.
func (c call) permissionSet() bool {
	return c.before != nil && c.before.Call == credproc.GetRoleCredentials
}

// Caller is who makes a call, in words.
func (c call) caller(p credproc.Plan, f Facts) string {
	switch {
	case c.Call == credproc.AssumeRoleWithWebIdentity:
		return "whoever has the token"
	case c.Call == credproc.AssumeRoleWithSAML:
		return "whoever has the assertion"
	case c.permissionSet():
		return "permission set " + c.before.RoleInAccount()
	case c.before != nil:
		return "role " + c.before.RoleInAccount()
	}
	if name := f.callerOf(p); name != "" {
		return name
	}
	return unnamedOwner(p)
}

// unnamedOwner describes the base's identity, whose name nobody knows.
func unnamedOwner(p credproc.Plan) string {
	return "the owner of " + p.Base.Kind.Start() + " " + quoted(p.Base.Profile)
}

// callerOf is who the base's credentials are of, as a principal; "": not known.
func (f Facts) callerOf(p credproc.Plan) string {
	switch {
	case len(f.Caller) == 12 && !strings.Contains(f.Caller, ":"):
		return "arn:" + p.Partition + ":iam::" + f.Caller + ":root"
	case f.Caller != "":
		return f.Caller
	case f.User != "" && p.Base.Kind.InKeyring() && !p.Temporary:
		return f.User
	}
	return p.Base.Grant.ARN
}

// check refuses a caller that cannot be the plan's.
func (f Facts) check(p credproc.Plan) error {
	bad := func(format string, args ...any) error {
		return &Error{BadPrincipal, p.Target, fmt.Sprintf(format, args...)}
	}
	var first credproc.Step
	if len(p.Steps) > 0 {
		first = p.Steps[0]
	}
	var told string
	switch first.Call {
	case credproc.GetRoleCredentials:
		told = "permission set " + first.RoleInAccount()
	case credproc.AssumeRoleWithWebIdentity:
		told = "who has a token of the OpenID provider"
	}
	switch {
	case f.Caller == "":
		return nil
	case told != "":
		return &Error{CallerIsTold, p.Target, "its plan says already whose its credentials are: " + told}
	case first.Call == credproc.AssumeRoleWithSAML:
		if err := limits.CheckSAMLProviderARN(f.Caller); err != nil {
			return bad("%v", err)
		}
	case !principalPattern().MatchString(f.Caller):
		return bad("%q is neither an account's number nor the ARN of an account's root, a user, a role or a role session", f.Caller)
	}
	if of := partitions.OfARN(f.Caller); of != "" && of != p.Partition {
		return bad("%s is in partition %s, and the role in %s", f.Caller, of, p.Partition)
	}
	return nil
}

// principalPattern is what a trust policy takes as an AWS principal. No part of it is a wildcard.
func principalPattern() *regexp.Regexp {
	return regexp.MustCompile(`^(\d{12}|arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)/[\w+=,.@/-]+)|sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+))$`)
}
