package person_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hatstand/credproc/awstest/person"
)

// form is a page with one button.
const form = `<form method="post" action="/answer?a=1&amp;b=2">
<input type="hidden" name="request" value="&quot;q&quot;">
<button id="approve" name="answer" value="approve">Allow access</button></form>`

func TestAPersonPressesWhatIsThere(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/once": // as a program's one-time address
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
			http.Redirect(w, r, "/page", http.StatusFound)
		case "/page":
			fmt.Fprint(w, form)
		case "/answer":
			c, err := r.Cookie("seen")
			fmt.Fprint(w, r.Method, " ", r.URL.RawQuery, " ", r.FormValue("request"), " ", r.FormValue("answer"), " ", c, err)
		default:
			http.Error(w, "nothing here", http.StatusTeapot)
		}
	}))
	defer s.Close()
	for _, tt := range []struct {
		path   string
		press  person.Button
		ends   string
		status int
		body   string
	}{
		{"/once", person.Allow, "/answer?a=1&b=2", 200, `POST a=1&b=2 "q" approve seen=yes <nil>`},
		{"/once", person.None, "/page", 200, form},
		{"/page", person.Deny, "/page", 200, form}, // has no such button
		{"/other", person.Allow, "/other", 418, "nothing here\n"},
	} {
		page, err := person.Open(t.Context(), s.URL+tt.path, tt.press)
		if err != nil || page.URL != s.URL+tt.ends || page.Status != tt.status || page.Body != tt.body {
			t.Errorf("%s, %q: %+v, %v", tt.path, tt.press, page, err)
		}
	}
}

func TestAnErrorTellsNoCode(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	_, err := person.Open(t.Context(), s.URL+"/callback?code=secret", person.Allow)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.HasPrefix(err.Error(), "GET 127.0.0.1:") {
		t.Error(err)
	}
	if _, err := person.Open(t.Context(), "http://[", person.Allow); err == nil {
		t.Error("that is no address")
	}
	if _, err := person.OpenInChromium(t.Context(), "/no/such/browser", t.TempDir(), s.URL, person.Allow); err == nil {
		t.Error("there is no such browser")
	}
}
