package awstest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Call is one request that reached the server, as CloudTrail would tell it. It
// holds no secret: no token code, signature, session token or key.
type Call struct {
	Time        time.Time // by the server's clock
	Service     string    // sts, iam, s3, signin, console, ...
	Action      string
	AccessKeyID string // as claimed, "" if unsigned
	Caller      string // the caller's ARN, of Identity Center the user; "" if it could not be verified
	Region      string // of the credential scope
	Params      map[string]string
	UserAgent   string
	Connection  string // its other end, IP:PORT: the same for calls that share it

	Status  int
	Code    string // the error code, "" for success
	Dropped bool   // the connection was cut and no answer sent

	IssuedKeyID string    // the access key ID that was issued, "" if none was
	Expires     time.Time // when it expires; zero for long-lived keys
}

// String is one line for a person.
func (c Call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%s", c.Service, c.Action)
	who := c.Caller
	if who == "" {
		who = c.AccessKeyID
	}
	if who != "" {
		b.WriteString(" by " + who)
	}
	if role := c.Params["RoleArn"]; role != "" {
		b.WriteString(" on " + role)
	}
	if role := c.Params["role_name"]; role != "" {
		b.WriteString(" on " + c.Params["account_id"] + "/" + role)
	}
	switch {
	case c.Code != "":
		b.WriteString(" refused: " + c.Code)
	case !c.Expires.IsZero():
		b.WriteString(" until " + stamp(c.Expires))
	}
	if c.Dropped {
		b.WriteString(" (connection dropped)")
	}
	return b.String()
}

// secretParam names the parameters whose value is never recorded.
func secretParam(name string) bool {
	switch name {
	case "WebIdentityToken", "SAMLAssertion", "TokenCode", "AuthenticationCode1", "AuthenticationCode2", "Session", "SigninToken",
		"X-Amz-Signature", "X-Amz-Security-Token":
		return true
	}
	return false
}

func visibleParams(v url.Values) map[string]string {
	m := map[string]string{}
	for k := range v {
		switch {
		case k == "Action" || k == "Version":
		case secretParam(k):
			m[k] = "present"
		case k == "redirect_uri": // which is a sign-in URL, as a rule
			m[k], _, _ = strings.Cut(v.Get(k), "?")
		default:
			m[k] = v.Get(k)
		}
	}
	return m
}

// Calls is every call so far, in the order in which they took effect.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count is how many calls of an action there were, refused ones too.
func (s *Server) Count(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Reset forgets the calls and the faults; users, roles and sessions stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.faults = nil, nil
}
