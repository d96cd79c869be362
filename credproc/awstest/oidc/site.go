package oidc

import (
	"crypto/rand"
	"encoding/json"
	"html"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Site is a provider that people sign in to: it listens on 127.0.0.1, and is as strict as providers ought to be. Its
// one client is public; it is sent back to http://127.0.0.1/oauth/callback on any port. Codes and refresh tokens work
// once; a refresh token that is used twice ends the sign-in. Its methods may be called at any time from any goroutine.
type Site struct {
	*Provider
	client string
	now    func() time.Time
	server *http.Server

	mu       sync.Mutex
	settings Settings
	person   string
	calls    []string
	secrets  []string
	requests map[string]request // by the ID in the page
	codes    map[string]request // by code
	devices  map[string]*waiting
	refresh  map[string]*signIn // by refresh token, spent ones too
}

// Settings are what the provider's administrator decides, and how it misbehaves.
type Settings struct {
	TokenLife  time.Duration // of an ID token
	DeviceLife time.Duration
	NoDevice   bool // there is no device flow
	NoRevoke   bool // there is no address to revoke tokens at
	// What discovery, the browser's way back and the token endpoint say instead of the truth, where it is set.
	Issuer, AuthorizeError, IDToken, Nonce string
	TokenURL, Subject                      string
	// NoIDToken leaves the ID token out of each answer, NoIDTokenOnRefresh out of that to a refresh.
	NoIDToken, NoIDTokenOnRefresh bool
	// BeforeToken is called before each answer of the token endpoint, with the grant type; the others are not held up.
	BeforeToken func(grantType string)
	// Status and Error are what the token endpoint answers with; 0: it works.
	Status int
	Error  string
}

// A request is a browser that signs in.
type request struct {
	redirect, state, nonce, challenge string
	scopes                            []string
	person                            string // once they have answered
	expires                           time.Time
}

// A waiting device.
type waiting struct {
	userCode, answer string // "", approve or deny
	scopes           []string
	person           string
	expires          time.Time
}

// A signIn is one person's, from the code on.
type signIn struct {
	person string
	scopes []string
	live   string // the refresh token that works; "": it has ended
}

// Listen starts a site with one client. The person who sits at the browser is alice@example.com.
func Listen(client string, now func() time.Time) (*Site, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Site{Provider: New("http://" + l.Addr().String()), client: client, now: now, person: "alice@example.com",
		settings: Settings{TokenLife: time.Hour, DeviceLife: 10 * time.Minute},
		requests: map[string]request{}, codes: map[string]request{}, devices: map[string]*waiting{},
		refresh: map[string]*signIn{}}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

// Close stops it.
func (s *Site) Close() error { return s.server.Close() }

// Change changes the settings for calls from now on.
func (s *Site) Change(f func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.settings)
}

// SetPerson puts somebody else before the browser.
func (s *Site) SetPerson(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.person = name
}

// Calls are the names of the calls since the last time: discovery, authorize, answer, device, revoke, and of the token
// endpoint the grant type.
func (s *Site) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// Secrets are all codes and tokens that it has given out.
func (s *Site) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// EndSessions ends every sign-in: no refresh token works any more.
func (s *Site) EndSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.refresh {
		in.live = ""
	}
}

// Answer is what the person says to the device that waits with a user code; "" stands for any.
func (s *Site) Answer(userCode string, approve bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer(userCode, approve)
}

func (s *Site) answer(userCode string, approve bool) bool {
	for _, d := range s.devices {
		if d.answer == "" && (userCode == "" || d.userCode == userCode) && s.now().Before(d.expires) {
			d.answer, d.person = "deny", s.person
			if approve {
				d.answer = "approve"
			}
			return true
		}
	}
	return false
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	before := s.settings.BeforeToken
	s.mu.Unlock()
	if before != nil && r.URL.Path == "/token" {
		before(r.PostFormValue("grant_type"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodPost {
		if kind := r.Header.Get("Content-Type"); kind != "application/x-www-form-urlencoded" {
			http.Error(w, "no form", http.StatusUnsupportedMediaType)
			return
		}
		if r.URL.RawQuery != "" {
			http.Error(w, "secrets do not belong into a URL", http.StatusBadRequest)
			return
		}
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "bad form", http.StatusBadRequest)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /.well-known/openid-configuration":
		s.discovery(w)
	case "GET /authorize":
		s.authorize(w, r)
	case "POST /authorize":
		s.answerAuthorize(w, r)
	case "POST /token":
		s.token(w, r.PostForm)
	case "POST /device":
		s.startDevice(w, r.PostForm)
	case "GET /activate", "POST /activate":
		s.activate(w, r)
	case "POST /revoke":
		s.called("revoke")
		if in := s.refresh[r.PostForm.Get("token")]; in != nil && r.PostForm.Get("client_id") == s.client {
			in.live = ""
		}
	default:
		http.NotFound(w, r)
	}
}

func (s *Site) called(name string) { s.calls = append(s.calls, name) }

func (s *Site) secret() string {
	text := rand.Text() + rand.Text()
	s.secrets = append(s.secrets, text)
	return text
}

func (s *Site) discovery(w http.ResponseWriter) {
	s.called("discovery")
	d := map[string]any{
		"issuer": s.Issuer, "authorization_endpoint": s.Issuer + "/authorize", "token_endpoint": s.Issuer + "/token",
		"jwks_uri": s.Issuer + "/jwks", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if s.settings.Issuer != "" {
		d["issuer"] = s.settings.Issuer
	}
	if s.settings.TokenURL != "" {
		d["token_endpoint"] = s.settings.TokenURL
	}
	if !s.settings.NoDevice {
		d["device_authorization_endpoint"] = s.Issuer + "/device"
	}
	if !s.settings.NoRevoke {
		d["revocation_endpoint"] = s.Issuer + "/revoke"
	}
	answer(w, http.StatusOK, d)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, code, description string) {
	status := http.StatusBadRequest
	if code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	answer(w, status, map[string]string{"error": code, "error_description": description})
}

// returns reports whether a browser may be sent back to an address: RFC 8252, section 7.3.
func returns(redirect string) bool {
	u, err := url.Parse(redirect)
	return err == nil && u.Scheme == "http" && u.Hostname() == "127.0.0.1" && u.Port() != "" && u.Path == "/oauth/callback" &&
		u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

func (s *Site) authorize(w http.ResponseWriter, r *http.Request) {
	s.called("authorize")
	q := r.URL.Query()
	if q.Get("client_id") != s.client || !returns(q.Get("redirect_uri")) {
		http.Error(w, "unknown client or redirect_uri", http.StatusBadRequest)
		return
	}
	to := request{redirect: q.Get("redirect_uri"), state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), scopes: granted(q), expires: s.now().Add(10 * time.Minute)}
	for name, values := range q {
		if len(values) != 1 {
			to.back(w, r, url.Values{"error": {"invalid_request"}, "error_description": {name + " is there twice"}})
			return
		}
	}
	switch {
	case q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(to.challenge) != 43 || to.nonce == "":
		to.back(w, r, url.Values{"error": {"invalid_request"}})
	case !slices.Contains(to.scopes, "openid") || slices.Contains(to.scopes, "unknown"):
		to.back(w, r, url.Values{"error": {"invalid_scope"}})
	case s.settings.AuthorizeError != "":
		to.back(w, r, url.Values{"error": {s.settings.AuthorizeError}, "error_description": {"not today"}})
	default:
		id := rand.Text()
		s.requests[id] = to
		page(w, question("/authorize", "request", id, "Signed in as "+s.person+"."))
	}
}

// granted are the scopes that a request gets: offline_access only where the person is asked to consent to it (OpenID
// Connect Core, section 11).
func granted(q url.Values) []string {
	scopes := strings.Fields(q.Get("scope"))
	if !slices.Contains(strings.Fields(q.Get("prompt")), "consent") {
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return s == "offline_access" })
	}
	return scopes
}

// back sends the browser back.
func (to request) back(w http.ResponseWriter, r *http.Request, answer url.Values) {
	answer.Set("state", to.state)
	http.Redirect(w, r, to.redirect+"?"+answer.Encode(), http.StatusSeeOther)
}

func (s *Site) answerAuthorize(w http.ResponseWriter, r *http.Request) {
	s.called("answer")
	to, ok := s.requests[r.PostForm.Get("request")]
	delete(s.requests, r.PostForm.Get("request"))
	switch {
	case !ok || !s.now().Before(to.expires):
		http.Error(w, "this page is no longer valid", http.StatusBadRequest)
	case r.PostForm.Get("answer") == "approve":
		code := s.secret()
		to.person, to.expires = s.person, s.now().Add(time.Minute)
		s.codes[code] = to
		to.back(w, r, url.Values{"code": {code}})
	default:
		to.back(w, r, url.Values{"error": {"access_denied"}})
	}
}

func page(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!doctype html>\n<html lang=\"en\"><head><title>Sign in</title></head><body>\n" + body + "</body></html>\n"))
}

// question is a form with two buttons.
func question(action, hidden, value, about string) string {
	return "<p>" + html.EscapeString(about) + "</p>\n<form method=\"post\" action=\"" + action + "\">\n" +
		"<input type=\"hidden\" name=\"" + hidden + "\" value=\"" + html.EscapeString(value) + "\">\n" +
		"<button id=\"approve\" name=\"answer\" value=\"approve\">Allow access</button>\n" +
		"<button id=\"deny\" name=\"answer\" value=\"deny\">Deny access</button>\n</form>\n"
}
