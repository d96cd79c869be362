package awstest

import (
	"crypto/subtle"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
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

// consoleCookie is the one cookie of a console session.
const consoleCookie = "aws-userInfo"

type signinToken struct {
	who     principal
	expires time.Time // of the token
	console time.Time // until when the console session lasts
}

type consoleSession struct {
	who     principal
	expires time.Time
}

// federation is /federation: getSigninToken, login and logout.
func (s *Server) federation(x *exchange) reply {
	switch x.call.Action {
	case "getSigninToken":
		return s.getSigninToken(x)
	case "login":
		return s.login(x)
	case "logout":
		return s.logout(x)
	}
	return x.fail(badRequest("Invalid action parameter"))
}

func badRequest(text string) *refusal { return refuse(http.StatusBadRequest, "BadRequest", "%s", text) }

// signinFailure is a page, as the sign-in service gives one: no XML, no code.
func signinFailure(e *refusal) reply {
	r := page(e.status, "Error", "<p>message <u>"+html.EscapeString(e.message)+"</u></p>"+
		"<p>description <u>The request sent by the client was syntactically incorrect.</u></p>")
	r.code = e.code
	return r
}

func page(status int, title, body string) reply {
	return newReply(status, "text/html;charset=UTF-8",
		[]byte("<!doctype html><html><head><title>"+html.EscapeString(title)+"</title></head><body>"+body+
			"</body></html>\n"))
}

func (s *Server) getSigninToken(x *exchange) reply {
	var creds struct {
		ID    string `json:"sessionId"`
		Key   string `json:"sessionKey"`
		Token string `json:"sessionToken"`
	}
	invalidCredentials := badRequest("Invalid credentials parameter")
	if json.Unmarshal([]byte(x.params.Get("Session")), &creds) != nil {
		return x.fail(invalidCredentials)
	}
	x.call.AccessKeyID = creds.ID
	ses := s.sessions[creds.ID]
	if ses == nil || !same(ses.secret, creds.Key) || !same(ses.token, creds.Token) || !x.now.Before(ses.expires) {
		return x.fail(invalidCredentials)
	}
	x.call.Caller = ses.who.arn
	// A session of a user's own (GetSessionToken) signs nobody in. Source: IAM User Guide, "Compare AWS STS
	// credentials".
	if ses.who.role == nil {
		return x.fail(invalidCredentials)
	}
	t := signinToken{who: ses.who, expires: x.now.Add(signinLife), console: ses.expires}
	if x.params.Has("SessionDuration") {
		n, err := strconv.Atoi(x.params.Get("SessionDuration"))
		if err != nil || n < minConsoleSeconds || n > maxConsoleSeconds {
			return x.fail(badRequest("Invalid session duration parameter"))
		}
		if ses.who.chained {
			return x.fail(invalidCredentials)
		}
		t.console = x.now.Add(time.Duration(n) * time.Second)
	}
	token := strings.NewReplacer("+", "-", "/", "_").Replace(randomToken(600))
	s.signins[token] = t
	body, err := json.Marshal(map[string]string{"SigninToken": token})
	if err != nil {
		return x.fail(refuse(http.StatusInternalServerError, "InternalFailure", "%s", err))
	}
	return newReply(http.StatusOK, "application/json", body)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *Server) login(x *exchange) reply {
	destination := x.params.Get("Destination")
	if !s.mayGoTo(x.r, destination) {
		return x.fail(badRequest("Invalid destination parameter"))
	}
	token := x.params.Get("SigninToken")
	t, ok := s.signins[token]
	if !ok || !x.now.Before(t.expires) {
		return x.fail(badRequest("Invalid token parameter"))
	}
	if old, ok := s.signedIn(x); ok && old.who.arn != t.who.arn {
		return page(http.StatusBadRequest, "Amazon Web Services Sign-In",
			`<p>You must first log out before logging into a different AWS account.</p>`+
				`<p>To logout, <a href="/federation?Action=logout">click here</a></p>`)
	}
	delete(s.signins, token) // it works once
	x.call.Caller = t.who.arn
	cookie := randomToken(120)
	s.consoles[cookie] = consoleSession{who: t.who, expires: t.console}
	x.call.Expires = t.console
	return redirect(destination, &http.Cookie{
		Name: consoleCookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func redirect(to string, c *http.Cookie) reply {
	r := newReply(http.StatusFound, "text/html;charset=UTF-8", nil)
	r.header.Set("Location", to)
	r.header.Add("Set-Cookie", c.String())
	return r
}

// logout ends the console session and goes to redirect_uri, if that is a console
// or this server, else to the page that says who is signed in.
func (s *Server) logout(x *exchange) reply {
	if x.call.Action != "logout" {
		return x.fail(badRequest("Invalid action parameter"))
	}
	if old, ok := s.signedIn(x); ok {
		x.call.Caller = old.who.arn
	}
	if c, err := x.r.Cookie(consoleCookie); err == nil {
		delete(s.consoles, c.Value)
	}
	to := x.params.Get("redirect_uri")
	if to == "" || !s.mayGoTo(x.r, to) {
		to = "/console"
	}
	return redirect(to, &http.Cookie{Name: consoleCookie, Path: "/", MaxAge: -1, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

func (s *Server) signedIn(x *exchange) (consoleSession, bool) {
	c, err := x.r.Cookie(consoleCookie)
	if err != nil {
		return consoleSession{}, false
	}
	ses, ok := s.consoles[c.Value]
	return ses, ok && x.now.Before(ses.expires)
}

// console is any page behind the sign-in: it says who is signed in.
func (s *Server) console(x *exchange) reply {
	ses, ok := s.signedIn(x)
	if !ok {
		r := page(http.StatusForbidden, "Sign in", "<p>Not signed in.</p>")
		r.code = "NotSignedIn"
		return r
	}
	x.call.Caller = ses.who.arn
	x.call.Params["Page"] = x.r.URL.Path
	return page(http.StatusOK, "Console", `<p>Signed in as <b id="arn">`+html.EscapeString(ses.who.arn)+
		`</b> until <span id="until">`+stamp(ses.expires)+`</span>.</p>`+
		`<p><a href="/federation?Action=logout">Log out</a></p>`)
}

// mayGoTo takes the partition's console hosts over https, and this server.
func (s *Server) mayGoTo(r *http.Request, destination string) bool {
	u, err := url.Parse(destination)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == "http" && u.Host == r.Host {
		return true
	}
	domain := consoleDomain(s.opts.Partition)
	return u.Scheme == "https" && u.Port() == "" && domain != "" &&
		(u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain))
}

// consoleDomain is where a partition's console is; "" if it has none that is known.
func consoleDomain(partition string) string {
	known := [][2]string{
		{"aws", "console.aws.amazon.com"}, {"aws-cn", "console.amazonaws.cn"},
		{"aws-us-gov", "console.amazonaws-us-gov.com"},
		{"aws-eusc", "console.amazonaws-eusc.eu"},
	}
	if i := slices.IndexFunc(known, func(k [2]string) bool { return k[0] == partition }); i >= 0 {
		return known[i][1]
	}
	return ""
}
