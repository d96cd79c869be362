package loginsession

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// session is the session that a person's sign-in began.
type session struct {
	arn         string
	client      string
	key         string // the proofs' public key
	began, ends time.Time
	ended       bool // before its time
}

type refreshToken struct {
	session *session
	used    bool
}

// refusal is an answer that is not the one asked for.
type refusal struct{ code, oauth, message string }

func invalid(message string) *refusal {
	return &refusal{"ValidationException", "INVALID_REQUEST", message}
}

func denied(oauth, message string) *refusal { return &refusal{"AccessDeniedException", oauth, message} }

// Failure is an error that the service answers with. An empty code is InternalServerException; a status of 0 is the
// code's own.
func Failure(status int, code, oauth, message string) Reply {
	if code == "" {
		code = "InternalServerException"
	}
	if message == "" {
		message = "The request was not done"
	}
	return (&refusal{code, oauth, message}).reply(status)
}

func (e *refusal) reply(status int) Reply {
	if status == 0 {
		switch status = http.StatusBadRequest; e.code {
		case "InternalServerException":
			status = http.StatusInternalServerError
		case "TooManyRequestsError":
			status = http.StatusTooManyRequests
		case "AccessDeniedException":
			status = http.StatusUnauthorized
		}
	}
	oauth := e.oauth
	if oauth == "" {
		oauth = "server_error"
	}
	body, _ := json.Marshal(map[string]string{"error": oauth, "message": e.message}) // of texts
	out := newReply(status, "application/json", body)
	out.Header.Set("X-Amzn-Errortype", e.code)
	out.Code = e.code
	return out
}

func (s *Service) createToken(r *Request) (Reply, *refusal) {
	var in struct {
		ClientID     string `json:"clientId"`
		GrantType    string `json:"grantType"`
		Code         string `json:"code"`
		CodeVerifier string `json:"codeVerifier"`
		RedirectURI  string `json:"redirectUri"`
		RefreshToken string `json:"refreshToken"`
	}
	kind, _, _ := strings.Cut(r.HTTP.Header.Get("Content-Type"), ";")
	if strings.TrimSpace(kind) != "application/json" || json.Unmarshal(r.Body, &in) != nil {
		return Reply{}, invalid("the body is no JSON")
	}
	key, fault := s.verifyProof(r)
	if fault != "" {
		return Reply{}, invalid("DPoP: " + fault)
	}
	switch in.GrantType {
	case "authorization_code":
		return s.redeem(r, in.ClientID, in.Code, in.CodeVerifier, in.RedirectURI, key)
	case "refresh_token":
		return s.refreshed(r, in.ClientID, in.RefreshToken, key)
	}
	return Reply{}, invalid("grantType")
}

// redeem is CreateOAuth2Token with an authorization code, which is spent by any try.
func (s *Service) redeem(r *Request, client, code, verifier, redirect, key string) (Reply, *refusal) {
	if code == "" || verifier == "" || redirect == "" {
		return Reply{}, invalid("code, codeVerifier and redirectUri are required")
	}
	v := s.codes[code]
	delete(s.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case v == nil || !r.Now.Before(v.expires):
		return Reply{}, denied("AUTHCODE_EXPIRED", "The authorization code has expired")
	case v.client != client || v.redirect != redirect || len(verifier) < 43 || len(verifier) > 128 ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != v.challenge:
		return Reply{}, invalid("the code is not this client's")
	case s.denied[v.arn]:
		return Reply{}, denied("INSUFFICIENT_PERMISSIONS", "signin:CreateOAuth2Token is not allowed")
	}
	ses := &session{arn: v.arn, client: client, key: key, began: r.Now, ends: r.Now.Add(s.settings.SessionLife)}
	return s.answer(r, ses, true), nil
}

func (s *Service) refreshed(r *Request, client, value, key string) (Reply, *refusal) {
	t := s.refresh[value]
	switch {
	case value == "":
		return Reply{}, invalid("refreshToken is required")
	case t == nil || t.session.client != client || t.session.key != key:
		return Reply{}, invalid("the refresh token is not this client's")
	case s.denied[t.session.arn]:
		return Reply{}, denied("INSUFFICIENT_PERMISSIONS", "signin:CreateOAuth2Token is not allowed")
	case !s.changed[t.session.arn].Before(t.session.began):
		return Reply{}, denied("USER_CREDENTIALS_CHANGED", "The password has changed")
	case t.used || t.session.ended || !r.Now.Before(t.session.ends):
		return Reply{}, denied("TOKEN_EXPIRED", "The refresh token has expired")
	}
	t.used = true
	return s.answer(r, t.session, false), nil
}

// answer gives credentials, which never outlive the session.
func (s *Service) answer(r *Request, ses *session, first bool) Reply {
	life := min(s.settings.TokenLife, ses.ends.Sub(r.Now))
	c := r.Issue(ses.arn, life)
	next := text(400)
	s.refresh[next] = &refreshToken{session: ses}
	out := map[string]any{
		"accessToken": map[string]string{"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey,
			"sessionToken": c.SessionToken},
		"tokenType": "aws_sigv4", "expiresIn": int(c.Expires.Sub(r.Now) / time.Second), "refreshToken": next,
	}
	if first {
		out["idToken"] = idToken(ses, r.Now)
	}
	body, _ := json.Marshal(out) // of texts and numbers
	reply := newReply(http.StatusOK, "application/json", body)
	reply.Caller, reply.Expires = ses.arn, c.Expires
	return reply
}

// idToken says who has signed in. AWS signs it; nobody here has the key, so nobody here looks.
func idToken(ses *session, now time.Time) string {
	encode := func(v any) string {
		b, _ := json.Marshal(v) // of texts and numbers
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return encode(map[string]string{"typ": "JWT", "alg": "ES384", "kid": "1"}) + "." + encode(map[string]any{
		"sub": ses.arn, "session_arn": ses.arn, "aud": ses.client, "iss": "https://signin.aws.amazon.com/signin",
		"iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix()}) + "." + text(128)
}

// proofSkew is how far a proof's time may be off.
const proofSkew = 5 * time.Minute

// verifyProof holds a call to RFC 9449, section 4.3. key names the public key.
func (s *Service) verifyProof(r *Request) (key, fault string) {
	all := r.HTTP.Header.Values("DPoP")
	if len(all) != 1 {
		return "", "one proof is needed"
	}
	parts := strings.Split(all[0], ".")
	if len(parts) != 3 {
		return "", "no JWT"
	}
	var header struct {
		Typ string            `json:"typ"`
		Alg string            `json:"alg"`
		JWK map[string]string `json:"jwk"`
	}
	var payload struct {
		HTM string `json:"htm"`
		HTU string `json:"htu"`
		JTI string `json:"jti"`
		IAT int64  `json:"iat"`
	}
	if !decode(parts[0], &header) || !decode(parts[1], &payload) {
		return "", "no JSON"
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return "", "the signature is not r and s"
	}
	x, xErr := base64.RawURLEncoding.DecodeString(header.JWK["x"])
	y, yErr := base64.RawURLEncoding.DecodeString(header.JWK["y"])
	if header.Typ != "dpop+jwt" || header.Alg != "ES256" || header.JWK["kty"] != "EC" || header.JWK["crv"] != "P-256" ||
		header.JWK["d"] != "" || xErr != nil || yErr != nil || len(x) != 32 || len(y) != 32 {
		return "", "header"
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return "", "not a point of P-256"
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !verifies(public, sum[:], signature) {
		return "", "signature"
	}
	scheme := "https://"
	if strings.HasPrefix(r.HTTP.Host, "127.0.0.1:") {
		scheme = "http://"
	}
	issued := time.Unix(payload.IAT, 0)
	switch {
	case payload.HTM != r.HTTP.Method:
		return "", "htm"
	case payload.HTU != scheme+r.HTTP.Host+r.HTTP.URL.Path:
		return "", "htu"
	case payload.JTI == "" || s.proofs[payload.JTI]:
		return "", "jti: used before"
	case r.Now.Sub(issued).Abs() > proofSkew:
		return "", "iat"
	}
	s.proofs[payload.JTI] = true
	return header.JWK["x"] + "." + header.JWK["y"], ""
}

func verifies(public *ecdsa.PublicKey, sum, signature []byte) bool {
	return ecdsa.Verify(public, sum, new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func decode(part string, into any) bool {
	b, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(b, into) == nil
}
