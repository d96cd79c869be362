package resolve

import (
	"fmt"

	"hatstand/credproc"
	"hatstand/credproc/internal/text"
	"hatstand/profiles"
)

// A Kind says why a plan gave no credentials, where the refusal is neither STS's nor the keyring's.
type Kind int

const (
	NoKeys        Kind = iota // the keyring and the files have no keys of the source profile
	NoVariables               // credential_source = Environment, and the environment has no keys
	NoContainer               // credential_source = EcsContainer, and the environment names no address
	ProgramFailed             // another program's credential_process gave no credentials
	BadAnswer                 // STS answered without usable credentials
	NoToken                   // a web identity's file is not there, or empty
	UnusableToken             // it is there, and cannot be read or has no token in it
	NotPrinted                // a web identity's program printed no token
	WrongRole                 // STS answered with another role than the one asked for
)

// An Error says why a plan gave no credentials. It never quotes the stdout of another program, which may hold secrets.
type Error struct {
	Kind   Kind
	Target string // what was asked for
	Source string // the source profile
	Reason string

	// Exit and Hints are the exit code and the hints of a hatstand that the profile starts and that failed. Other
	// programs have 0 and none.
	Exit  int
	Hints []string
}

func (e *Error) Error() string { return fmt.Sprintf("profile %q: %s", e.Target, e.Reason) }

// exitCancelled is a hatstand's exit code after its prompt was cancelled.
const exitCancelled = 130

// Is reports ErrDeclined where a person cancelled the other hatstand's prompt.
func (e *Error) Is(target error) bool { return e.Exit == exitCancelled && target == ErrDeclined }

// MissingKeys is the error of a target whose source profile has no keys in the keyring and none in a file.
func MissingKeys(target, source string) *Error {
	return &Error{Kind: NoKeys, Target: target, Source: source,
		Reason: "no keys: it has none in the keyring and none in a file" + from(source, target)}
}

// MissingVariables is the error of a target whose source profile says credential_source = Environment, where the
// environment has no keys.
func MissingVariables(target, source string) *Error {
	return &Error{Kind: NoVariables, Target: target, Source: source, Reason: "credential_source = Environment" +
		from(source, target) + ", but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set"}
}

func programError(p credproc.Plan, program, reason string) *Error {
	at := ""
	if where := p.Base.Process; where.Path != "" {
		at = " (" + where.Where() + ")"
	}
	return &Error{Kind: ProgramFailed, Target: p.Target, Source: p.Base.Profile,
		Reason: fmt.Sprintf("credential_process %q%s%s: %s", program, at, from(p.Base.Profile, p.Target), reason)}
}

func badAnswer(target string, call credproc.Call, reason string) *Error {
	return &Error{Kind: BadAnswer, Target: target, Reason: fmt.Sprintf("the answer to %s %s", call, reason)}
}

func wrongRole(target string, role profiles.Role, got string) *Error {
	return &Error{Kind: WrongRole, Target: target,
		Reason: fmt.Sprintf("asked STS for %s, got %q: not used", role.ARN, text.OneLine(got))}
}

// from names the source profile where it is not the one asked for.
func from(profile, target string) string {
	if profile == "" || profile == target {
		return ""
	}
	return fmt.Sprintf(" (source profile %q)", profile)
}

// MissingContainer is the error of a target whose source profile wants a container's credentials where there is none.
func MissingContainer(target, source string) error {
	return &Error{Kind: NoContainer, Target: target, Source: source, Reason: "credential_source = EcsContainer" +
		from(source, target) + ", but neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor " +
		"AWS_CONTAINER_CREDENTIALS_FULL_URI is set"}
}
