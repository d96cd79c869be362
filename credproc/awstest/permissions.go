package awstest

import (
	"slices"
	"strings"
)

// permissions is an identity policy cut down to actions: everything is allowed
// until Allow names what is.
type permissions struct {
	allowed    []string
	restricted bool
	denied     []string
	withoutMFA []string // denied unless MFA is present
}

// ruling is the outcome of the policies that bear on an action.
type ruling int

const (
	permitted             ruling = iota
	notAllowed                   // by the identity policy
	explicitlyDenied             // in it
	notInSessionPolicy           // allowed by no session policy
	deniedBySessionPolicy        // denied in one
)

func (p *permissions) rule(action string, mfa bool) ruling {
	if matchAny(p.denied, action) || !mfa && matchAny(p.withoutMFA, action) {
		return explicitlyDenied
	}
	if p.restricted && !matchAny(p.allowed, action) {
		return notAllowed
	}
	return permitted
}

func matchAny(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return like(strings.ToLower(p), strings.ToLower(action))
	})
}

// like is IAM's StringLike: * for any run of characters, ? for one. Only the last
// * is ever gone back to, so that no pattern takes long.
func like(pattern, s string) bool {
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
