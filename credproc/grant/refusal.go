package grant

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"hatstand/credproc/awsclient"
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
	return &Error{Kind: BadAnswer, Grant: c.grant.Name(), Call: name,
		Reason: fmt.Sprintf("sign-in to %s: AWS's answer to %s is incomplete", c.grant.Name(), name)}
}

// refusal turns the SDK's error of a call into an *Error.
func (c *Client) refusal(of call, err error) error {
	e := &Error{Grant: c.grant.Name(), Call: of.name}
	said, noAnswer := awsclient.Explain(err, "IAM Identity Center", c.calls.Now())
	var r *awsclient.JSONRefusal
	switch {
	case noAnswer != nil:
		e.Kind, e.Err = NoAnswer, noAnswer
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
	if e.Kind == Throttled {
		e.RetryAfter = awsclient.RetryAfter(err, c.calls.Now())
	}
	if e.Kind == InvalidScope {
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

// kindOf is what AWS's error means for a call.
func kindOf(of call, r *awsclient.JSONRefusal) Kind {
	if strings.HasPrefix(r.Reason, "KMS_") {
		return KMSRefused
	}
	polls := of.grantType == deviceCode
	switch name := errorName(r.Code); name {
	case "AuthorizationPending":
		return Pending
	case "SlowDown":
		if polls {
			return SlowDown
		}
		return Throttled
	case "TooManyRequests", "Throttling":
		return Throttled
	case "ExpiredToken":
		if polls {
			return DeviceExpired
		}
		return GrantEnded
	case "InvalidGrant":
		if of.grantType == authorizationCode {
			return Refused // the code was not good: there is no sign-in yet that could end
		}
		return GrantEnded
	case "InvalidClient", "UnauthorizedClient":
		return ClientRefused
	case "AccessDenied":
		if of.grantType != "" && of.grantType != refreshToken {
			return Declined
		}
	case "InvalidScope":
		return InvalidScope
	case "InvalidRequestRegion":
		return WrongRegionOrURL
	case "InvalidRequest":
		if of.name == startDevice || of.name == registerClient || of.name == authorize {
			return WrongRegionOrURL
		}
	}
	return kindByStatus(of, r)
}

// kindByStatus is what the status of an answer means whose error says no more.
func kindByStatus(of call, r *awsclient.JSONRefusal) Kind {
	switch {
	case r.Status == http.StatusTooManyRequests:
		return Throttled
	case r.Status >= 500:
		return AWSFailed
	case !of.ofPortal():
	case r.Status == http.StatusUnauthorized:
		return TokenRefused
	case r.Status == http.StatusForbidden && of.account != "":
		return NoAccess
	case r.Status == http.StatusNotFound && of.account != "":
		return AccountGone
	}
	return Refused
}

// errorName is an error's name without what AWS or OAuth spell differently: InvalidGrantException and invalid_grant are
// both InvalidGrant.
func errorName(code string) string {
	if strings.ContainsRune(code, '_') || strings.ToLower(code) == code {
		var s strings.Builder
		for word := range strings.SplitSeq(code, "_") {
			if word != "" {
				s.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
		code = s.String()
	}
	return strings.TrimSuffix(code, "Exception")
}

// words are what went wrong, without what AWS said.
func (c *Client) words(e *Error, of call) string {
	switch e.Kind {
	case Pending:
		return "nobody has finished the sign-in to " + e.Grant + " yet"
	case SlowDown:
		return "the sign-in to " + e.Grant + " is asked for too often"
	case DeviceExpired:
		return "nobody finished the sign-in to " + e.Grant + " in time"
	case Declined:
		return "the sign-in to " + e.Grant + " was declined in the browser"
	case BrowserError:
		return "the browser came back from the sign-in to " + e.Grant + " with an error"
	case WrongRegionOrURL:
		s := fmt.Sprintf("sign-in to %s: AWS knows no start URL %s in %s", e.Grant, c.grant.SentStartURL(), c.grant.Region)
		if e.Region != "" {
			s += ", but in " + e.Region
		}
		return s
	case InvalidScope:
		return "sign-in to " + e.Grant + ": AWS knows no such scope: " + e.Subject
	case KMSRefused:
		return "sign-in to " + e.Grant + ": the KMS key of IAM Identity Center refused " + of.name
	case ClientRefused:
		return "sign-in to " + e.Grant + ": AWS does not take hatstand's registration any more"
	case GrantEnded:
		return "the sign-in to " + e.Grant + " has ended"
	case TokenRefused:
		return "AWS does not take the sign-in to " + e.Grant + " any more"
	case NoAccess:
		if e.Role == "" {
			return "the sign-in to " + e.Grant + " has no permission set in " + e.Account
		}
		return fmt.Sprintf("the sign-in to %s has no permission set %s in %s", e.Grant, e.Role, e.Account)
	case AccountGone:
		return fmt.Sprintf("the sign-in to %s knows no account %s", e.Grant, e.Account)
	case Throttled:
		return "sign-in to " + e.Grant + ": too many calls of " + of.name
	case AWSFailed:
		return "sign-in to " + e.Grant + ": AWS failed in " + of.name
	}
	return "sign-in to " + e.Grant + ": AWS refused " + of.name
}
