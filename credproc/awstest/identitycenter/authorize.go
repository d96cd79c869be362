package identitycenter

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
)

// browserRequest is a browser that shows the page of /authorize.
type browserRequest struct {
	client    *client
	instance  *Instance
	redirect  string
	state     string
	challenge string
	scopes    []string
	expires   time.Time
}

// authorization is what an authorization code stands for.
type authorization struct {
	browserRequest
	user    string
	expires time.Time
}

// pageLife is how long somebody may look at the page.
const pageLife = 10 * time.Minute

// authorize is the browser's GET /authorize. Without a client and an address that may
// be trusted there is an error page; every other mistake goes back to the client
// (RFC 6749, section 4.1.2.1).
func (s *Service) authorize(r *Request) Reply {
	q := r.HTTP.URL.Query()
	c := s.clients[q.Get("client_id")]
	if c == nil || !r.Now.Before(c.expires) || !sameRegion(c.region, s.region(r.HTTP.Host)) {
		return errorPage(refuse("InvalidClientException", "Invalid client provided"))
	}
	redirect := q.Get("redirect_uri")
	if !c.redirectsTo(redirect) {
		return errorPage(refuse("InvalidRedirectUriException", "Invalid redirect uri provided"))
	}
	b := &browserRequest{
		client: c, instance: c.instance, redirect: redirect, state: q.Get("state"), challenge: q.Get("code_challenge"),
		scopes: c.scopes, expires: r.Now.Add(pageLife),
	}
	if q.Has("scopes") { // AWS's own clients say "scopes"; aws-sso-cli says "scope", and is served
		b.scopes = strings.Fields(q.Get("scopes"))
	}
	switch {
	case q.Get("response_type") != "code":
		return b.sendError("unsupported_response_type", "Response type must be code")
	case c.mayUse(grantCode) != nil:
		return b.sendError("unauthorized_client", "The client is not registered for this grant type")
	case q.Get("code_challenge_method") != "S256" || !isChallenge(b.challenge):
		return b.sendError("invalid_request", "Invalid code challenge provided")
	case slices.ContainsFunc(b.scopes, func(scope string) bool { return !slices.Contains(c.scopes, scope) }):
		return b.sendError("invalid_scope", "Invalid scope provided")
	case s.settings.AuthorizeError != "":
		return b.sendError(s.settings.AuthorizeError, "The service could not handle the request")
	}
	id := token("", 43)
	s.requests[id] = b
	return consentPage(b, id)
}

// isChallenge says whether a text is a SHA-256 in base64url.
func isChallenge(text string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(raw) == sha256.Size
}

// answerAuthorize is the page's button.
func (s *Service) answerAuthorize(r *Request) Reply {
	id := r.Form.Get("request")
	b := s.requests[id]
	if b == nil || !r.Now.Before(b.expires) {
		return errorPage(invalidRequest("This page is no longer valid"))
	}
	switch r.Form.Get("answer") {
	case "approve":
		delete(s.requests, id)
		code := token("", 300)
		s.codes[code] = &authorization{
			browserRequest: *b, user: b.instance.person, expires: r.Now.Add(s.settings.CodeLife),
		}
		out := b.send(url.Values{"code": {code}})
		out.Caller = b.instance.person
		return out
	case "deny":
		delete(s.requests, id)
		return b.sendError("access_denied", "The request was denied")
	}
	return errorPage(invalidRequest("Neither approved nor denied"))
}

// send has the browser go back to the client.
func (b *browserRequest) send(answer url.Values) Reply {
	if b.state != "" {
		answer.Set("state", b.state)
	}
	sep := "?"
	if strings.Contains(b.redirect, "?") {
		sep = "&"
	}
	out := newReply(303, "text/html;charset=UTF-8", nil)
	out.Header.Set("Location", b.redirect+sep+answer.Encode())
	return out
}

func (b *browserRequest) sendError(code, description string) Reply {
	out := b.send(url.Values{"error": {code}, "error_description": {description}})
	out.Code = code
	return out
}

// redeem is CreateToken with an authorization code, which is spent by any try.
func (s *Service) redeem(r *Request, c *client, code, redirect, verifier string) (any, *refusal) {
	if code == "" || redirect == "" || verifier == "" {
		return nil, invalidRequest("code, redirectUri and codeVerifier are required")
	}
	a := s.codes[code]
	delete(s.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	if a == nil || a.client != c || a.redirect != redirect || !r.Now.Before(a.expires) || !isVerifier(verifier) ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != a.challenge {
		return nil, refuse("InvalidGrantException", "Invalid grant provided")
	}
	return s.signIn(r, c, a.instance, a.user, a.scopes), nil
}

// isVerifier holds a verifier to RFC 7636, section 4.1.
func isVerifier(v string) bool {
	return len(v) >= 43 && len(v) <= 128 && strings.IndexFunc(v, func(c rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c)
	}) < 0
}
