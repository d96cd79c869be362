package oidc

import (
	"encoding/json"
	"net/http"
	"strings"

	"hatstand/credproc/grant"
	"hatstand/credproc/internal/text"
)

// A refused is the error in an answer (RFC 6749, section 5.2).
type refused struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func readRefusal(r reply) (e refused) {
	if json.Unmarshal(r.body, &e) != nil {
		return refused{}
	}
	line := func(s string, most int) string {
		return cut(strings.TrimSpace(text.OneLine(strings.ToValidUTF8(s, ""))), most)
	}
	return refused{line(e.Code, 64), line(e.Description, 300)}
}

// refusal is the error of a call that the provider did not do.
func (c *Client) refusal(of call, r reply, said refused) error {
	if of.hasSecret(said.Code) || of.hasSecret(said.Description) {
		said = refused{Code: "an error that quotes a secret"}
	}
	e := c.newError(of.name, kindOf(of, r.status, said.Code), said)
	e.RetryAfter = r.retry
	if said.Code == "" {
		e.Reason += " (" + r.said() + ")"
	}
	return e
}

// BrowserError is the error that a browser came back with.
func (c *Client) BrowserError(problem, description string) error {
	kind := kindOf(call{name: authorize}, 0, problem)
	if kind == grant.Refused {
		kind = grant.BrowserError
	}
	return c.newError(authorize, kind, refused{problem, description})
}

func (c *Client) newError(name string, kind grant.Kind, said refused) *grant.Error {
	e := &grant.Error{Kind: kind, Grant: c.grant.Name(), Issuer: c.grant.Issuer, Call: name, Code: said.Code}
	if kind == grant.InvalidScope {
		e.Subject = c.scopes()
	}
	e.Reason = c.words(e)
	switch {
	case said.Description != "":
		e.Reason += " (" + said.Code + ": " + said.Description + ")"
	case said.Code != "":
		e.Reason += " (" + said.Code + ")"
	}
	return e
}

// kindOf is what the provider's error means for a call.
func kindOf(of call, status int, code string) grant.Kind {
	grantType := of.form.Get("grant_type")
	switch grant.ErrorName(code) {
	case "AuthorizationPending":
		return grant.Pending
	case "SlowDown":
		return grant.SlowDown
	case "ExpiredToken":
		return grant.DeviceExpired
	case "AccessDenied":
		if grantType != refreshToken {
			return grant.Declined
		}
		return grant.GrantEnded
	case "InvalidGrant":
		switch grantType {
		case refreshToken:
			return grant.GrantEnded
		case deviceCode: // RFC 8628 has no name for a code that was used
			return grant.DeviceExpired
		}
		return grant.Refused
	case "InvalidClient", "UnauthorizedClient":
		return grant.ClientRefused
	case "InvalidScope":
		return grant.InvalidScope
	}
	switch {
	case status == http.StatusTooManyRequests:
		return grant.Throttled
	case status >= 500:
		return grant.AWSFailed
	}
	return grant.Refused
}

// words are what went wrong, without what the provider said.
func (c *Client) words(e *grant.Error) string {
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
		return "the browser came back from the sign-in to " + e.Grant + " with an error of " + e.Issuer
	case grant.InvalidScope:
		return c.about() + " does not take these scopes: " + e.Subject
	case grant.ClientRefused:
		return c.about() + " does not take the client " + c.grant.ClientID
	case grant.GrantEnded:
		return "the sign-in to " + e.Grant + " has ended at " + e.Issuer
	case grant.Throttled:
		return c.about() + " has had too many calls of " + e.Call
	case grant.AWSFailed:
		return c.about() + " failed in " + e.Call
	}
	return c.about() + " refused " + e.Call
}
