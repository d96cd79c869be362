package onetime

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func everybody(net.Conn) error { return nil }

// loopback is a listener whose check is the test's.
func loopback(t *testing.T, check func(net.Conn) error) *Listener {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(ln, check)
	t.Cleanup(l.Close)
	return l
}

// ask sends a request and gives the whole answer; "": there was none.
func ask(l *Listener, headers ...string) string {
	c, err := net.Dial("tcp4", l.Address())
	if err != nil {
		return ""
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+l.Address()+"\r\n"+strings.Join(append(headers, "\r\n"), "\r\n"))
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func TestOfManyRequestsOneIsTaken(t *testing.T) {
	l := loopback(t, everybody)
	served := make(chan error, 1)
	go func() {
		served <- l.Serve(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !l.Own(r) || !l.Take(r) {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = io.WriteString(w, "taken")
		}))
	}()
	var all sync.WaitGroup
	answers := make(chan string, 20)
	for range cap(answers) {
		all.Go(func() { answers <- ask(l) })
	}
	all.Wait()
	close(answers)
	taken := 0
	for a := range answers {
		switch {
		case strings.HasPrefix(a, "HTTP/1.1 200") && strings.HasSuffix(a, "\r\n\r\ntaken"):
			taken++
		case a != "" && !strings.HasPrefix(a, "HTTP/1.1 404"):
			t.Errorf("%q", a)
		}
	}
	if err := <-served; err != nil || taken != 1 || !l.Taken() {
		t.Errorf("%v, %d were taken", err, taken)
	}
	if a := ask(l); a != "" {
		t.Errorf("it still answers: %q", a)
	}
}

// What ends the wait while the answer is being written does not cut the answer off.
func TestATakenRequestIsAnsweredWhateverEndsMeanwhile(t *testing.T) {
	l := loopback(t, everybody)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- l.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if l.Take(r) {
				cancel()
				<-ctx.Done()
				_, _ = io.WriteString(w, strings.Repeat("#", 1<<20))
			}
		}))
	}()
	if a := ask(l); strings.Count(a, "#") != 1<<20 {
		t.Errorf("%d bytes", len(a))
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	l := loopback(t, everybody)
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, http.NotFoundHandler()) }()
	if a := ask(l); !strings.HasPrefix(a, "HTTP/1.1 404") || !strings.Contains(a, "Connection: close") {
		t.Errorf("%q", a)
	}
	cancel(over)
	if err := <-served; !errors.Is(err, over) || l.Taken() {
		t.Error(err)
	}
	if a := ask(l); a != "" {
		t.Errorf("it still answers: %q", a)
	}
}

func TestOwn(t *testing.T) {
	stranger := errors.New("a stranger")
	for _, row := range []struct {
		claim  string
		check  error
		header string
		want   bool
	}{
		{"this user", nil, "Accept: */*", true},
		{"another user", stranger, "Accept: */*", false},
		{"a proxy", nil, "Via: 1.1 squid", false},
		{"a proxy that says for whom", nil, "X-Forwarded-For: 127.0.0.1", false},
		{"a proxy that says so in the newer form", nil, "Forwarded: for=127.0.0.1", false},
	} {
		t.Run(row.claim, func(t *testing.T) {
			l := loopback(t, func(net.Conn) error { return row.check })
			own := make(chan bool, 1)
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() {
				served <- l.Serve(ctx, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { own <- l.Own(r) }))
			}()
			ask(l, row.header)
			if got := <-own; got != row.want || !errors.Is(l.Refused(), row.check) {
				t.Errorf("%v, refused: %v", got, l.Refused())
			}
			cancel()
			<-served
		})
	}
	l := loopback(t, everybody)
	if r := httptest.NewRequest("GET", "/", nil); l.Own(r) || l.Take(r) {
		t.Error("a request of no connection")
	}
}

func TestIsNavigation(t *testing.T) {
	for _, row := range []struct {
		host, kind string
		want       bool
	}{
		{"127.0.0.1:80", "", true},
		{"127.0.0.1:80", "document", true},
		{"localhost:80", "document", true},
		{"127.0.0.1:80", "iframe", false},
		{"127.0.0.1:80", "empty", false},
		{"127.0.0.1:80", "image", false},
		{"127.0.0.1", "", false},
		{"127.0.0.1:81", "", false},
		{"evil.example:80", "document", false},
		{"", "document", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = row.host
		if row.kind != "" {
			r.Header.Set("Sec-Fetch-Dest", row.kind)
		}
		if got := IsNavigation(r, "127.0.0.1:80", "localhost:80"); got != row.want {
			t.Errorf("%+v: %v", row, got)
		}
	}
}

func TestReasonDoesNotRepeatTheAddress(t *testing.T) {
	l := loopback(t, everybody)
	_, err := Listen(l.Port())
	if err == nil {
		t.Fatal("one port, twice")
	}
	if got := Reason(err); strings.Contains(got, "127.0.0.1") || !strings.Contains(got, "in use") && !strings.Contains(got, "Only one usage") {
		t.Error(got)
	}
}
