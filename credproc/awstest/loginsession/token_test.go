package loginsession_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest/loginsession"
)

const (
	alice    = "arn:aws:sts::444444444444:assumed-role/Admin/alice"
	redirect = "http://127.0.0.1:4711/oauth/callback"
	verifier = "0123456789012345678901234567890123456789012"
	host     = "127.0.0.1:8080"
)

// A world is a service, and a client of it with a key.
type world struct {
	t   *testing.T
	s   *loginsession.Service
	now time.Time
	key *ecdsa.PrivateKey
	// spoil changes a proof's parts and its signature before a call.
	spoil func(header, payload map[string]any, signature []byte) []byte
}

func newWorld(t *testing.T) *world {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, s: loginsession.New(), now: time.Unix(1800000000, 0), key: key}
	w.s.SetPerson(alice)
	return w
}

func (w *world) call(r *http.Request, body []byte, form url.Values) loginsession.Reply {
	w.t.Helper()
	r.Host = host
	_, action, known := loginsession.Route(r)
	if !known {
		w.t.Fatalf("%s %s is not known", r.Method, r.URL)
	}
	return w.s.Answer(action, &loginsession.Request{HTTP: r, Body: body, Form: form, Now: w.now,
		Issue: func(arn string, life time.Duration) loginsession.Credentials {
			return loginsession.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "s", SessionToken: arn, Expires: w.now.Add(life)}
		}})
}

func query() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{"response_type": {"code"}, "client_id": {loginsession.SameDevice}, "state": {"abc"}, "scope": {"openid"},
		"redirect_uri": {redirect}, "code_challenge_method": {"SHA-256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}
}

// code is that of a person who goes on.
func (w *world) code() string {
	w.t.Helper()
	page := w.call(httptest.NewRequest("GET", "/v1/authorize?"+query().Encode(), nil), nil, nil)
	id := regexp.MustCompile(`name="request" value="([^"]+)"`).FindSubmatch(page.Body)
	if id == nil {
		w.t.Fatalf("%d %s", page.Status, page.Body)
	}
	out := w.call(httptest.NewRequest("POST", "/v1/authorize", nil), nil, url.Values{"request": {string(id[1])}, "answer": {"approve"}})
	u, err := url.Parse(out.Header.Get("Location"))
	if err != nil || u.Query().Get("state") != "abc" {
		w.t.Fatalf("%v, %s", err, u)
	}
	return u.Query().Get("code")
}

func (w *world) proof() string {
	public, err := w.key.PublicKey.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	header := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]string{"kty": "EC", "crv": "P-256",
		"x": encode(public[1:33]), "y": encode(public[33:])}}
	payload := map[string]any{"htm": "POST", "htu": "http://" + host + "/v1/token", "iat": w.now.Unix(), "jti": rand.Text()}
	if w.spoil != nil {
		w.spoil(header, payload, nil)
	}
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(payload)
	message := encode(h) + "." + encode(p)
	sum := sha256.Sum256([]byte(message))
	r, s, err := ecdsa.Sign(rand.Reader, w.key, sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	if w.spoil != nil {
		signature = w.spoil(header, payload, signature)
	}
	return message + "." + encode(signature)
}

// token is what AWS says to a body: "" or the error, and the answer.
func (w *world) token(body map[string]string) (string, map[string]any) {
	w.t.Helper()
	data, _ := json.Marshal(body)
	r := httptest.NewRequest("POST", "/v1/token", bytes.NewReader(data))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("DPoP", w.proof())
	out := w.call(r, data, nil)
	var got map[string]any
	if err := json.Unmarshal(out.Body, &got); err != nil {
		w.t.Fatal(err)
	}
	problem, _ := got["error"].(string)
	if (out.Status == 200) != (problem == "") || (out.Code == "") != (problem == "") {
		w.t.Errorf("%d, code %q: %s", out.Status, out.Code, problem)
	}
	if why, _ := got["message"].(string); why != "" {
		problem += ": " + why
	}
	return problem, got
}

func (w *world) redeem(code string) (string, map[string]any) {
	return w.token(map[string]string{"clientId": loginsession.SameDevice, "grantType": "authorization_code", "code": code,
		"codeVerifier": verifier, "redirectUri": redirect})
}

func (w *world) refresh(token any) (string, map[string]any) {
	text, _ := token.(string)
	return w.token(map[string]string{"clientId": loginsession.SameDevice, "grantType": "refresh_token", "refreshToken": text})
}

func (w *world) want(got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%q, want %q", got, want)
	}
}

func TestACodeAndARefreshTokenServeOnce(t *testing.T) {
	w := newWorld(t)
	code := w.code()
	problem, first := w.redeem(code)
	w.want(problem, "")
	if first["expiresIn"] != 900.0 || first["tokenType"] != "aws_sigv4" || first["idToken"] == nil {
		t.Errorf("%v", first)
	}
	problem, _ = w.redeem(code)
	w.want(problem, "AUTHCODE_EXPIRED: The authorization code has expired")
	problem, second := w.refresh(first["refreshToken"])
	w.want(problem, "")
	if second["idToken"] != nil || second["refreshToken"] == first["refreshToken"] {
		t.Errorf("%v", second)
	}
	problem, _ = w.refresh(first["refreshToken"])
	w.want(problem, "TOKEN_EXPIRED: The refresh token has expired")
	w.key = newWorld(t).key // stolen without its key
	problem, _ = w.refresh(second["refreshToken"])
	w.want(problem, "INVALID_REQUEST: the refresh token is not this client's")
}

func TestASessionEnds(t *testing.T) {
	for name, row := range map[string]struct {
		before func(*world)
		want   string
	}{
		"after 12 hours":      {func(w *world) { w.now = w.now.Add(12 * time.Hour) }, "TOKEN_EXPIRED: The refresh token has expired"},
		"early":               {func(w *world) { w.s.EndSessions(alice) }, "TOKEN_EXPIRED: The refresh token has expired"},
		"by a new password":   {func(w *world) { w.s.ChangePassword(alice, w.now) }, "USER_CREDENTIALS_CHANGED: The password has changed"},
		"by a new permission": {func(w *world) { w.s.Forbid(alice) }, "INSUFFICIENT_PERMISSIONS: signin:CreateOAuth2Token is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, first := w.redeem(w.code())
			row.before(w)
			problem, _ := w.refresh(first["refreshToken"])
			w.want(problem, row.want)
		})
	}
	w := newWorld(t)
	_, first := w.redeem(w.code())
	w.now = w.now.Add(12*time.Hour - 5*time.Minute)
	if _, last := w.refresh(first["refreshToken"]); last["expiresIn"] != 300.0 {
		t.Errorf("credentials outlive the session: %v", last["expiresIn"])
	}
}

// Each check of RFC 9449 that AWS makes.
func TestProofsAreVerified(t *testing.T) {
	for name, row := range map[string]struct {
		spoil func(header, payload map[string]any, signature []byte) []byte
		want  string
	}{
		"of another call":       {func(_, p map[string]any, s []byte) []byte { p["htm"] = "GET"; return s }, "htm"},
		"for another host":      {func(_, p map[string]any, s []byte) []byte { p["htu"] = "https://signin.example.com/v1/token"; return s }, "htu"},
		"with a query":          {func(_, p map[string]any, s []byte) []byte { p["htu"] = "http://" + host + "/v1/token?a"; return s }, "htu"},
		"of an hour ago":        {func(_, p map[string]any, s []byte) []byte { p["iat"] = 1800000000 - 3600; return s }, "iat"},
		"without an ID":         {func(_, p map[string]any, s []byte) []byte { delete(p, "jti"); return s }, "jti: used before"},
		"of another algorithm":  {func(h, _ map[string]any, s []byte) []byte { h["alg"] = "none"; return s }, "header"},
		"of another type":       {func(h, _ map[string]any, s []byte) []byte { h["typ"] = "JWT"; return s }, "header"},
		"with the private key":  {func(h, _ map[string]any, s []byte) []byte { h["jwk"].(map[string]string)["d"] = "x"; return s }, "header"},
		"signed in ASN.1":       {func(_, _ map[string]any, s []byte) []byte { return append(s, 1) }, "the signature is not r and s"},
		"signed by another key": {func(_, _ map[string]any, s []byte) []byte { return make([]byte, len(s)) }, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.spoil = row.spoil
			problem, _ := w.redeem(w.code())
			w.want(problem, "INVALID_REQUEST: DPoP: "+row.want)
		})
	}
	w := newWorld(t)
	w.spoil = func(_, p map[string]any, s []byte) []byte { p["jti"] = "again"; return s }
	code := w.code()
	_, first := w.redeem(code)
	problem, _ := w.refresh(first["refreshToken"])
	w.want(problem, "INVALID_REQUEST: DPoP: jti: used before")
}

func TestCodesAreOfTheirClient(t *testing.T) {
	good := map[string]string{"clientId": loginsession.SameDevice, "grantType": "authorization_code", "codeVerifier": verifier, "redirectUri": redirect}
	for name, row := range map[string]struct{ member, value, want string }{
		"another verifier":   {"codeVerifier", strings.Repeat("x", 43), "INVALID_REQUEST: the code is not this client's"},
		"another address":    {"redirectUri", "http://127.0.0.1:1/oauth/callback", "INVALID_REQUEST: the code is not this client's"},
		"another client":     {"clientId", loginsession.CrossDevice, "INVALID_REQUEST: the code is not this client's"},
		"no verifier":        {"codeVerifier", "", "INVALID_REQUEST: code, codeVerifier and redirectUri are required"},
		"an unknown type":    {"grantType", "password", "INVALID_REQUEST: grantType"},
		"a code of nobody's": {"code", "x", "AUTHCODE_EXPIRED: The authorization code has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			body := map[string]string{"code": w.code()}
			for k, v := range good {
				body[k] = v
			}
			body[row.member] = row.value
			problem, _ := w.token(body)
			w.want(problem, row.want)
		})
	}
}

func TestPagesAreStrict(t *testing.T) {
	for i, change := range []func(url.Values){
		func(q url.Values) { q.Set("client_id", "arn:aws:signin:::devtools/other") },
		func(q url.Values) { q.Set("redirect_uri", "https://127.0.0.1:1/oauth/callback") },
		func(q url.Values) { q.Set("redirect_uri", "http://example.com:1/oauth/callback") },
		func(q url.Values) { q.Set("redirect_uri", "http://127.0.0.1:1/callback") },
		func(q url.Values) { q.Set("client_id", loginsession.CrossDevice) }, // goes to the page that shows the code
		func(q url.Values) { q.Set("response_type", "token") },
		func(q url.Values) { q.Set("scope", "openid email") },
		func(q url.Values) { q.Set("code_challenge_method", "S256") },
		func(q url.Values) { q.Set("code_challenge", "short") },
		func(q url.Values) { q.Del("state") },
		func(q url.Values) { q.Set("nonce", "x") },
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			w, q := newWorld(t), query()
			change(q)
			if out := w.call(httptest.NewRequest("GET", "/v1/authorize?"+q.Encode(), nil), nil, nil); out.Status != 400 {
				t.Errorf("%d %s", out.Status, out.Body)
			}
		})
	}
}
