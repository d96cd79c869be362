package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"hatstand/credproc/credentials"
)

// A Request is all that a sign-in takes.
type Request struct {
	Hosts Hosts
	// Credentials are a role's, temporary.
	Credentials credentials.Value
	// Duration is how long the console's session shall last, 15 minutes to 12 hours, as Lasting decides it;
	// 0: as long as the credentials.
	Duration time.Duration
	// Destination is the page to open, from Hosts.Destination.
	Destination string
	// Limit bounds the sign-in, whatever it takes; 0: 10 seconds.
	Limit time.Duration
	// SignOut ends the browser's old session first, of whatever account.
	SignOut bool
}

// A Login is a sign-in that waits for a browser, for 15 minutes.
type Login struct {
	URL URL
	// Refused is set where AWS would not take the Duration: the session lasts as long as the credentials.
	Refused bool
}

const defaultLimit = 10 * time.Second

// issuer names who made the sign-in; the console shows it when the session ends.
const issuer = "hatstand"

// SignIn trades credentials for the URL that signs a browser in. A refusal is tried once more without
// the Duration; what is the server's fault, and an answer that broke off, twice more. The error is an *Error.
//
// It takes a transport and no client, because a client could follow a redirect, credentials in hand.
func SignIn(ctx context.Context, t http.RoundTripper, r Request) (Login, error) {
	r.Limit = cmp.Or(r.Limit, defaultLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, r.Limit, errSlow)
	defer cancel()
	if r.SignOut {
		r.Hosts.signIn = r.Hosts.signOut
	}
	var out Login
	token, err := r.token(ctx, t, r.Duration)
	var failed *Error
	if r.Duration != 0 && errors.As(err, &failed) && failed.Status == http.StatusBadRequest {
		out.Refused = true
		token, err = r.token(ctx, t, 0)
	}
	if err != nil {
		return Login{}, err
	}
	q := url.Values{"Action": {"login"}, "Issuer": {issuer}, "Destination": {r.Destination}, "SigninToken": {token}}
	out.URL = URL{r.Hosts.federation() + "?" + q.Encode()}
	if r.SignOut {
		out.URL = r.Hosts.signOutFirst(out.URL)
	}
	return out, nil
}

func (p Hosts) federation() string { return p.signIn + "/federation" }

// host is for errors.
func (p Hosts) host() string { return p.signIn[strings.Index(p.signIn, "//")+2:] }

// token asks for a sign-in token, three times in all where the failure is a passing one.
func (r Request) token(ctx context.Context, t http.RoundTripper, d time.Duration) (string, error) {
	pause := 200 * time.Millisecond
	for attempt := 1; ; attempt++ {
		token, err := r.ask(ctx, t, d)
		var failed *Error
		if err == nil || attempt == 3 || !errors.As(err, &failed) || !failed.Passing() {
			return token, err
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return "", err
		}
	}
}

// ask sends one request. The credentials go in its body: URLs end up in logs.
func (r Request) ask(ctx context.Context, t http.RoundTripper, d time.Duration) (string, error) {
	session, err := json.Marshal(struct {
		ID    string `json:"sessionId"`
		Key   string `json:"sessionKey"`
		Token string `json:"sessionToken"`
	}{r.Credentials.AccessKeyID, r.Credentials.SecretAccessKey, r.Credentials.SessionToken})
	if err != nil {
		return "", err
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if d != 0 {
		form.Set("SessionDuration", strconv.Itoa(int(d.Seconds())))
	}
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, r.Hosts.federation(),
		strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", issuer)
	resp, err := t.RoundTrip(req)
	if err != nil {
		return "", r.unreachable(ctx, err, sent.Load())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", r.brokeOff(ctx, err)
	}
	return r.read(resp.StatusCode, body)
}

// read finds the token in an answer.
func (r Request) read(status int, body []byte) (string, error) {
	host := r.Hosts.host()
	switch {
	case status >= 300 && status < 400:
		return "", notSignIn(host, "it answers with a redirect")
	case status != http.StatusOK:
		return "", refused(host, status, body)
	}
	var answer struct{ SigninToken string }
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", notSignIn(host, "its answer is not JSON")
	}
	if answer.SigninToken == "" {
		return "", notSignIn(host, "its answer holds no sign-in token")
	}
	return answer.SigninToken, nil
}
