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
	switch {
	case strings.HasPrefix(p.ID, "ASIA") && len(p.ID) == awsIDLength:
		return &ui.UsageError{
			Reason: fmt.Sprintf("%s is a temporary key", ui.Quoted(p.ID)),
			Next:   "store the long-lived key it was made from; its ID begins with AKIA",
		}
	case looksLikeID(p.Secret) && !looksLikeID(p.ID):
		return &ui.UsageError{
			Reason: "the access key ID and the secret access key are swapped",
			Next:   "the ID is the short one, which begins with AKIA",
		}
	case len(p.ID) < 16 || len(p.ID) > 128 || strings.ContainsFunc(p.ID, notInID):
		// STS API model: accessKeyIdType.
		return &ui.UsageError{
			Reason: "that is not an access key ID: it has 16 to 128 letters and digits, and begins with AKIA",
		}
	case len(p.Secret) < 16 || strings.ContainsFunc(p.Secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return &ui.UsageError{Reason: "that is not a secret access key: it has 40 characters"}
	}
	return nil
}

// awsIDLength is the length of the IDs that AWS makes. Other makers of keys have other lengths.
const awsIDLength = 20

// looksLikeID tells AWS's own IDs from secrets, which have 40 characters and small letters among them.
func looksLikeID(s string) bool {
	return len(s) == awsIDLength && (strings.HasPrefix(s, "AKIA") || strings.HasPrefix(s, "ASIA")) &&
		strings.ToUpper(s) == s
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
