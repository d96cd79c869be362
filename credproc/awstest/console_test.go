package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// signinTokenOf posts getSigninToken, with SessionDuration unless it is "".
func signinTokenOf(t *testing.T, s *Server, c aws.Credentials, seconds string) (int, string) {
	t.Helper()
	doc, err := json.Marshal(map[string]string{"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey, "sessionToken": c.SessionToken})
	if err != nil {
		t.Fatal(err)
	}
	v := form("Action", "getSigninToken", "Session", string(doc))
	if seconds != "" {
		v.Set("SessionDuration", seconds)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/federation", strings.NewReader(v.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, _ := send(t, r)
	var out struct{ SigninToken string }
	if status == 200 && json.Unmarshal([]byte(body), &out) != nil {
		t.Fatalf("no JSON: %s", body)
	}
	return status, out.SigninToken
}

func get(t *testing.T, u string, cookies ...*http.Cookie) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return send(t, r)
}

func loginURL(s *Server, token, destination string) string {
	return s.URL + "/federation?" + form("Action", "login", "Issuer", "test", "Destination", destination, "SigninToken", token).Encode()
}

func cookieOf(t *testing.T, h http.Header) *http.Cookie {
	t.Helper()
	c, err := http.ParseSetCookie(h.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func roleWorld(t *testing.T, o Options) world {
	t.Helper()
	w := newWorld(t, o)
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}, MaxSession: 12 * time.Hour})
	w.AddRole(next, Role{Trust: []Trust{{Principal: home}}})
	return w
}

func TestConsole(t *testing.T) {
	w := roleWorld(t, Options{})
	status, token := signinTokenOf(t, w.Server, w.role(t, keyCreds(w.key)), "43200")
	if status != 200 || token == "" {
		t.Fatal(status)
	}
	if status, _, _ := get(t, w.URL+"/console"); status != 403 {
		t.Errorf("the console without a session: %d", status)
	}
	status, _, header := get(t, loginURL(w.Server, token, w.URL+"/console"))
	if status != 302 || header.Get("Location") != w.URL+"/console" {
		t.Fatalf("%d %v", status, header)
	}
	cookie := cookieOf(t, header)
	if !cookie.HttpOnly {
		t.Error("scripts can read the cookie")
	}
	status, body, _ := get(t, w.URL+"/console", cookie)
	if status != 200 || !strings.Contains(body, `<b id="arn">arn:aws:sts::222222222222:assumed-role/Admin/alice</b>`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ = get(t, loginURL(w.Server, token, w.URL+"/console")); status != 400 {
		t.Errorf("the token a second time: %d", status)
	}

	// A second identity has to wait until the first has left.
	other, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(next))
	if err != nil {
		t.Fatal(err)
	}
	_, second := signinTokenOf(t, w.Server, tempCreds(other.Credentials), "")
	status, body, _ = get(t, loginURL(w.Server, second, w.URL+"/console"), cookie)
	if status != 400 || !strings.Contains(body, "You must first log out before logging into a different AWS account.") {
		t.Errorf("%d %s", status, body)
	}
	status, _, header = get(t, w.URL+"/oauth?Action=logout&redirect_uri="+url.QueryEscape(loginURL(w.Server, second, w.URL+"/console")), cookie)
	if status != 302 || cookieOf(t, header).MaxAge >= 0 || header.Get("Location") != loginURL(w.Server, second, w.URL+"/console") {
		t.Errorf("%d %v", status, header)
	}
	if status, _, _ := get(t, w.URL+"/console", cookie); status != 403 {
		t.Errorf("the console after logout: %d", status)
	}
	if status, _, _ = get(t, header.Get("Location"), cookie); status != 302 {
		t.Errorf("the second identity after logout: %d", status)
	}

	var actions []string
	for _, c := range w.Calls() {
		if c.Service == "signin" {
			actions = append(actions, c.Action)
		}
		if told := fmt.Sprint(c.Params); strings.Contains(told, token) || strings.Contains(told, second) {
			t.Errorf("%s is recorded with its token: %s", c.Action, told)
		}
	}
	if got := strings.Join(actions, " "); got != "getSigninToken login login getSigninToken login logout login" {
		t.Errorf("recorded %s", got)
	}
}

func TestWhoMaySignIn(t *testing.T) {
	for name, row := range map[string]struct {
		creds   func(*testing.T, world) aws.Credentials
		seconds string
		status  int
	}{
		"a role assumed directly":               {func(t *testing.T, w world) aws.Credentials { return w.role(t, keyCreds(w.key)) }, "3600", 200},
		"... for too short":                     {func(t *testing.T, w world) aws.Credentials { return w.role(t, keyCreds(w.key)) }, "899", 400},
		"... for too long":                      {func(t *testing.T, w world) aws.Credentials { return w.role(t, keyCreds(w.key)) }, "43201", 400},
		"... for nonsense":                      {func(t *testing.T, w world) aws.Credentials { return w.role(t, keyCreds(w.key)) }, "1h", 400},
		"a chained role":                        {func(t *testing.T, w world) aws.Credentials { return w.role(t, w.session(t)) }, "", 200},
		"a chained role with a duration":        {func(t *testing.T, w world) aws.Credentials { return w.role(t, w.session(t)) }, "3600", 400},
		"a user's session with a duration":      {func(t *testing.T, w world) aws.Credentials { return w.session(t) }, "3600", 400},
		"a user's session":                      {func(t *testing.T, w world) aws.Credentials { return w.session(t) }, "", 400},
		"long-lived keys":                       {func(_ *testing.T, w world) aws.Credentials { return keyCreds(w.key) }, "", 400},
		"a role with a wrong secret":            {func(t *testing.T, w world) aws.Credentials { return spoil(w.role(t, keyCreds(w.key)), "x", "") }, "", 400},
		"a role with a wrong token":             {func(t *testing.T, w world) aws.Credentials { return spoil(w.role(t, keyCreds(w.key)), "", "x") }, "", 400},
		"a session document that says nothing":  {func(*testing.T, world) aws.Credentials { return aws.Credentials{} }, "", 400},
		"a role, by default for as long as STS": {func(t *testing.T, w world) aws.Credentials { return w.role(t, keyCreds(w.key)) }, "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := roleWorld(t, Options{})
			status, token := signinTokenOf(t, w.Server, row.creds(t, w), row.seconds)
			if status != row.status || (status == 200) != (token != "") {
				t.Errorf("%d %q", status, token)
			}
		})
	}
}

func spoil(c aws.Credentials, secret, token string) aws.Credentials {
	c.SecretAccessKey += secret
	c.SessionToken += token
	return c
}

func TestSigninByGET(t *testing.T) {
	w := roleWorld(t, Options{})
	c := w.role(t, keyCreds(w.key))
	doc, err := json.Marshal(map[string]string{"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey, "sessionToken": c.SessionToken})
	if err != nil {
		t.Fatal(err)
	}
	status, body, _ := get(t, w.URL+"/federation?"+form("Action", "getSigninToken", "Session", string(doc)).Encode())
	if status != 200 || !strings.Contains(body, `"SigninToken":`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestASigninTokenLastsAQuarterOfAnHour(t *testing.T) {
	for name, row := range map[string]struct {
		wait   time.Duration
		status int
	}{
		"just before": {15*time.Minute - time.Second, 302}, "at its end": {15 * time.Minute, 400},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			w := roleWorld(t, Options{Now: c.now})
			_, token := signinTokenOf(t, w.Server, w.role(t, keyCreds(w.key)), "")
			c.move(row.wait)
			if status, _, _ := get(t, loginURL(w.Server, token, w.URL+"/console")); status != row.status {
				t.Error(status)
			}
		})
	}
}

func TestAConsoleSessionEnds(t *testing.T) {
	c := newClock()
	w := roleWorld(t, Options{Now: c.now})
	_, token := signinTokenOf(t, w.Server, w.role(t, keyCreds(w.key)), "900")
	_, _, header := get(t, loginURL(w.Server, token, w.URL+"/console"))
	cookie := cookieOf(t, header)
	c.move(899 * time.Second)
	if status, _, _ := get(t, w.URL+"/console", cookie); status != 200 {
		t.Error(status)
	}
	c.move(time.Second)
	if status, _, _ := get(t, w.URL+"/console", cookie); status != 403 {
		t.Error(status)
	}
}

func TestWhereASignInDoesNotLead(t *testing.T) {
	w := roleWorld(t, Options{})
	_, token := signinTokenOf(t, w.Server, w.role(t, keyCreds(w.key)), "")
	if status, _, _ := get(t, loginURL(w.Server, token, "https://example.com/")); status != 400 {
		t.Errorf("login to somewhere else: %d", status)
	}
	if status, _, h := get(t, w.URL+"/oauth?Action=logout&redirect_uri=https://example.com/"); status != 302 || h.Get("Location") != "/console" {
		t.Errorf("logout to somewhere else: %d %v", status, h)
	}
	if status, _, _ := get(t, w.URL+"/federation?Action=dance"); status != 400 {
		t.Errorf("an unknown action: %d", status)
	}
	if status, _, _ := get(t, w.URL+"/favicon.ico"); status != 404 {
		t.Errorf("what every browser asks for: %d", status)
	}
	if status, _, _ := get(t, w.URL+"/ec2/home"); status != 403 {
		t.Errorf("a page for nobody: %d", status)
	}
}
