package iam

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"hatstand/credproc/awsclient"
)

// A Code is IAM's error code.
type Code string

// The codes that callers tell apart.
const (
	AccessDenied            Code = "AccessDenied"
	NoSuchEntity            Code = "NoSuchEntity"
	LimitExceeded           Code = "LimitExceeded"
	AlreadyExists           Code = "EntityAlreadyExists"
	DeleteConflict          Code = "DeleteConflict"
	TemporarilyUnmodifiable Code = "EntityTemporarilyUnmodifiable"
	WrongCode               Code = "InvalidAuthenticationCode"
	InvalidToken            Code = "InvalidClientTokenId" // the key that signed is not known, or not any more, or not yet
)

// Is reports whether err is IAM's refusal with that code.
func Is(err error, code Code) bool {
	var e *RefusedError
	return errors.As(err, &e) && e.Code == code
}

// A RefusedError is IAM's refusal of one call.
type RefusedError struct {
	Profile string // whose credentials made the call
	Action  string // without "iam:"
	Code    Code
	Message string // IAM's, one line
	Skew    time.Duration
	MFA     bool // the credentials were given for a token code
}

func (e *RefusedError) Error() string {
	s := fmt.Sprintf("profile %q: AWS refused %s: %s: %s", e.Profile, e.Action, e.Code, e.Message)
	if e.Skew != 0 {
		s += "; " + awsclient.SkewWords(e.Skew)
	}
	return s
}

// Hints says what to do next, the likeliest first.
func (e *RefusedError) Hints() []string {
	if awsclient.IsSkew(string(e.Code), e.Message) {
		return []string{skewHint}
	}
	switch e.Code {
	case AccessDenied:
		return e.denied()
	case InvalidToken:
		h := []string{fmt.Sprintf("the access key of profile %q was deleted or made inactive, or belongs to another partition; store a working one, in place of any that is stored: hatstand keys add --replace %[1]s", e.Profile)}
		if e.MFA {
			h = append(h, "if its session was made before the keys changed: hatstand logout "+e.Profile)
		}
		return h
	case "ExpiredToken":
		return []string{"get a new session: hatstand logout " + e.Profile + ", then run it again"}
	case "SignatureDoesNotMatch":
		return []string{fmt.Sprintf("the secret access key of profile %q is not the one of its access key ID; store working keys, in place of any that are stored: hatstand keys add --replace %[1]s", e.Profile)}
	case NoSuchEntity:
		return []string{"it may have been deleted meanwhile; see what there is: hatstand " + e.listing() + " list --check"}
	case LimitExceeded:
		if e.Action == "CreateAccessKey" {
			return []string{fmt.Sprintf("a user has %d access keys at most, active or not; see both: hatstand keys list --check", KeysPerUser)}
		}
		return []string{fmt.Sprintf("a user has %d MFA devices at most; take one away first", DevicesPerUser)}
	case AlreadyExists:
		return []string{"take another name"}
	case DeleteConflict:
		return []string{"the device is somebody's still: it has to be deactivated first"}
	case TemporarilyUnmodifiable:
		return []string{"something else is changing it: wait a minute and run it again"}
	case WrongCode:
		return []string{"two codes in a row are wanted, the second 30 s after the first; if they were, set the clock of the device and of this machine"}
	}
	if e.Throttled() {
		return []string{"AWS limits calls per account; wait a little and run it again"}
	}
	if e.Code == "ServiceFailure" || e.Code == "ServiceUnavailable" || strings.HasPrefix(string(e.Code), "Internal") {
		return []string{"AWS failed, not you; run it again"}
	}
	return nil
}

const skewHint = "set the clock (AWS takes requests signed within 15 minutes of its own time), for instance: sudo timedatectl set-ntp true"

// denied names what is to be attached. An explicit deny with credentials that no token code was given
// for is how the policy that AWS documents for MFA looks from outside.
func (e *RefusedError) denied() []string {
	resource := "arn:aws*:iam::*:user/${aws:username}"
	switch e.Action {
	case "GetAccessKeyLastUsed":
		resource = "*"
	case "CreateVirtualMFADevice", "DeleteVirtualMFADevice", "ListVirtualMFADevices":
		resource = "arn:aws*:iam::*:mfa/*"
	}
	resource = strings.Replace(resource, "aws*", partitionIn(e.Message), 1)
	allow := fmt.Sprintf(`have this allowed to the user: {"Effect":"Allow","Action":"iam:%s","Resource":"%s"}`, e.Action, resource)
	mfa := fmt.Sprintf("the account may want MFA for it: set mfa_serial in profile %q and run it again", e.Profile)
	explicit := strings.Contains(e.Message, "explicit deny")
	switch {
	case explicit && !e.MFA:
		return []string{mfa, "else a policy of the account denies it: ask its administrator"}
	case explicit:
		return []string{"a policy of the account denies it: ask its administrator"}
	case !e.MFA:
		return []string{allow, mfa}
	}
	return []string{allow}
}

// partitionIn is the partition of the ARN that a message names; "aws" if it names none.
func partitionIn(message string) string {
	if _, rest, ok := strings.Cut(message, "arn:"); ok {
		if p, _, ok := strings.Cut(rest, ":"); ok && strings.Trim(p, "abcdefghijklmnopqrstuvwxyz-") == "" && p != "" {
			return p
		}
	}
	return "aws"
}

func (e *RefusedError) listing() string {
	if strings.Contains(e.Action, "MFA") {
		return "mfa"
	}
	return "keys"
}

// Throttled reports whether IAM turned the call away because of their number: nothing was done.
func (e *RefusedError) Throttled() bool {
	_, ok := retry.DefaultThrottleErrorCodes[string(e.Code)]
	return ok
}

// Undone reports whether the refusal says that nothing was done, where AWS's own failure leaves that open.
func (e *RefusedError) Undone() bool {
	switch e.Code {
	case AccessDenied, NoSuchEntity, LimitExceeded, AlreadyExists, DeleteConflict, TemporarilyUnmodifiable, WrongCode, InvalidToken:
		return true
	}
	return e.Throttled() || awsclient.IsSkew(string(e.Code), e.Message)
}

// An UnreachableError says that a call got no answer; whether it took effect is not known.
type UnreachableError struct {
	Profile string
	Action  string
	Err     error // never holds a URL's query or a header
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("profile %q: %s: %v", e.Profile, e.Action, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Hints says what to do next.
func (e *UnreachableError) Hints() []string {
	return []string{"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_IAM or endpoint_url if one is set"}
}

// failed words the SDK's error of a call.
func (c *Client) failed(action string, err error) error {
	if err == nil {
		return nil
	}
	r, reason := awsclient.Explain(err, "IAM", c.o.Calls.Now())
	if reason != nil {
		return &UnreachableError{c.o.Profile, action, reason}
	}
	return &RefusedError{Profile: c.o.Profile, Action: action, Code: Code(r.Code), Message: r.Message, Skew: r.Skew, MFA: c.o.MFA}
}

func (c *Client) empty(action string) error {
	return &UnreachableError{c.o.Profile, action, errors.New("the answer is empty")}
}
