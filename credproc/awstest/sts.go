package awstest

import (
	"net/http"
	"strconv"
	"time"

	"hatstand/credproc/awstest/model"
	"hatstand/credproc/awstest/policy"
)

// Limits of the STS API model and user guide, in seconds: what a call may ask
// for, what it gets when it asks for nothing, and what role chaining caps.
const (
	minDuration        = 900
	maxSessionDuration = 129600
	stdSessionDuration = 43200
	rootDuration       = time.Hour
	maxRoleDuration    = 43200
	stdRoleDuration    = 3600
	chainDuration      = time.Hour
)

func stsAction(name string) action {
	switch name {
	case "GetCallerIdentity":
		return (*Server).getCallerIdentity
	case "GetSessionToken":
		return (*Server).getSessionToken
	case "GetFederationToken":
		return (*Server).getFederationToken
	case "AssumeRole":
		return (*Server).assumeRole
	case "GetAccessKeyInfo":
		return (*Server).getAccessKeyInfo
	}
	return nil
}

// getCallerIdentity needs no permission, works in a disabled region, and even an
// explicit deny does not stop it (STS API: GetCallerIdentity).
func (s *Server) getCallerIdentity(_ *exchange, who *principal) ([]el, *refusal) {
	return []el{leaf("Arn", who.arn), leaf("UserId", who.userID), leaf("Account", who.account)}, nil
}

func (s *Server) getAccessKeyInfo(x *exchange, who *principal) ([]el, *refusal) {
	if e := userSessionMay(who, "GetAccessKeyInfo"); e != nil {
		return nil, e
	}
	var c checks
	id := c.Required(x.params, "AccessKeyId", "accessKeyId", 16, 128, model.Pattern{Text: `[\w]*`, OK: model.Word("")})
	if e := c.refusal(); e != nil {
		return nil, e
	}
	if k := s.keys[id]; k != nil {
		return []el{leaf("Account", k.user.Account)}, nil
	}
	if ses := s.sessions[id]; ses != nil {
		return []el{leaf("Account", ses.who.account)}, nil
	}
	return nil, invalid("Invalid access key id")
}

// userSessionMay holds what GetSessionToken returned to the only two actions it
// is good for in STS, neither of which asks here.
func userSessionMay(who *principal, action string) *refusal {
	if who.temporary && who.user != nil {
		return denied("Cannot call %s with session credentials", action)
	}
	return nil
}

func (s *Server) getSessionToken(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	d, e := c.seconds(x.params, minDuration, maxSessionDuration, stdSessionDuration)
	if e != nil {
		return nil, e
	}
	mfa := readMFA(&c, x.params)
	if e := c.refusal(); e != nil {
		return nil, e
	}
	if who.temporary {
		return nil, denied("Cannot call GetSessionToken with session credentials")
	}
	if e := s.regionEnabled(x, who); e != nil {
		return nil, e
	}
	if policy.MatchAny(who.user.perms.Denied, "sts:GetSessionToken") {
		return nil, notAuthorized(who, "sts:GetSessionToken", "", policy.ExplicitlyDenied)
	}
	present, e := s.checkMFA(who, mfa, x.now)
	if e != nil {
		return nil, e
	}
	if who.user.root && d > rootDuration {
		d = rootDuration // shortened without an error, as documented
	}
	next := *who
	next.temporary, next.mfa = true, present
	creds := s.issue(x, next, d)
	return append([]el{creds}, s.tokenSize()...), nil
}

// regionEnabled refuses a region the account has not activated STS in.
func (s *Server) regionEnabled(x *exchange, who *principal) *refusal {
	if !s.disabled[x.call.Region] {
		return nil
	}
	return refuse(http.StatusForbidden, "RegionDisabledException",
		"STS is not activated in this region for account:%s. Your account administrator can activate STS in this "+
			"region using the IAM Console.", who.account)
}

// issue makes temporary credentials, as an element of an answer.
func (s *Server) issue(x *exchange, who principal, d time.Duration) el {
	ses := s.newSession(x, who, d)
	return branch("Credentials",
		leaf("AccessKeyId", ses.id), leaf("SecretAccessKey", ses.secret),
		leaf("SessionToken", ses.token), leaf("Expiration", stamp(ses.expires)))
}

// newSession makes temporary credentials for a principal and records that it did.
func (s *Server) newSession(x *exchange, who principal, d time.Duration) *session {
	if s.maxIssued > 0 && d > s.maxIssued {
		d = s.maxIssued
	}
	ses := &session{
		id: "ASIA" + random(keyAlphabet, 16), secret: random(secretAlphabet, 40),
		token:   randomToken(s.opts.TokenLength),
		expires: x.now.Add(d).UTC().Truncate(time.Second), who: who,
	}
	if x.expired > 0 {
		ses.expires = x.now.Add(-x.expired).UTC().Truncate(time.Second)
	}
	s.sessions[ses.id] = ses
	x.call.IssuedKeyID, x.call.Expires = ses.id, ses.expires
	return ses
}

// tokenCapacity stands for the largest session token there may be, which AWS does
// not tell; SessionTokenUtilization is a share of it.
const tokenCapacity = 4096

// tokenSize is what an answer says of the length of its session token.
func (s *Server) tokenSize() []el {
	n := s.opts.TokenLength
	return []el{
		leaf("SessionTokenSize", strconv.Itoa(n)),
		leaf("SessionTokenUtilization", strconv.Itoa(min(100, max(1, n*100/tokenCapacity)))),
	}
}

// notAuthorized is a refusal by policy.
func notAuthorized(who *principal, action, resource string, why policy.Ruling) *refusal {
	return denied("%s", policy.Refused(who.arn, action, resource, why))
}
