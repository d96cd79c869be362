package loginsession

import (
	"errors"
	"fmt"
	"net/http"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
)

// OAuth's codes of errors, as AWS spells them here.
const (
	tokenExpired       = "TOKEN_EXPIRED"
	credentialsChanged = "USER_CREDENTIALS_CHANGED"
	codeExpired        = "AUTHCODE_EXPIRED"
	noPermission       = "INSUFFICIENT_PERMISSIONS"
	invalidRequest     = "INVALID_REQUEST"
)

// refusal turns the SDK's error of a call into a *grant.Error.
func (c *Client) refusal(grantType string, err error) error {
	e := &grant.Error{Grant: c.grant.Name(), Call: createToken}
	said, noAnswer := awsclient.Explain(err, "AWS Sign-In", c.calls.Now())
	var r *awsclient.JSONRefusal
	switch {
	case noAnswer != nil:
		e.Kind, e.Err = grant.NoAnswer, noAnswer
		e.Reason = fmt.Sprintf("sign-in to %s: %s: %v", e.Grant, createToken, noAnswer)
		return e
	case !errors.As(err, &r):
		r = &awsclient.JSONRefusal{Code: said.Code, Message: said.Message}
	}
	if e.Code = r.OAuth; e.Code == "" {
		e.Code = r.Code
	}
	if e.Kind = kindOf(r, grantType == "refresh_token"); e.Kind == grant.Throttled {
		e.RetryAfter = awsclient.RetryAfter(err, c.calls.Now())
	}
	quoted := e.Code
	if r.Message != "" {
		quoted += ": " + r.Message
	}
	e.Reason = c.words(e.Kind) + " (" + quoted + ")"
	return e
}

// kindOf is what AWS's error means.
func kindOf(r *awsclient.JSONRefusal, refreshes bool) grant.Kind {
	switch r.OAuth {
	case tokenExpired, credentialsChanged:
		return grant.GrantEnded
	case codeExpired:
		return grant.CodeExpired
	case noPermission:
		return grant.NoPermission
	}
	switch grant.ErrorName(r.Code) {
	case "InvalidGrant", "ExpiredToken":
		if refreshes {
			return grant.GrantEnded
		}
		return grant.Refused
	case "TooManyRequestsError", "TooManyRequests", "Throttling":
		return grant.Throttled
	}
	switch {
	case r.Status == http.StatusTooManyRequests:
		return grant.Throttled
	case r.Status >= 500:
		return grant.AWSFailed
	}
	return grant.Refused
}

// words are what went wrong, without what AWS said.
func (c *Client) words(k grant.Kind) string {
	name := c.grant.Name()
	switch k {
	case grant.GrantEnded:
		return "the sign-in to " + name + " has ended"
	case grant.CodeExpired:
		return "the sign-in to " + name + " took too long"
	case grant.NoPermission:
		return "sign-in to " + name + ": you may not get credentials by signing in to the console"
	case grant.Throttled:
		return "sign-in to " + name + ": too many calls of " + createToken
	case grant.AWSFailed:
		return "sign-in to " + name + ": AWS failed in " + createToken
	case grant.Declined:
		return "the sign-in to " + name + " was declined in the browser"
	case grant.BrowserError:
		return "the browser came back from the sign-in to " + name + " with an error"
	}
	return "sign-in to " + name + ": AWS refused " + createToken
}

// BrowserError is the error that a browser came back with.
func (c *Client) BrowserError(problem, description string) error {
	e := &grant.Error{Kind: grant.BrowserError, Grant: c.grant.Name(), Call: authorize, Code: problem}
	switch grant.ErrorName(problem) {
	case "AccessDenied":
		e.Kind = grant.Declined
	}
	if problem == noPermission {
		e.Kind = grant.NoPermission
	}
	said := problem
	if description != "" {
		said += ": " + description
	}
	e.Reason = c.words(e.Kind) + " (" + said + ")"
	return e
}
