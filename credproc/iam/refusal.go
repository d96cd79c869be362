package iam

import (
	"errors"
	"fmt"
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
	// the key that signed is not known, or not any more, or not yet
	InvalidToken Code = "InvalidClientTokenId"
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

// Throttled reports whether IAM turned the call away because of their number: nothing was done.
func (e *RefusedError) Throttled() bool {
	_, ok := retry.DefaultThrottleErrorCodes[string(e.Code)]
	return ok
}

// Undone reports whether the refusal says that nothing was done, where AWS's own failure leaves that open.
func (e *RefusedError) Undone() bool {
	switch e.Code {
	case AccessDenied, NoSuchEntity, LimitExceeded, AlreadyExists, DeleteConflict, TemporarilyUnmodifiable,
		WrongCode, InvalidToken:
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

// failed words the SDK's error of a call.
func (c *Client) failed(action string, err error) error {
	if err == nil {
		return nil
	}
	r, reason := awsclient.Explain(err, "IAM", c.o.Calls.Now())
	if reason != nil {
		return &UnreachableError{c.o.Profile, action, reason}
	}
	return &RefusedError{Profile: c.o.Profile, Action: action, Code: Code(r.Code), Message: r.Message, Skew: r.Skew,
		MFA: c.o.MFA}
}

func (c *Client) empty(action string) error {
	return &UnreachableError{c.o.Profile, action, errors.New("the answer is empty")}
}
