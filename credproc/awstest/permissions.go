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

// like is IAM's StringLike: * for any run of characters, ? for one.
func like(pattern, s string) bool {
	for pattern != "" {
		switch pattern[0] {
		case '*':
			for i := 0; i <= len(s); i++ {
				if like(pattern[1:], s[i:]) {
					return true
				}
			}
			return false
		case '?':
			if s == "" {
				return false
			}
		default:
			if s == "" || s[0] != pattern[0] {
				return false
			}
		}
		pattern, s = pattern[1:], s[1:]
	}
	return s == ""
}
