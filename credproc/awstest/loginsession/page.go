package loginsession

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// visit is a browser that shows the page of /v1/authorize, and what its code stands for then.
type visit struct {
	client, redirect, state, challenge string
	arn                                string
	expires                            time.Time
}

// pageLife is how long somebody may look at the page.
const pageLife = 10 * time.Minute

func (s *Service) authorize(r *Request) Reply {
	q := r.HTTP.URL.Query()
	v := &visit{client: q.Get("client_id"), redirect: q.Get("redirect_uri"), state: q.Get("state"),
		challenge: q.Get("code_challenge"), arn: s.person, expires: r.Now.Add(pageLife)}
	raw, err := base64.RawURLEncoding.DecodeString(v.challenge)
	for name := range q {
		if len(q[name]) > 1 || !slices.Contains([]string{"response_type", "client_id", "state", "code_challenge_method",
			"scope", "redirect_uri", "code_challenge"}, name) {
			return errorPage("parameter " + name)
		}
	}
	switch {
	case v.client != SameDevice && v.client != CrossDevice:
		return errorPage("client_id")
	case !redirects(v.client, v.redirect, r.HTTP.Host):
		return errorPage("redirect_uri")
	case q.Get("response_type") != "code":
		return errorPage("response_type")
	case q.Get("scope") != "openid":
		return errorPage("scope")
	case q.Get("code_challenge_method") != "SHA-256" || err != nil || len(raw) != sha256.Size:
		return errorPage("code_challenge")
	case v.state == "":
		return errorPage("state")
	case s.settings.AuthorizeError != "":
		return v.send(url.Values{"error": {s.settings.AuthorizeError}, "error_description": {"not now"}})
	case s.person == "":
		return errorPage("nobody is signed in to the console")
	}
	id := text(43)
	s.visits[id] = v
	return htmlPage(http.StatusOK, "Continue with an active session",
		"<p>Signed in as <b id=\"user\">"+html.EscapeString(v.arn)+"</b>. Give a program credentials?</p>\n"+
			"<form method=\"post\" action=\"/v1/authorize\">\n<input type=\"hidden\" name=\"request\" value=\""+id+"\">\n"+
			"<button id=\"approve\" name=\"answer\" value=\"approve\">Continue</button>\n"+
			"<button id=\"deny\" name=\"answer\" value=\"deny\">Cancel</button>\n</form>\n")
}

// redirects reports whether a client may have the browser sent to an address: on loopback, with any port, or the page
// that shows the code.
func redirects(client, redirect, host string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	if client == CrossDevice {
		return u.Host == host && u.Path == "/v1/sessions/confirmation"
	}
	return u.Scheme == "http" && u.Hostname() == "127.0.0.1" && u.Port() != "" && u.Path == "/oauth/callback"
}

func (s *Service) answerAuthorize(r *Request) Reply {
	id := r.Form.Get("request")
	v := s.visits[id]
	if v == nil || !r.Now.Before(v.expires) {
		return errorPage("this page is no longer valid")
	}
	delete(s.visits, id)
	if r.Form.Get("answer") != "approve" {
		return v.send(url.Values{"error": {"access_denied"}, "error_description": {"The request was denied"}})
	}
	code := text(64)
	v.expires = r.Now.Add(s.settings.CodeLife)
	s.codes[code] = v
	return v.send(url.Values{"code": {code}})
}

// send has the browser go back to the client.
func (v *visit) send(answer url.Values) Reply {
	answer.Set("state", v.state)
	out := newReply(http.StatusSeeOther, "text/html;charset=UTF-8", nil)
	out.Header.Set("Location", v.redirect+"?"+answer.Encode())
	out.Code, out.Caller = answer.Get("error"), v.arn
	return out
}

// showCode is the page where somebody sees what to paste.
func showCode(r *Request) Reply {
	q := r.HTTP.URL.Query()
	shown := "state=" + url.QueryEscape(q.Get("state")) + "&code=" + url.QueryEscape(q.Get("code"))
	return htmlPage(http.StatusOK, "Authorization code",
		"<p>Paste this: <b id=\"code\">"+base64.StdEncoding.EncodeToString([]byte(shown))+"</b></p>\n")
}

func htmlPage(status int, title, body string) Reply {
	out := newReply(status, "text/html;charset=UTF-8", []byte("<!doctype html>\n<html lang=\"en\"><head>"+
		"<meta charset=\"utf-8\"><title>"+title+"</title></head><body>\n<h1>"+title+"</h1>\n"+body+"</body></html>\n"))
	out.Header.Set("Referrer-Policy", "no-referrer")
	return out
}

func errorPage(what string) Reply {
	out := htmlPage(http.StatusBadRequest, "Invalid request", "<p id=\"error\">"+html.EscapeString(what)+"</p>\n")
	out.Code = "INVALID_REQUEST"
	return out
}

func newReply(status int, contentType string, body []byte) Reply {
	h := http.Header{}
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-Requestid", text(36))
	return Reply{Status: status, Header: h, Body: body}
}

// text is a random one of n characters of base64url.
func text(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(raw)[:n]
}
