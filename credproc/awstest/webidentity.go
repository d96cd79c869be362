package awstest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hatstand/credproc/awstest/model"
	"hatstand/credproc/awstest/oidc"
	"hatstand/credproc/awstest/policy"
)

// registeredProvider is an OpenID Connect provider whose tokens an account takes.
type registeredProvider struct {
	*oidc.Provider
	account   string
	audiences []string
}

// AddOIDCProvider makes an account take the tokens of a provider, which is made for it, for some audiences.
func (s *Server) AddOIDCProvider(account, issuer string, audiences ...string) *oidc.Provider {
	p := oidc.New(issuer)
	s.TakeTokens(account, p, audiences...)
	return p
}

// TakeTokens makes an account take the tokens of a provider, for some audiences.
func (s *Server) TakeTokens(account string, p *oidc.Provider, audiences ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.providers = append(s.providers, registeredProvider{p, account, audiences})
}

func badToken(text string) *refusal {
	return refuse(http.StatusBadRequest, "InvalidIdentityToken", "%s", text)
}

// verify reads a token of one of the account's providers. Source of the codes: the STS API reference.
func (s *Server) verify(token, account string, now time.Time) (issuer string, claims oidc.Claims, _ *refusal) {
	claims, ok := oidc.Read(token)
	if !ok {
		return "", claims, badToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an " +
			"Access Token)")
	}
	i := slices.IndexFunc(s.providers, func(p registeredProvider) bool {
		return p.Issuer == claims.Issuer && p.account == account
	})
	switch {
	case i < 0:
		return "", claims, badToken("No OpenIDConnect provider found in your account for " + claims.Issuer)
	case !s.providers[i].Signed(token):
		return "", claims, badToken("Token signature invalid")
	case !slices.Contains(s.providers[i].audiences, claims.Audience):
		return "", claims, badToken("Incorrect token audience")
	case !now.Before(time.Unix(claims.Expires, 0)):
		return "", claims, refuse(http.StatusBadRequest, "ExpiredTokenException",
			"Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), claims.Expires)
	}
	return claims.Issuer, claims, nil
}

// assumeRoleWithWebIdentity takes no signature: the token is the proof.
func (s *Server) assumeRoleWithWebIdentity(x *exchange) ([]el, *refusal) {
	for _, name := range []string{"ExternalId", "SourceIdentity", "SerialNumber", "TokenCode"} {
		if x.params.Has(name) { // the API model has no such parameter, and AWS does not look at it
			return nil, invalid("1 validation error detected: %s is no parameter of AssumeRoleWithWebIdentity", name)
		}
	}
	token := x.params.Get("WebIdentityToken")
	var c checks
	c.Required(x.params, "WebIdentityToken", "webIdentityToken", 4, 20000, model.Pattern{Text: `[\s\S]*`, OK: func(rune) bool { return true }})
	if e := c.refusal(); e != nil {
		return nil, e
	}
	a, e := readAssumption(x.params)
	if e != nil {
		return nil, e
	}
	account, _, _ := splitRoleARN(a.roleARN)
	issuer, claims, e := s.verify(token, account, x.now)
	if e != nil {
		return nil, e
	}
	x.call.Caller = claims.Subject
	host := issuer[strings.Index(issuer, "//")+2:]
	r := s.roles[a.roleARN]
	trusts := func(t Trust) bool {
		return t.Federated == host && (t.Audience == "" || t.Audience == claims.Audience) &&
			(t.Subject == "" || policy.Like(t.Subject, claims.Subject)) && (t.SessionName == "" || policy.Like(t.SessionName, a.sessionName))
	}
	if r == nil || !r.trustedAs("sts:AssumeRoleWithWebIdentity",
		"arn:"+s.opts.Partition+":iam::"+account+":oidc-provider/"+host, trusts,
		host+":aud", claims.Audience, host+":sub", claims.Subject, "sts:RoleSessionName", a.sessionName) {
		return nil, denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	next, e := s.byToken(r, a)
	if e != nil {
		return nil, e
	}
	return []el{
		s.issue(x, next, a.duration),
		branch("AssumedRoleUser", leaf("AssumedRoleId", next.userID), leaf("Arn", next.arn)),
		leaf("SubjectFromWebIdentityToken", claims.Subject), leaf("Audience", claims.Audience),
		leaf("Provider", host),
	}, nil
}

// byToken is who a role's session is of, where a token proves that its holder may assume the role.
func (s *Server) byToken(r *role, a *assumption) (principal, *refusal) {
	if a.duration > r.MaxSession {
		return principal{}, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if a.packed > 100 {
		return principal{}, refuse(http.StatusBadRequest, "PackedPolicyTooLarge",
			"Packed size of session tags consumes %d%% of allotted space.", a.packed)
	}
	return principal{
		arn:    "arn:" + s.opts.Partition + ":sts::" + r.account + ":assumed-role/" + r.name + "/" + a.sessionName,
		userID: r.id + ":" + a.sessionName, account: r.account, role: r, temporary: true,
		session: sessionContext{policies: a.policies},
	}, nil
}
