package credproc

import (
	"fmt"

	"hatstand/profiles"
)

// A Kind says why a chain cannot become a plan.
type Kind int

const (
	Unsupported          Kind = iota // credentials from this kind of base cannot be got
	BadOption                        // an option has a value that STS would refuse
	NeedsRole                        // STS takes the option only with AssumeRole, and the chain has no role
	AlreadyTemporary                 // a duration was asked for, of credentials whose source has set one
	NeverExpire                      // a duration was asked for, of long-lived keys
	TokenOnly                        // a sign-in without an account and a permission set to get credentials for
	ProviderDecides                  // an option that the provider of a web identity or of an assertion decides
	PermissionSetDecides             // an option that only a permission set of IAM Identity Center decides
	NotUserKeys                      // a federated user was asked for, of other credentials than an IAM user\'s keys
	NotKeys                          // no session was asked for, where the base has no long-lived keys to use instead
)

// An Error says why a chain cannot become a plan.
type Error struct {
	Kind    Kind
	Target  string // what was asked for
	Subject string // the option in AWS's words ("session name"), or the source profile
	Reason  string
	Err     error // BadOption: the limit
}

func (e *Error) Error() string { return fmt.Sprintf("profile %q: %s", e.Target, e.Reason) }

func (e *Error) Unwrap() error { return e.Err }

func badOption(target, option string, err error) error {
	return &Error{Kind: BadOption, Target: target, Subject: option, Reason: err.Error(), Err: err}
}

func checkSupported(c *profiles.Chain) error {
	if !c.Base.GivesCredentials() {
		return &Error{Kind: TokenOnly, Target: c.Target, Subject: c.Base.Profile,
			Reason: "its sign-in gives a token and no credentials: sso_account_id and sso_role_name are not set" +
				sourceOf(c)}
	}
	if c.Base.Kind.Supported() {
		return nil
	}
	return &Error{Kind: Unsupported, Target: c.Target, Subject: c.Base.Profile,
		Reason: fmt.Sprintf("credentials from %s are not supported yet", c.Base.Kind) + sourceOf(c)}
}

// sourceOf names the base profile where that is not the one asked for.
func sourceOf(c *profiles.Chain) string {
	if base := c.Base.Profile; base != "" && base != c.Target {
		return fmt.Sprintf(" (source profile %q)", base)
	}
	return ""
}
