package awstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

// An OIDCProvider is an OpenID Connect provider whose tokens an account takes, and that provider itself: it signs with
// ES256. AWS fetches a provider's keys from its address; this one is known.
type OIDCProvider struct {
	Account string
	Issuer  string // its URL
	// Audiences are those that the account has registered.
	Audiences []string

	key *ecdsa.PrivateKey
}

// AddOIDCProvider makes an account take the tokens of a provider.
func (s *Server) AddOIDCProvider(account, issuer string, audiences ...string) *OIDCProvider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // there is no such error
	}
	p := &OIDCProvider{Account: account, Issuer: issuer, Audiences: audiences, key: key}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.providers = append(s.providers, p)
	return p
}

// Token is a token for a subject, good from now until a time.
func (p *OIDCProvider) Token(subject, audience string, now, expires time.Time) string {
	return p.Sign(map[string]any{
		"iss": p.Issuer, "sub": subject, "aud": audience, "iat": now.Unix(), "exp": expires.Unix(),
	})
}

// Sign makes a token of any claims.
func (p *OIDCProvider) Sign(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err) // a test's claims
	}
	text := segment([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + segment(body)
	sum := sha256.Sum256([]byte(text))
	r, t, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	t.FillBytes(raw[32:])
	return text + "." + segment(raw)
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// webClaims are what STS looks at in a token.
type webClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
}

func badToken(text string) *refusal {
	return refuse(http.StatusBadRequest, "InvalidIdentityToken", "%s", text)
}

// verify reads a token of one of the providers. Source of the codes: the STS API reference.
func (s *Server) verify(token, account string, now time.Time) (*OIDCProvider, webClaims, *refusal) {
	var claims webClaims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, claims, badToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an " +
			"Access Token)")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &claims) != nil {
		return nil, claims, badToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an " +
			"Access Token)")
	}
	i := slices.IndexFunc(s.providers, func(p *OIDCProvider) bool {
		return p.Issuer == claims.Issuer && p.Account == account
	})
	if i < 0 {
		return nil, claims, badToken("No OpenIDConnect provider found in your account for " + claims.Issuer)
	}
	p := s.providers[i]
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || len(signature) != 64 || !ecdsa.Verify(&p.key.PublicKey, sum[:],
		new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return nil, claims, badToken("Token signature invalid")
	}
	if !slices.Contains(p.Audiences, claims.Audience) {
		return nil, claims, badToken("Incorrect token audience")
	}
	if expires := time.Unix(claims.Expires, 0); !now.Before(expires) {
		return nil, claims, refuse(http.StatusBadRequest, "ExpiredTokenException",
			"Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), claims.Expires)
	}
	return p, claims, nil
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
	c.required(x.params, "WebIdentityToken", "webIdentityToken", 4, 20000, pattern{`[\s\S]*`, func(rune) bool { return true }})
	if e := c.refusal(); e != nil {
		return nil, e
	}
	a, e := readAssumption(x.params)
	if e != nil {
		return nil, e
	}
	account, _, _ := splitRoleARN(a.roleARN)
	p, claims, e := s.verify(token, account, x.now)
	if e != nil {
		return nil, e
	}
	x.call.Caller = claims.Subject
	host := strings.TrimPrefix(p.Issuer, "https://")
	r := s.roles[a.roleARN]
	trusts := func(t Trust) bool {
		return t.Federated == host && (t.Audience == "" || t.Audience == claims.Audience) &&
			(t.Subject == "" || like(t.Subject, claims.Subject)) && (t.SessionName == "" || like(t.SessionName, a.sessionName))
	}
	if r == nil || !slices.ContainsFunc(r.Trust, trusts) {
		return nil, denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	if a.duration > r.MaxSession {
		return nil, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if a.packed > 100 {
		return nil, refuse(http.StatusBadRequest, "PackedPolicyTooLarge",
			"Packed size of session tags consumes %d%% of allotted space.", a.packed)
	}
	next := principal{
		arn:    "arn:" + s.opts.Partition + ":sts::" + r.account + ":assumed-role/" + r.name + "/" + a.sessionName,
		userID: r.id + ":" + a.sessionName, account: r.account, role: r, temporary: true,
		session: sessionContext{policies: a.policies},
	}
	return []el{
		s.issue(x, next, a.duration),
		branch("AssumedRoleUser", leaf("AssumedRoleId", next.userID), leaf("Arn", next.arn)),
		leaf("SubjectFromWebIdentityToken", claims.Subject), leaf("Audience", claims.Audience),
		leaf("Provider", host),
	}, nil
}
