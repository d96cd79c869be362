package sts

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/profiles"
)

// A RefusedError is AWS's refusal of one call.
type RefusedError struct {
	Target  string // what was asked for
	Call    credproc.Call
	Role    string // the role's ARN; "" for a session
	Code    string // AWS's error code
	Message string // AWS's message, one line
	Skew    time.Duration
	Facts   Facts
}

// Facts are what the plan knows of a refused call; the hints depend on them.
type Facts struct {
	Profile     string // that holds the role
	Base        string
	Kind        profiles.BaseKind // where the base's credentials were found
	Temporary   bool              // the base's credentials are
	HasMFA      bool              // this call or one before it carried a token code
	HasExternal bool
	HasNarrower bool // a session policy, tags or a source identity went along
	Region      string
	Words       string // the target as a command line names it
	Seed        string // the serial of the device whose code this is, where a seed of it is stored
	Replaced    bool   // the keyring has other keys by now than those of the call
}

func (e *RefusedError) Error() string {
	what := string(e.Call)
	if e.Role != "" {
		what += " of " + e.Role
	}
	s := fmt.Sprintf("profile %q: AWS refused %s: %s: %s", e.Target, what, e.Code, e.Message)
	if e.Skew != 0 {
		s += "; " + awsclient.SkewWords(e.Skew)
	}
	return s
}

// An UnreachableError says that a call got no answer.
type UnreachableError struct {
	Target string
	Call   credproc.Call
	Err    error // never holds a URL's query or a header
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("profile %q: %s: %v", e.Target, e.Call, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Refusal turns the SDK's error of a call into a RefusedError or an UnreachableError. now is when the
// answer came, by this machine's clock.
func Refusal(target string, call credproc.Call, role string, f Facts, err error, now time.Time) error {
	r, reason := awsclient.Explain(err, "STS", now)
	if reason != nil {
		return &UnreachableError{Target: target, Call: call, Err: reason}
	}
	return &RefusedError{Target: target, Call: call, Role: role, Facts: f, Code: r.Code, Message: r.Message,
		Skew: r.Skew}
}

// WrongCode reports whether the refusal is about the token code alone, so that another code may do.
func WrongCode(err error) bool {
	var e *RefusedError
	return errors.As(err, &e) && strings.Contains(e.Message, "invalid MFA one time pass code")
}
