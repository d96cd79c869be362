package identitycenter

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/profiles/partitions"
)

// A call is one that AWS refused, as far as its error depends on it.
type call struct {
	name                   string
	grantType              string // of CreateToken
	account, permissionSet string
}

func (c call) ofPortal() bool {
	switch c.name {
	case roleCredentials, listAccounts, listAccountRoles, logout:
		return true
	}
	return false
}

// incomplete is the error of an answer that lacks what it is made for.
func (c *Client) incomplete(name string) error {
	return &grant.Error{Kind: grant.BadAnswer, Grant: c.grant.Name(), Call: name,
		Reason: fmt.Sprintf("sign-in to %s: AWS's answer to %s is incomplete", c.grant.Name(), name)}
}

// refusal turns the SDK's error of a call into an *Error.
func (c *Client) refusal(of call, err error) error {
	e := &grant.Error{Grant: c.grant.Name(), Call: of.name}
	said, noAnswer := awsclient.Explain(err, "IAM Identity Center", c.calls.Now())
	var r *awsclient.JSONRefusal
	switch {
	case noAnswer != nil:
		e.Kind, e.Err = grant.NoAnswer, noAnswer
		e.Reason = fmt.Sprintf("sign-in to %s: %s: %v", e.Grant, of.name, noAnswer)
		return e
	case !errors.As(err, &r):
		r = &awsclient.JSONRefusal{Code: said.Code, Message: said.Message}
	}
	e.Kind, e.Code = kindOf(of, r), r.Code
	if partitions.ValidLabel(r.Region) {
		e.Region = r.Region
	}
	e.Account, e.Role = of.account, of.permissionSet
	if e.Kind == grant.Throttled {
		e.RetryAfter = awsclient.RetryAfter(err, c.calls.Now())
	}
	if e.Kind == grant.InvalidScope {
		e.Subject = strings.Join(c.scopes(), ", ")
	}
	e.Reason = c.words(e, of) + " (" + quoted(r) + ")"
	return e
}

// quoted is what AWS said.
func quoted(r *awsclient.JSONRefusal) string {
	s := r.Code
	if r.Reason != "" {
		s += ", " + r.Reason
	}
	if r.Message != "" {
		s += ": " + r.Message
	}
	return s
}

// BrowserError is the error that a browser came back with.
func (c *Client) BrowserError(problem, description string) error {
	e := &grant.Error{Kind: grant.BrowserError, Grant: c.grant.Name(), Call: authorize, Code: problem}
	switch grant.ErrorName(problem) {
	case "AccessDenied":
		e.Kind = grant.Declined
	case "InvalidRequest":
		e.Kind = grant.WrongRegionOrURL
	case "InvalidScope":
		e.Kind, e.Subject = grant.InvalidScope, strings.Join(c.scopes(), ", ")
	case "InvalidClient", "UnauthorizedClient":
		e.Kind = grant.ClientRefused
	}
	said := problem
	if description != "" {
		said += ": " + description
	}
	e.Reason = c.words(e, call{name: authorize}) + " (" + said + ")"
	return e
}

// kindOf is what AWS's error means for a call.
func kindOf(of call, r *awsclient.JSONRefusal) grant.Kind {
	if strings.HasPrefix(r.Reason, "KMS_") {
		return grant.KMSRefused
	}
	polls := of.grantType == deviceCode
	switch name := grant.ErrorName(r.Code); name {
	case "AuthorizationPending":
		return grant.Pending
	case "SlowDown":
		if polls {
			return grant.SlowDown
		}
		return grant.Throttled
	case "TooManyRequests", "Throttling":
		return grant.Throttled
	case "ExpiredToken":
		if polls {
			return grant.DeviceExpired
		}
		return grant.GrantEnded
	case "InvalidGrant":
		if of.grantType == authorizationCode {
			return grant.Refused // the code was not good: there is no sign-in yet that could end
		}
		return grant.GrantEnded
	case "InvalidClient", "UnauthorizedClient":
		return grant.ClientRefused
	case "AccessDenied":
		if of.grantType != "" && of.grantType != refreshToken {
			return grant.Declined
		}
	case "InvalidScope":
		return grant.InvalidScope
	case "InvalidRequestRegion":
		return grant.WrongRegionOrURL
	case "InvalidRequest":
		if of.name == startDevice || of.name == registerClient || of.name == authorize {
			return grant.WrongRegionOrURL
		}
	}
	return kindByStatus(of, r)
}

// kindByStatus is what the status of an answer means whose error says no more.
func kindByStatus(of call, r *awsclient.JSONRefusal) grant.Kind {
	switch {
	case r.Status == http.StatusTooManyRequests:
		return grant.Throttled
	case r.Status >= 500:
		return grant.AWSFailed
	case !of.ofPortal():
	case r.Status == http.StatusUnauthorized:
		return grant.TokenRefused
	case r.Status == http.StatusForbidden && of.account != "":
		return grant.NoAccess
	case r.Status == http.StatusNotFound && of.account != "":
		return grant.AccountGone
	}
	return grant.Refused
}

// words are what went wrong, without what AWS said.
func (c *Client) words(e *grant.Error, of call) string {
	switch e.Kind {
	case grant.Pending:
		return "nobody has finished the sign-in to " + e.Grant + " yet"
	case grant.SlowDown:
		return "the sign-in to " + e.Grant + " is asked for too often"
	case grant.DeviceExpired:
		return "nobody finished the sign-in to " + e.Grant + " in time"
	case grant.Declined:
		return "the sign-in to " + e.Grant + " was declined in the browser"
	case grant.BrowserError:
		return "the browser came back from the sign-in to " + e.Grant + " with an error"
	case grant.WrongRegionOrURL:
		s := fmt.Sprintf("sign-in to %s: AWS knows no start URL %s in %s", e.Grant, c.grant.SentStartURL(), c.grant.Region)
		if e.Region != "" {
			s += ", but in " + e.Region
		}
		return s
	case grant.InvalidScope:
		return "sign-in to " + e.Grant + ": AWS knows no such scope: " + e.Subject
	case grant.KMSRefused:
		return "sign-in to " + e.Grant + ": the KMS key of IAM Identity Center refused " + of.name
	case grant.ClientRefused:
		return "sign-in to " + e.Grant + ": AWS does not take hatstand's registration any more"
	case grant.GrantEnded:
		return "the sign-in to " + e.Grant + " has ended"
	case grant.TokenRefused:
		return "AWS does not take the sign-in to " + e.Grant + " any more"
	case grant.NoAccess:
		if e.Role == "" {
			return "the sign-in to " + e.Grant + " has no permission set in " + e.Account
		}
		return fmt.Sprintf("the sign-in to %s has no permission set %s in %s", e.Grant, e.Role, e.Account)
	case grant.AccountGone:
		return fmt.Sprintf("the sign-in to %s knows no account %s", e.Grant, e.Account)
	case grant.Throttled:
		return "sign-in to " + e.Grant + ": too many calls of " + of.name
	case grant.AWSFailed:
		return "sign-in to " + e.Grant + ": AWS failed in " + of.name
	}
	return "sign-in to " + e.Grant + ": AWS refused " + of.name
}
