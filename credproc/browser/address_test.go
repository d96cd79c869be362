package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/credproc/internal/onetime"
)

// secretTarget is what must reach the one browser, and nobody else.
const secretTarget = "https://signin.aws.amazon.com/federation?Action=login&SigninToken=VERY-SECRET"

func everybody(net.Conn) error { return nil }

// serving runs a handoff on loopback; done has what serve gave.
func serving(t *testing.T) (h *oneTimeAddress, done <-chan error) {
	t.Helper()
	h, err := newAddress(secretTarget)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.serve(ctx) }()
	t.Cleanup(cancel)
	return h, ended
}

// ask sends one request as it is and gives the whole answer; "" if there was none.
func ask(address, request string) string {
	c, err := net.Dial("tcp4", address)
	if err != nil {
		return ""
	}
	defer c.Close()
	io.WriteString(c, request)
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func (h *oneTimeAddress) address() string { return h.once.Address() }

// request is what a browser sends; more are headers.
func (h *oneTimeAddress) request(more ...string) string {
	return "GET /" + h.nonce + " HTTP/1.1\r\nHost: " + h.address() + "\r\n" + strings.Join(append(more, "\r\n"), "\r\n")
}

func TestTheAddressRedirectsOnce(t *testing.T) {
	h, done := serving(t)
	raw := ask(h.address(), h.request("Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"))
	answer, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || len(body) > 0 {
		t.Errorf("body %q, %v", body, err)
	}
	if answer.StatusCode != 303 || answer.Header.Get("Location") != secretTarget {
		t.Errorf("%d, to %q", answer.StatusCode, answer.Header.Get("Location"))
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Type": ""} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(raw, "\r\nConnection: close\r\n") {
		t.Errorf("the connection is kept: %q", raw)
	}
	if err := <-done; err != nil {
		t.Errorf("serve: %v", err)
	}
	if again := ask(h.address(), h.request()); again != "" {
		t.Errorf("somebody still answers: %q", again)
	}
}

func TestTheAddressIsAGuessOf128Bits(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		h := addressOn(onetime.New(&pipes{}, everybody), secretTarget)
		if seen[h.nonce] || len(h.nonce) < 26 || strings.Trim(h.nonce, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("%q", h.nonce)
		}
		seen[h.nonce] = true
	}
}

// Each of these is told nothing, and the browser that comes afterwards has its redirect.
func TestWhoGetsNothing(t *testing.T) {
	for _, row := range []struct {
		name    string
		request func(h *oneTimeAddress) string
		status  string // with which the answer starts
	}{
		{"a wrong nonce", func(h *oneTimeAddress) string {
			return strings.Replace(h.request(), h.nonce, strings.Repeat("A", 26), 1)
		}, "404"},
		{"the beginning of the nonce", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.nonce, h.nonce[:25], 1) }, "404"},
		{"the nonce and more", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.nonce, h.nonce+"A", 1) }, "404"},
		{"the nonce in small letters", func(h *oneTimeAddress) string {
			return strings.Replace(h.request(), h.nonce, strings.ToLower(h.nonce), 1)
		}, "404"},
		{"the nonce and a query", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.nonce, h.nonce+"?", 1) }, "404"},
		{"a roundabout path", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.nonce, "./"+h.nonce, 1) }, "404"},
		{"no path", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.nonce, "", 1) }, "404"},
		{"the icon that browsers look for", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.nonce, "favicon.ico", 1) }, "404"},
		{"a page that has rebound its name", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.address(), "evil.example", 1) }, "404"},
		{"... and has our port", func(h *oneTimeAddress) string {
			return strings.Replace(h.request(), "Host: 127.0.0.1", "Host: evil.example", 1)
		}, "404"},
		{"localhost by name", func(h *oneTimeAddress) string {
			return strings.Replace(h.request(), "Host: 127.0.0.1", "Host: localhost", 1)
		}, "404"},
		{"another port", func(h *oneTimeAddress) string { return strings.Replace(h.request(), h.address(), "127.0.0.1:1", 1) }, "404"},
		{"a proxy's form", func(h *oneTimeAddress) string {
			return strings.Replace(h.request(), "GET /", "GET http://"+h.address()+"/", 1)
		}, "404"},
		{"no host", func(h *oneTimeAddress) string { return "GET /" + h.nonce + " HTTP/1.0\r\n\r\n" }, "404"},
		{"no host where there must be one", func(h *oneTimeAddress) string { return "GET /" + h.nonce + " HTTP/1.1\r\n\r\n" }, "400"},
		{"two hosts", func(h *oneTimeAddress) string { return h.request("Host: " + h.address()) }, "400"},
		{"a scanner of links", func(h *oneTimeAddress) string { return strings.Replace(h.request(), "GET", "HEAD", 1) }, "404"},
		{"a form", func(h *oneTimeAddress) string {
			return strings.Replace(h.request("Content-Length: 0"), "GET", "POST", 1)
		}, "404"},
		{"a question about methods", func(h *oneTimeAddress) string { return strings.Replace(h.request(), "GET", "OPTIONS", 1) }, "404"},
		{"a method of one's own", func(h *oneTimeAddress) string { return strings.Replace(h.request(), "GET", "get", 1) }, "404"},
		{"a prefetch", func(h *oneTimeAddress) string { return h.request("Sec-Purpose: prefetch;prerender") }, "404"},
		{"a prefetch as it was", func(h *oneTimeAddress) string { return h.request("Purpose: prefetch") }, "404"},
		{"a prefetch of Firefox", func(h *oneTimeAddress) string { return h.request("X-Moz: prefetch") }, "404"},
		{"a picture on a page", func(h *oneTimeAddress) string { return h.request("Sec-Fetch-Dest: image") }, "404"},
		{"a frame", func(h *oneTimeAddress) string { return h.request("Sec-Fetch-Dest: iframe") }, "404"},
		{"a script", func(h *oneTimeAddress) string { return h.request("Sec-Fetch-Dest: empty") }, "404"},
		{"another user, through a proxy of ours", func(h *oneTimeAddress) string { return h.request("Via: 1.1 squid") }, "404"},
		{"... of another kind", func(h *oneTimeAddress) string { return h.request("X-Forwarded-For: 127.0.0.1") }, "404"},
		{"... of the newer kind", func(h *oneTimeAddress) string { return h.request("Forwarded: for=127.0.0.1") }, "404"},
		{"TLS", func(*oneTimeAddress) string { return "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" }, ""},
		{"garbage", func(*oneTimeAddress) string { return "\x00\xff\r\n\r\n" }, "400"},
		{"a header without end", func(h *oneTimeAddress) string { return h.request("X: " + strings.Repeat("x", onetime.MaxHeader+8192)) }, "431"},
		{"nothing", func(*oneTimeAddress) string { return "" }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			h, done := serving(t)
			c, err := net.Dial("tcp4", h.address())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, row.request(h))
			c.(*net.TCPConn).CloseWrite()
			b, _ := io.ReadAll(c)
			answer := string(b)
			if strings.Contains(answer, "VERY-SECRET") || strings.Contains(answer, "Location") {
				t.Errorf("got %q", answer)
			}
			if row.status != "" && !strings.HasPrefix(answer, "HTTP/1.1 "+row.status) && !strings.HasPrefix(answer, "HTTP/1.0 "+row.status) {
				t.Errorf("want %s, got %q", row.status, answer)
			}
			if answer := ask(h.address(), h.request()); !strings.HasPrefix(answer, "HTTP/1.1 303") {
				t.Errorf("then the browser got %q", answer)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheCookiesOfOthersDoNotGetInTheWay(t *testing.T) {
	h, _ := serving(t)
	if answer := ask(h.address(), h.request("Cookie: "+strings.Repeat("name=value; ", 10_000))); !strings.HasPrefix(answer, "HTTP/1.1 303") {
		t.Errorf("got %q", answer)
	}
}

func TestOfManyAtOnceOneIsRedirected(t *testing.T) {
	h, done := serving(t)
	var all sync.WaitGroup
	answers := make(chan string, 50)
	for range 50 {
		all.Go(func() { answers <- ask(h.address(), h.request()) })
	}
	all.Wait()
	close(answers)
	redirected := 0
	for answer := range answers {
		if strings.Contains(answer, "VERY-SECRET") {
			redirected++
		} else if answer != "" && !strings.HasPrefix(answer, "HTTP/1.1 404") {
			t.Errorf("got %q", answer)
		}
	}
	if redirected != 1 {
		t.Errorf("%d were redirected", redirected)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// pipes is a listener in memory, so that its time can be a test's.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), over: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.over) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 49152} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// visit is a browser's.
func (p *pipes) visit(h *oneTimeAddress) string {
	c := p.dial()
	defer c.Close()
	go io.WriteString(c, h.request())
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func TestTheAddressEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		h := addressOn(onetime.New(p, everybody), secretTarget)
		cause := errors.New("time is up")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, cause)
		defer cancel()
		began := time.Now()
		// One that says nothing and one that stops in the middle hold nothing up.
		for _, said := range []string{"", "GET /"} {
			go func() {
				time.Sleep(time.Minute - time.Second)
				c := p.dial()
				defer c.Close()
				io.WriteString(c, said)
				io.Copy(io.Discard, c)
			}()
		}
		if err := h.serve(ctx); !errors.Is(err, cause) {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("after %v", took)
		}
		select {
		case <-p.over:
		default:
			t.Error("it still listens")
		}
	})
}

func TestTheAddressIsThereUntilTheLastSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		h := addressOn(onetime.New(p, everybody), secretTarget)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- h.serve(ctx) }()
		time.Sleep(time.Minute - time.Second)
		if answer := p.visit(h); !strings.HasPrefix(answer, "HTTP/1.1 303") {
			t.Errorf("got %q", answer)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestAConnectionThatSaysNothingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		h := addressOn(onetime.New(p, everybody), secretTarget)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.serve(ctx) }()
		for name, said := range map[string]string{"nothing": "", "half a request": "GET /"} {
			c := p.dial()
			began := time.Now()
			go io.WriteString(c, said)
			io.Copy(io.Discard, c)
			if took := time.Since(began); took != onetime.ConnLimit {
				t.Errorf("%s: closed after %v", name, took)
			}
			c.Close()
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// The one who reads the redirect slowly has all of it before serve returns.
func TestServingEndsAfterTheLastByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		h := addressOn(onetime.New(p, everybody), secretTarget)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- h.serve(ctx) }()
		c := p.dial()
		defer c.Close()
		io.WriteString(c, h.request())
		var answer strings.Builder
		for b := make([]byte, 1); ; {
			time.Sleep(time.Millisecond)
			select {
			case err := <-done:
				if !strings.HasSuffix(answer.String(), "\r\n\r\n") {
					t.Errorf("over (%v) after %q", err, answer.String())
				}
				return
			default:
			}
			if _, err := c.Read(b); err == nil {
				answer.Write(b)
			}
		}
	})
}

func TestTheOneWhoIsRefusedDoesNotUseItUp(t *testing.T) {
	stranger := errors.New("a stranger")
	var check error
	h := addressOn(onetime.New(newPipes(), func(net.Conn) error { return check }), secretTarget)
	for i, row := range []struct {
		check error
		want  int
	}{{stranger, 404}, {stranger, 404}, {nil, 303}, {nil, 404}} {
		check = row.check
		if got := h.answer(h.request()); got.Code != row.want {
			t.Errorf("request %d: %d, want %d", i+1, got.Code, row.want)
		}
	}
	if !errors.Is(h.once.Refused(), stranger) {
		t.Errorf("refused: %v", h.once.Refused())
	}
}

// answer is the handler's own, to a request over a connection, as http.Server comes to it.
func (h *oneTimeAddress) answer(request string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
	if err != nil {
		w.Code = http.StatusBadRequest
		return w
	}
	if r.ProtoMajor != 1 { // http.Server answers these itself; ReadRequest has no objection
		w.Code = http.StatusHTTPVersionNotSupported
		return w
	}
	ours, theirs := net.Pipe()
	ours.Close()
	h.ServeHTTP(w, r.WithContext(onetime.WithConn(r.Context(), theirs)))
	return w
}

// Only the one form of request has the redirect, whatever else it says.
func FuzzHandoff(f *testing.F) {
	const nonce = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	const address = "127.0.0.1:49152"
	good := "GET /" + nonce + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n"
	for _, seed := range []string{
		good, strings.Replace(good, "GET", "HEAD", 1), strings.Replace(good, nonce, "%41"+nonce[1:], 1), strings.Replace(good, "/", "//", 1),
		strings.Replace(good, "GET /", "GET http://"+address+"/", 1), strings.Replace(good, address, "evil.example", 1),
		strings.Replace(good, "HTTP/1.1", "HTTP/1.0", 1), strings.Replace(good, "HTTP/1.1", "HTTP/0.0", 1), strings.Replace(good, nonce, nonce+"#", 1),
		strings.Replace(good, "\r\n\r\n", "\r\nSec-Purpose: prefetch\r\n\r\n", 1), "GET / HTTP/1.1\nHost: x\n\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h := addressOn(onetime.New(newPipes(), everybody), secretTarget)
		h.nonce = nonce
		w := h.answer(string(raw))
		var all bytes.Buffer
		fmt.Fprint(&all, w.Code, w.Header(), w.Body)
		given := strings.Contains(all.String(), "VERY-SECRET")
		if given != (w.Code == 303) || given != (h.once.Taken()) {
			t.Fatalf("%d, taken: %v, %s", w.Code, h.once.Taken(), all.String())
		}
		line, _, _ := strings.Cut(string(raw), "\n")
		if given && (!strings.HasPrefix(line, "GET /"+nonce+" HTTP/1.") || !strings.Contains(string(raw), address)) {
			t.Errorf("%q was redirected", raw)
		}
		if again := h.answer(good); given == (again.Code == 303) {
			t.Errorf("after %q: %d", raw, again.Code)
		}
	})
}
