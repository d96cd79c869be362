package saml

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"hatstand/credproc/internal/onetime"
)

// listening is a listener of this test's, and what came of it.
func listening(t *testing.T) (l *Listener, response <-chan string) {
	t.Helper()
	l, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan string, 1)
	go func() {
		r, err := l.Wait(ctx)
		if err != nil {
			r = "error: " + err.Error()
		}
		got <- r
	}()
	t.Cleanup(cancel)
	return l, got
}

// send sends one request as it is and gives the whole answer; "" if there was none.
func send(t *testing.T, l *Listener, request string) string {
	t.Helper()
	c, err := net.Dial("tcp4", l.once.Address())
	if err != nil {
		return ""
	}
	defer c.Close()
	_, _ = io.WriteString(c, request)
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func (l *Listener) post(body string, more ...string) string {
	return "POST /saml HTTP/1.1\r\nHost: " + l.once.Address() + "\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n" + strings.Join(append(more, "\r\n"), "\r\n") + body
}

func formOf(response string) string {
	return url.Values{"SAMLResponse": {response}, "RelayState": {"x y"}}.Encode()
}

func TestAProviderPostsItsResponse(t *testing.T) {
	for name, edit := range map[string]func(*Listener, string) string{
		"by the address": func(_ *Listener, s string) string { return s },
		"by localhost":   func(_ *Listener, s string) string { return strings.Replace(s, "Host: 127.0.0.1", "Host: localhost", 1) },
		"from another site": func(_ *Listener, s string) string {
			return strings.Replace(s, "POST /saml HTTP/1.1\r\n", "POST /saml HTTP/1.1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: cross-site\r\n", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, got := listening(t)
			want := response("Role", admin+","+corp)
			answer := send(t, l, edit(l, l.post(formOf(want))))
			if !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(answer, donePage) ||
				!strings.Contains(answer, "\r\nContent-Security-Policy: default-src 'none'\r\n") {
				t.Errorf("%q", answer)
			}
			if r := <-got; r != want {
				t.Errorf("got %q", r)
			}
			if again := send(t, l, l.post(formOf(want))); again != "" {
				t.Errorf("somebody still answers: %q", again)
			}
		})
	}
}

// Each of these is told nothing, and the provider's response that comes afterwards is taken.
func TestWhoIsNoProvider(t *testing.T) {
	good := response("Role", admin+","+corp)
	replace := func(old, new string) func(*Listener) string {
		return func(l *Listener) string { return strings.Replace(l.post(formOf(good)), old, new, 1) }
	}
	with := func(header string) func(*Listener) string {
		return func(l *Listener) string { return l.post(formOf(good), header) }
	}
	body := func(form string) func(*Listener) string { return func(l *Listener) string { return l.post(form) } }
	for _, row := range []struct {
		name    string
		request func(*Listener) string
		status  string
	}{
		{"another path", replace("/saml", "/"), "404"},
		{"a query", replace("/saml", "/saml?x"), "404"},
		{"another method", replace("POST", "PUT"), "404"},
		{"a page that has rebound its name", replace("Host: 127.0.0.1", "Host: evil.example"), "404"},
		{"a script", with("Sec-Fetch-Dest: empty"), "404"},
		{"a frame", with("Sec-Fetch-Dest: iframe"), "404"},
		{"JSON", replace("application/x-www-form-urlencoded", "application/json"), "404"},
		{"plain text, which any page may post", replace("application/x-www-form-urlencoded", "text/plain"), "404"},
		{"another user, through a proxy of ours", with("Via: 1.1 squid"), "404"},
		{"... of another kind", with("X-Forwarded-For: 127.0.0.1"), "404"},
		{"no response", body("RelayState=x"), "400"},
		{"two responses", body(formOf(good) + "&" + formOf(good)), "400"},
		{"an empty response", body("SAMLResponse="), "400"},
		{"garbage for a response", body(formOf("garbage!")), "400"},
		{"a bomb", body(formOf(encoded(`<!DOCTYPE r [<!ENTITY a "aaaa">]>` + inResponse("&a;")))), "400"},
		{"100 KB", body(formOf(strings.Repeat("A", MaxText+1))), "400"},
		{"more than a form may have", body(strings.Repeat("a", maxForm+1)), "400"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l, got := listening(t)
			if answer := send(t, l, row.request(l)); !strings.HasPrefix(answer, "HTTP/1.1 "+row.status) ||
				strings.Contains(answer, "hatstand") {
				t.Errorf("want %s, got %.200q", row.status, answer)
			}
			send(t, l, l.post(formOf(good)))
			if r := <-got; r != good {
				t.Errorf("then: %q", r)
			}
		})
	}
}

func TestAnotherUserIsTurnedAway(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Listener{once: onetime.New(ln, func(net.Conn) error { return errors.New("a stranger") })}
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	done := make(chan error, 1)
	go func() { _, err := l.Wait(ctx); done <- err }()
	if answer := send(t, l, l.post(formOf(response("Role", admin+","+corp)))); !strings.HasPrefix(answer, "HTTP/1.1 404") {
		t.Errorf("%q", answer)
	}
	cancel(over)
	if err := <-done; !errors.Is(err, over) {
		t.Error(err)
	}
}

func TestARefusalIsAnAnswerToo(t *testing.T) {
	l, got := listening(t)
	refusal := encoded(inResponse(`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:Status>`))
	send(t, l, l.post(formOf(refusal)))
	if r := <-got; r != refusal {
		t.Errorf("%q", r)
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	l, _ := listening(t)
	port := l.once.Port()
	_, err := Listen(port)
	want := "port " + strconv.Itoa(port) + " of 127.0.0.1 cannot be used: "
	if KindOf(err) != PortTaken || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "listen") {
		t.Error(err)
	}
}
