package policy

import "fmt"

// A Kind says why there is no policy.
type Kind int

const (
	NoRole         Kind = iota // the plan assumes no role
	Managed                    // the role is IAM Identity Center's own
	NothingToAllow             // nobody needs a permission: a token is the proof
	NotUser                    // the base's credentials are not an IAM user's
	OtherRole                  // two profiles with different roles, where one policy was asked for
	NotOnTheWay                // a profile that was named is none of the plan's roles that assume another
	BadPrincipal               // what was given as the caller is none
	CallerIsTold               // a caller was given, and the plan itself says who it is
	BadAccounts                // what was given for many accounts is not a pattern of account numbers
)

// An Error says why there is no policy for a profile.
type Error struct {
	Kind   Kind
	Target string
	Reason string
}

func (e *Error) Error() string {
	if e.Target == "" {
		return e.Reason
	}
	return fmt.Sprintf("profile %q: %s", e.Target, e.Reason)
}
