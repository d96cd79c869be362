// Package policy decides what policies allow. A Document is a trust policy or an identity policy as somebody wrote it,
// read whole; Permissions and Session are cut down to actions.
package policy

import (
	"slices"
	"strings"
)

// Permissions is an identity policy: everything is allowed unless Restricted, then what Allowed names. Or it is Written.
type Permissions struct {
	Allowed    []string
	Restricted bool
	Denied     []string
	WithoutMFA []string // denied unless MFA is present

	Written *Document // set: it alone allows, beside Denied
}

// Ruling is the outcome of the policies that bear on an action.
type Ruling int

const (
	Permitted             Ruling = iota
	NotAllowed                   // by the identity policy
	ExplicitlyDenied             // in it
	NotInSessionPolicy           // allowed by no session policy
	DeniedBySessionPolicy        // denied in one
)

// Rule is what the policy says of an action.
func (p *Permissions) Rule(action string, mfa bool) Ruling {
	if MatchAny(p.Denied, action) || !mfa && MatchAny(p.WithoutMFA, action) {
		return ExplicitlyDenied
	}
	if p.Written == nil && p.Restricted && !MatchAny(p.Allowed, action) {
		return NotAllowed
	}
	return Permitted
}

// RuleOn is what the policy says of a whole request.
func (p *Permissions) RuleOn(r Request, mfa bool) Ruling {
	why := p.Rule(r.Action, mfa)
	if why != Permitted || p.Written == nil {
		return why
	}
	switch v := p.Written.Judge(r); {
	case v.Denied:
		return ExplicitlyDenied
	case !v.Allowed:
		return NotAllowed
	}
	return Permitted
}

// Refused is AWS's sentence for a refusal by policy. Trust policies give no reason (Permitted), so that nobody learns
// which roles exist.
func Refused(caller, action, resource string, why Ruling) string {
	text := "User: " + caller + " is not authorized to perform: " + action
	if resource != "" {
		text += " on resource: " + resource
	}
	switch why {
	case ExplicitlyDenied:
		text += " with an explicit deny in an identity-based policy"
	case NotAllowed:
		text += " because no identity-based policy allows the " + action + " action"
	case NotInSessionPolicy:
		text += " because no session policy allows the " + action + " action"
	case DeniedBySessionPolicy:
		text += " with an explicit deny in a session policy"
	}
	return text
}

// MatchAny reports whether an action is like one of the patterns, whatever their case.
func MatchAny(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return Like(strings.ToLower(p), strings.ToLower(action))
	})
}

// Like is IAM's StringLike: * for any run of characters, ? for one. Only the last
// * is ever gone back to, so that no pattern takes long.
func Like(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
