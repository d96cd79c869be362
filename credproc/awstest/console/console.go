// Package console plays the sign-in federation endpoint and the AWS console behind it: a role's credentials become a
// sign-in token, the token a browser's session, and every page says who is signed in.
//
// It is a part of package awstest, which finds the credentials, records the calls and listens.
package console

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of the federation endpoint (IAM User Guide, "Enable custom identity
// broker access to the AWS console"): a sign-in token is good for 15 minutes; a
// console session lasts 15 minutes to 12 hours.
const (
	signinLife        = 15 * time.Minute
	minConsoleSeconds = 900
	maxConsoleSeconds = 43200
)

// cookieName is the one cookie of a console session.
const cookieName = "aws-userInfo"

// Service is one partition's. Its caller sees to it that one call runs at a time.
type Service struct {
	partition string
	tokens    map[string]signinToken
	sessions  map[string]session // by cookie
}

// New makes a service to which nobody has signed in.
func New(partition string) *Service {
	return &Service{partition: partition, tokens: map[string]signinToken{}, sessions: map[string]session{}}
}

// Credentials are those that a call brings along.
type Credentials struct {
	ID    string `json:"sessionId"`
	Key   string `json:"sessionKey"`
	Token string `json:"sessionToken"`
}

// Identity is whom credentials are of.
type Identity struct {
	ARN     string
	Role    bool // a role's: others sign nobody in
	Chained bool // a role's that was assumed with another one's credentials
	Expires time.Time
}

// Request is a call on its way to its answer.
type Request struct {
	HTTP *http.Request
	Form url.Values
	Now  time.Time
	// Find says whose credentials are; ok is false where they are nobody's, wrong or expired.
	Find func(Credentials) (who Identity, ok bool)
}

// Reply is a whole answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte

	Code        string    // the error's name, "" for success
	AccessKeyID string    // as claimed
	Caller      string    // as far as the call tells
	Expires     time.Time // of the console session that began
}

// The services that calls are recorded under.
const (
	SignIn  = "signin"
	Console = "console"
)

// Route names the service that has a path, and the action if the path tells it; no service: nobody answers there.
func Route(path string) (service, action string) {
	switch path {
	case "/federation", "/oauth":
		return SignIn, ""
	case "/favicon.ico":
		return "", ""
	}
	return Console, "GetPage"
}

// Answer answers a call of SignIn or Console.
func (s *Service) Answer(r *Request) Reply {
	action := r.Form.Get("Action")
	switch path := r.HTTP.URL.Path; {
	case path == "/federation" && action == "getSigninToken":
		return s.getSigninToken(r)
	case path == "/federation" && action == "login":
		return s.login(r)
	case (path == "/federation" || path == "/oauth") && action == "logout":
		return s.logout(r)
	case path == "/federation" || path == "/oauth":
		return refuse("Invalid action parameter")
	}
	return s.show(r)
}

type signinToken struct {
	who     Identity
	expires time.Time // of the token
	console time.Time // until when the console session lasts
}

type session struct {
	who     Identity
	expires time.Time
}

func (s *Service) getSigninToken(r *Request) Reply {
	const wrong = "Invalid credentials parameter"
	var creds Credentials
	if json.Unmarshal([]byte(r.Form.Get("Session")), &creds) != nil {
		return refuse(wrong)
	}
	who, ok := r.Find(creds)
	refused := func(text string) Reply {
		out := refuse(text)
		out.AccessKeyID, out.Caller = creds.ID, who.ARN
		return out
	}
	// A session of a user's own (GetSessionToken) signs nobody in. Source: IAM User Guide, "Compare AWS STS
	// credentials".
	if !ok || !who.Role {
		return refused(wrong)
	}
	t := signinToken{who: who, expires: r.Now.Add(signinLife), console: who.Expires}
	if r.Form.Has("SessionDuration") {
		n, err := strconv.Atoi(r.Form.Get("SessionDuration"))
		if err != nil || n < minConsoleSeconds || n > maxConsoleSeconds {
			return refused("Invalid session duration parameter")
		}
		if who.Chained {
			return refused(wrong)
		}
		t.console = r.Now.Add(time.Duration(n) * time.Second)
	}
	token := randomToken(600)
	s.tokens[token] = t
	out := newReply(http.StatusOK, "application/json", `{"SigninToken":"`+token+`"}`)
	out.AccessKeyID, out.Caller = creds.ID, who.ARN
	return out
}

// randomToken makes no more than a marker: what it is good for is in the service.
func randomToken(chars int) string {
	b := make([]byte, chars/4*3)
	rand.Read(b) // it never fails
	return base64.URLEncoding.EncodeToString(b)
}

func (s *Service) login(r *Request) Reply {
	destination := r.Form.Get("Destination")
	if !s.mayGoTo(r.HTTP, destination) {
		return refuse("Invalid destination parameter")
	}
	token := r.Form.Get("SigninToken")
	t, ok := s.tokens[token]
	if !ok || !r.Now.Before(t.expires) {
		return refuse("Invalid token parameter")
	}
	if old, ok := s.signedIn(r); ok && old.who.ARN != t.who.ARN {
		return page(http.StatusBadRequest, "Amazon Web Services Sign-In",
			`<p>You must first log out before logging into a different AWS account.</p>`+
				`<p>To logout, <a href="/federation?Action=logout">click here</a></p>`)
	}
	delete(s.tokens, token) // it works once
	cookie := randomToken(120)
	s.sessions[cookie] = session{who: t.who, expires: t.console}
	out := redirect(destination, &http.Cookie{
		Name: cookieName, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	out.Caller, out.Expires = t.who.ARN, t.console
	return out
}

// logout ends the console session and goes to redirect_uri, if that is a console
// or this server, else to the page that says who is signed in.
func (s *Service) logout(r *Request) Reply {
	old, _ := s.signedIn(r)
	if c, err := r.HTTP.Cookie(cookieName); err == nil {
		delete(s.sessions, c.Value)
	}
	to := r.Form.Get("redirect_uri")
	if to == "" || !s.mayGoTo(r.HTTP, to) {
		to = "/console"
	}
	out := redirect(to, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
	out.Caller = old.who.ARN
	return out
}

// signedIn is the session of the browser that calls, if it has one that lasts.
func (s *Service) signedIn(r *Request) (session, bool) {
	c, err := r.HTTP.Cookie(cookieName)
	if err != nil {
		return session{}, false
	}
	found, ok := s.sessions[c.Value]
	if !ok || !r.Now.Before(found.expires) {
		return session{}, false
	}
	return found, true
}

// show is any page behind the sign-in: it says who is signed in.
func (s *Service) show(r *Request) Reply {
	found, ok := s.signedIn(r)
	if !ok {
		out := page(http.StatusForbidden, "Sign in", "<p>Not signed in.</p>")
		out.Code = "NotSignedIn"
		return out
	}
	out := page(http.StatusOK, "Console", `<p>Signed in as <b id="arn">`+html.EscapeString(found.who.ARN)+
		`</b> until <span id="until">`+found.expires.UTC().Format(time.RFC3339)+`</span>.</p>`+
		`<p><a href="/federation?Action=logout">Log out</a></p>`)
	out.Caller = found.who.ARN
	return out
}

// mayGoTo takes the partition's console hosts over https, and this server.
func (s *Service) mayGoTo(r *http.Request, destination string) bool {
	u, err := url.Parse(destination)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == "http" && u.Host == r.Host {
		return true
	}
	domain := domainOf(s.partition)
	return u.Scheme == "https" && u.Port() == "" && domain != "" &&
		(u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain))
}

// domainOf is where a partition's console is; "" if it has none that is known.
func domainOf(partition string) string {
	switch partition {
	case "aws":
		return "console.aws.amazon.com"
	case "aws-cn":
		return "console.amazonaws.cn"
	case "aws-us-gov":
		return "console.amazonaws-us-gov.com"
	case "aws-eusc":
		return "console.amazonaws-eusc.eu"
	}
	return ""
}

// Failure is an error as the sign-in service gives it: a page, with no XML and no code.
func Failure(status int, code, message string) Reply {
	out := page(status, "Error", "<p>message <u>"+html.EscapeString(message)+"</u></p>"+
		"<p>description <u>The request sent by the client was syntactically incorrect.</u></p>")
	out.Code = code
	return out
}

func refuse(message string) Reply { return Failure(http.StatusBadRequest, "BadRequest", message) }

func page(status int, title, body string) Reply {
	return newReply(status, "text/html;charset=UTF-8", "<!doctype html><html><head><title>"+html.EscapeString(title)+
		"</title></head><body>"+body+"</body></html>\n")
}

func redirect(to string, c *http.Cookie) Reply {
	out := newReply(http.StatusFound, "text/html;charset=UTF-8", "")
	out.Header.Set("Location", to)
	out.Header.Add("Set-Cookie", c.String())
	return out
}

func newReply(status int, contentType, body string) Reply {
	return Reply{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
}
