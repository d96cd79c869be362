package keypair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/sts"
)

// Check catches what cannot be a long-lived key pair before AWS is asked.
func Check(p Pair) error {
	if looksLikeID(p.Secret) && !looksLikeID(p.ID) {
		return &ui.UsageError{
			Reason: "the access key ID and the secret access key are swapped",
			Next:   "the ID is the short one, which begins with AKIA",
		}
	}
	if err := CheckID(p.ID); err != nil {
		return err
	}
	return CheckSecret(p)
}

// CheckID catches what cannot be the ID of a long-lived key. It does not repeat the text, which may be the secret.
func CheckID(id string) error {
	const begins = "the ID of a long-lived key begins with AKIA and has 20 characters"
	upper := strings.ToUpper(id)
	switch {
	case looksLikeID(id) && strings.HasPrefix(id, "ASIA"):
		return &ui.UsageError{
			Reason: fmt.Sprintf("%s is a temporary key", ui.Quoted(id)),
			Next:   "store the long-lived key it was made from; its ID begins with AKIA",
		}
	case looksLikeID(upper) && id != upper:
		return &ui.UsageError{Reason: "that access key ID has lower-case letters in it", Next: "all its letters are capitals"}
	case isPrincipalID(id):
		return &ui.UsageError{Reason: "that is the ID of a user, a role or a group, not of an access key", Next: begins}
	case looksLikeSecret(id):
		return &ui.UsageError{Reason: "that is not an access key ID, but looks like a secret access key", Next: begins}
	case strings.ContainsFunc(id, notInID):
		return &ui.UsageError{Reason: "that is not an access key ID: those have only letters and digits", Next: begins}
	case strings.HasPrefix(id, "AKIA") && len(id) != awsIDLength, len(id) < 16, len(id) > 128:
		// STS API model: accessKeyIdType has 16 to 128 characters. Other makers of keys use more than 20.
		return &ui.UsageError{Reason: fmt.Sprintf("that is not an access key ID: it has %s", characters(id)), Next: begins}
	}
	return nil
}

// CheckSecret catches what cannot be the secret of the pair's ID.
func CheckSecret(p Pair) error {
	const forty = "AWS's have 40 characters, and are shown only once, when the key is created"
	switch {
	case p.Secret != "" && p.Secret == p.ID, looksLikeID(p.Secret):
		return &ui.UsageError{Reason: "that is not a secret access key, but an access key ID", Next: forty}
	case strings.ContainsFunc(p.Secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return &ui.UsageError{
			Reason: "that is not a secret access key: it has a space or another character that no such key has", Next: forty,
		}
	case len(p.Secret) < 16, looksLikeID(p.ID) && len(p.Secret) != awsSecretLength:
		return &ui.UsageError{
			Reason: fmt.Sprintf("that is not a secret access key: it has %s", characters(p.Secret)), Next: forty,
		}
	}
	return nil
}

func characters(s string) string {
	if len(s) == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", len(s))
}

// The lengths of what AWS makes. Other makers of keys have other lengths.
const (
	awsIDLength     = 20
	awsSecretLength = 40
)

// looksLikeID tells AWS's own IDs from secrets, which have 40 characters and small letters among them.
func looksLikeID(s string) bool {
	return len(s) == awsIDLength && (strings.HasPrefix(s, "AKIA") || strings.HasPrefix(s, "ASIA")) &&
		strings.ToUpper(s) == s
}

// looksLikeSecret reports whether AWS may have made that secret: small letters and capitals, which no maker's IDs of
// that length mix.
func looksLikeSecret(s string) bool {
	return len(s) == awsSecretLength && strings.ToUpper(s) != s && strings.ToLower(s) != s &&
		!strings.ContainsFunc(s, func(r rune) bool { return (notInID(r) || r == '_') && r != '+' && r != '/' })
}

// isPrincipalID reports whether IAM gives such IDs to users (AIDA), roles (AROA) and groups (AGPA).
func isPrincipalID(s string) bool {
	return len(s) >= 16 && strings.ToUpper(s) == s &&
		(strings.HasPrefix(s, "AIDA") || strings.HasPrefix(s, "AROA") || strings.HasPrefix(s, "AGPA"))
}

func notInID(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// Verify asks AWS for the ARN of a key's user. Unverified is the command that would store the key without asking.
func Verify(
	ctx context.Context, users *iamuser.Users, profile, region string, k cache.Keys, unverified string,
) (string, error) {
	arn, err := users.AskARN(ctx, profile, region, k)
	if _, ok := errors.AsType[*sts.UnreachableError](err); ok {
		return "", &unverifiedError{err: err, unverified: unverified}
	}
	return arn, err
}

// An unverifiedError says that AWS could not be asked whose a key is. The key may be stored all the same.
type unverifiedError struct {
	err        error
	unverified string
}

func (e *unverifiedError) Error() string { return e.err.Error() }

func (e *unverifiedError) Unwrap() error { return e.err }

func (e *unverifiedError) Hints() []string {
	return append(slices.Clone(advice.Hints(e.err)), "or store the key unverified: "+e.unverified)
}

// RootWarning warns of a key that no policy restricts; "" for any other.
func RootWarning(profile, arn string) string {
	if !strings.HasSuffix(arn, ":root") {
		return ""
	}
	return fmt.Sprintf("Warning: the key of profile %s is the root user's, which may do everything and cannot "+
		"assume roles. Make an IAM user, use its key, and delete this one.\n", ui.Plain(profile))
}
