package loginsession

import (
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The services that calls are recorded under, and the actions.
const (
	SignIn = "signin"      // what programs call
	Pages  = "signin-page" // what people see

	CreateOAuth2Token = "CreateOAuth2Token"
)

// The IDs that clients go by: those that a browser can come back to, and others.
const (
	SameDevice  = "arn:aws:signin:::devtools/same-device"
	CrossDevice = "arn:aws:signin:::devtools/cross-device"
)

// Credentials are a person's, for a while.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expires                                    time.Time
}

// A Request is a call on its way to its answer.
type Request struct {
	HTTP *http.Request
	Body []byte
	Form url.Values // of a form that was sent
	Now  time.Time
	// Issue makes credentials for the user or role with that ARN.
	Issue func(arn string, life time.Duration) Credentials
}

// A Reply is a whole answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte

	Code    string    // the error's name, "" for success
	Caller  string    // the person's ARN, as far as the call tells
	Expires time.Time // of the credentials that were given
}

// Service is the sign-in. Its methods may be called at any time from any goroutine.
type Service struct {
	mu       sync.Mutex
	settings Settings
	person   string
	visits   map[string]*visit        // by the ID in their page
	codes    map[string]*visit        // by authorization code
	refresh  map[string]*refreshToken // by value
	proofs   map[string]bool          // by jti: those that were used
	changed  map[string]time.Time     // by ARN: when the password was changed last
	denied   map[string]bool          // by ARN: who may not
}

// Settings are what AWS itself decides.
type Settings struct {
	SessionLife time.Duration // of the console's session; AWS says up to 12 h
	CodeLife    time.Duration
	TokenLife   time.Duration // of credentials; AWS says 15 min
	// AuthorizeError, if set, is what every browser is sent back with.
	AuthorizeError string
}

// New makes a service with AWS's settings, and nobody at the browser.
func New() *Service {
	return &Service{
		settings: Settings{SessionLife: 12 * time.Hour, CodeLife: time.Minute, TokenLife: 15 * time.Minute},
		visits:   map[string]*visit{}, codes: map[string]*visit{}, refresh: map[string]*refreshToken{},
		proofs: map[string]bool{}, changed: map[string]time.Time{}, denied: map[string]bool{},
	}
}

// SetPerson puts somebody before the browser: the ARN of a role session or of an IAM user.
func (s *Service) SetPerson(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.person = arn
}

// Change changes the settings for calls from now on.
func (s *Service) Change(f func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.settings)
}

// EndSessions ends all sessions of a person, as closing the console does.
func (s *Service) EndSessions(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.refresh {
		if t.session.arn == arn {
			t.session.ended = true
		}
	}
}

// ChangePassword makes all sessions of a person useless that began before.
func (s *Service) ChangePassword(arn string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed[arn] = now
}

// Forbid takes from a person the permission to get credentials by the console.
func (s *Service) Forbid(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[arn] = true
}

// Route names the operation that a request is for; known is false for a path that is not of this service. Without an
// action the path knows no such method.
func Route(r *http.Request) (service, action string, known bool) {
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/authorize":
		return Pages, "Authorize", true
	case "POST /v1/authorize":
		return Pages, "AnswerAuthorize", true
	case "GET /v1/sessions/confirmation":
		return Pages, "ShowCode", true
	case "POST /v1/token":
		return SignIn, CreateOAuth2Token, true
	}
	switch r.URL.Path {
	case "/v1/authorize", "/v1/sessions/confirmation":
		return Pages, "", true
	case "/v1/token":
		return SignIn, "", true
	}
	return "", "", false
}

// Answer performs an operation that Route named.
func (s *Service) Answer(action string, r *Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch action {
	case "Authorize":
		return s.authorize(r)
	case "AnswerAuthorize":
		return s.answerAuthorize(r)
	case "ShowCode":
		return showCode(r)
	case CreateOAuth2Token:
		out, e := s.createToken(r)
		if e != nil {
			return e.reply(0)
		}
		return out
	}
	return Failure(http.StatusMethodNotAllowed, "ValidationException", "INVALID_REQUEST", "Method not allowed")
}

// Params is what a call says, without its secrets.
func Params(r *http.Request, body []byte) map[string]string {
	out := map[string]string{}
	put := func(name, value string) {
		switch name {
		case "code", "codeVerifier", "refreshToken", "state", "code_challenge":
			value = "present"
		}
		out[name] = value
	}
	for name := range r.URL.Query() {
		put(name, r.URL.Query().Get(name))
	}
	var members map[string]string
	if json.Unmarshal(body, &members) == nil {
		for name, value := range members {
			put(name, value)
		}
	}
	return out
}
