package grant

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"hatstand/credproc/internal/onetime"
)

const ourState = "our-state-our-state-our-state-our-state-oss"

// waiting is a listener that waits for ourState; done has what wait gave.
type waiting struct {
	*Listener
	done chan func() (answer, error)
	stop context.CancelFunc
}

func newWaiting(t *testing.T, check func(net.Conn) error) *waiting {
	t.Helper()
	l, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	if check != nil {
		l.once.Close()
		ln, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.once = onetime.New(ln, check)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	w := &waiting{l, make(chan func() (answer, error), 1), cancel}
	go func() {
		a, err := l.wait(ctx, ourState)
		w.done <- func() (answer, error) { return a, err }
	}()
	return w
}

func (w *waiting) host() string { return w.once.Address() }

// raw sends a request as it is and gives the whole answer; "" if there was none.
func (w *waiting) raw(request string) string {
	c, err := net.Dial("tcp4", w.host())
	if err != nil {
		return ""
	}
	defer c.Close()
	_, _ = io.WriteString(c, request)
	b, _ := io.ReadAll(c)
	return string(b)
}

// get is the status of the answer to a browser that comes to a path; 0 if there is none.
func (w *waiting) get(method, target string, headers ...string) (status int, answer *http.Response, body string) {
	raw := w.raw(method + " " + target + " HTTP/1.1\r\nHost: " + w.host() + "\r\n" + strings.Join(append(headers, "\r\n"), "\r\n"))
	answer, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if err != nil {
		return 0, nil, ""
	}
	b, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, answer, string(b)
}

func good(more string) string { return CallbackPath + "?state=" + ourState + more }

func TestACallbackIsTakenOnce(t *testing.T) {
	w := newWaiting(t, nil)
	if want := "http://" + w.host() + "/oauth/callback"; w.RedirectURI() != want || !strings.HasPrefix(w.host(), "127.0.0.1:") {
		t.Errorf("%s", w.RedirectURI())
	}
	status, page, body := w.get("GET", good("&code=abc"), "Cookie: "+strings.Repeat("c", 100<<10))
	if status != 200 || body != donePage {
		t.Fatalf("%d %q", status, body)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := page.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	a, err := (<-w.done)()
	if err != nil || a != (answer{code: "abc"}) {
		t.Errorf("%+v, %v", a, err)
	}
	if c, err := net.Dial("tcp4", w.host()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

func TestWhatIsTurnedAway(t *testing.T) {
	w := newWaiting(t, nil)
	for _, row := range []struct {
		claim, method, target string
		headers               []string
		want                  int
	}{
		{"another's state", "GET", CallbackPath + "?state=theirs&code=abc", nil, 400},
		{"a state that begins with ours", "GET", good("x&code=abc"), nil, 400},
		{"no state", "GET", CallbackPath + "?code=abc", nil, 400},
		{"an empty state", "GET", CallbackPath + "?state=&code=abc", nil, 400},
		{"an error of another's state", "GET", CallbackPath + "?state=theirs&error=access_denied", nil, 400},
		{"an error without a state", "GET", CallbackPath + "?error=access_denied", nil, 400},
		{"no query", "GET", CallbackPath, nil, 400},
		{"neither code nor error", "GET", good(""), nil, 400},
		{"an empty code", "GET", good("&code="), nil, 400},
		{"two codes", "GET", good("&code=a&code=b"), nil, 400},
		{"two states, one of them ours", "GET", CallbackPath + "?state=theirs&state=" + ourState + "&code=abc", nil, 400},
		{"a query that is none", "GET", good("&code=%zz"), nil, 400},
		{"semicolons", "GET", good(";code=abc"), nil, 400},
		{"HEAD", "HEAD", good("&code=abc"), nil, 404},
		{"POST", "POST", good("&code=abc"), []string{"Content-Length: 0"}, 404},
		{"the root", "GET", "/?state=" + ourState + "&code=abc", nil, 404},
		{"a path below", "GET", CallbackPath + "/?state=" + ourState + "&code=abc", nil, 404},
		{"the path in other letters", "GET", "/oauth/%63allback?state=" + ourState + "&code=abc", nil, 404},
		{"the path with a way round", "GET", "/x/../oauth/callback?state=" + ourState + "&code=abc", nil, 404},
		{"a whole URL", "GET", w.RedirectURI() + "?state=" + ourState + "&code=abc", nil, 404},
		{"an icon", "GET", "/favicon.ico", nil, 404},
		{"by a proxy", "GET", good("&code=abc"), []string{"Via: 1.1 proxy"}, 404},
		{"by a proxy that says for whom", "GET", good("&code=abc"), []string{"X-Forwarded-For: 10.0.0.1"}, 404},
	} {
		status, answer, body := w.get(row.method, row.target, row.headers...)
		if status != row.want || body != "" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q, want %d", row.claim, status, body, row.want)
		}
	}
	for claim, request := range map[string]string{
		"another name of this machine":  "GET " + good("&code=abc") + " HTTP/1.1\r\nHost: localhost:" + w.host()[10:] + "\r\n\r\n",
		"a page that rebinds its name":  "GET " + good("&code=abc") + " HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"no name":                       "GET " + good("&code=abc") + " HTTP/1.0\r\n\r\n",
		"garbage":                       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"a header that is too long":     "GET " + good("&code=abc") + " HTTP/1.1\r\nHost: " + w.host() + "\r\nCookie: " + strings.Repeat("c", 1<<20) + "\r\n\r\n",
		"two requests, the first other": "GET / HTTP/1.1\r\nHost: " + w.host() + "\r\n\r\nGET " + good("&code=abc") + " HTTP/1.1\r\nHost: " + w.host() + "\r\n\r\n",
	} {
		if got := w.raw(request); strings.Contains(got, "200 OK") || strings.Contains(got, "hatstand") {
			t.Errorf("%s: %q", claim, got)
		}
	}
	select {
	case done := <-w.done:
		a, err := done()
		t.Fatalf("it has stopped waiting: %+v, %v", a, err)
	default:
	}
	if status, _, _ := w.get("GET", good("&code=last")); status != 200 {
		t.Errorf("the right one: %d", status)
	}
	if a, err := (<-w.done)(); err != nil || a.code != "last" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAnotherUsersCallbackIsTurnedAway(t *testing.T) {
	var mu sync.Mutex
	stranger := true
	w := newWaiting(t, func(net.Conn) error {
		mu.Lock()
		defer mu.Unlock()
		if stranger {
			return errors.New("user 1001")
		}
		return nil
	})
	if status, _, _ := w.get("GET", good("&code=theirs")); status != 404 {
		t.Errorf("%d", status)
	}
	mu.Lock()
	stranger = false
	mu.Unlock()
	if status, _, _ := w.get("GET", good("&code=ours")); status != 200 {
		t.Errorf("%d", status)
	}
	if a, err := (<-w.done)(); err != nil || a.code != "ours" {
		t.Errorf("%+v, %v", a, err)
	}
}

// One of many callbacks at once is taken, whatever else comes and stays meanwhile.
func TestCallbacksAtOnce(t *testing.T) {
	w := newWaiting(t, nil)
	slow, err := net.Dial("tcp4", w.host())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	_, _ = io.WriteString(slow, "GET "+good("&code=slow")+" HTTP/1.1\r\nHost: "+w.host()+"\r\nCookie: ") // and no end
	idle, err := net.Dial("tcp4", w.host())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]bool{}
	for i := range 20 {
		all.Go(func() {
			code := fmt.Sprint("c", i)
			status, _, _ := w.get("GET", good("&code="+code))
			other, _, _ := w.get("GET", CallbackPath+"?state=theirs&code=abc")
			_ = w.raw("garbage\r\n\r\n")
			mu.Lock()
			defer mu.Unlock()
			if status == 200 {
				taken[code] = true
			} else if status != 400 && status != 0 {
				t.Errorf("%s: %d", code, status)
			}
			if other != 400 && other != 0 {
				t.Errorf("another's: %d", other)
			}
		})
	}
	a, err := (<-w.done)()
	all.Wait()
	if err != nil || len(taken) != 1 || !taken[a.code] {
		t.Errorf("answered %v, took %+v, %v", taken, a, err)
	}
	// The slow one has nobody to talk to any more.
	if b, err := io.ReadAll(slow); len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
}

func TestAWaitThatIsGivenUp(t *testing.T) {
	w := newWaiting(t, nil)
	w.stop()
	if _, err := (<-w.done)(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c, err := net.Dial("tcp4", w.host()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	l, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.once.Port()
	_, err = Listen(port)
	if want := fmt.Sprintf("sign-in by browser: port %d of 127.0.0.1 cannot be used: ", port); KindOf(err) != ListenerTaken || !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), fmt.Sprint(port)) != 1 {
		t.Errorf("%v", err)
	}
	l.Close()
	if _, err := l.wait(t.Context(), ourState); KindOf(err) != ListenerTaken {
		t.Errorf("a listener that is closed: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	for _, row := range []struct {
		claim, query string
		want         answer
	}{
		{"a code", "&code=a%2Bb%3D", answer{code: "a+b="}},
		{"an error", "&error=access_denied", answer{problem: "access_denied"}},
		{"an error with words", "&error=server_error&error_description=It%0Afailed+%1B%5B31m", answer{problem: "server_error", description: "It failed  [31m"}},
		{"an error counts more than a code", "&code=abc&error=server_error", answer{problem: "server_error"}},
		{"long words", "&error=e&error_description=" + strings.Repeat("%C3%A4", 400), answer{problem: "e", description: strings.Repeat("ä", 300) + "..."}},
		{"other members", "&code=abc&iss=x&session_state=y", answer{code: "abc"}},
	} {
		got, ok := readAnswer("state="+ourState+row.query, ourState)
		if !ok || got != row.want {
			t.Errorf("%s: %+v, want %+v", row.claim, got, row.want)
		}
	}
	if _, ok := readAnswer("state=&code=abc", ""); ok {
		t.Error("nobody waits, and an answer was taken")
	}
}

// FuzzCallback: nothing without our state is an answer, and what is one has either a code or a short plain error.
func FuzzCallback(f *testing.F) {
	f.Add("state=" + ourState + "&code=abc")
	f.Add("state=" + ourState + "&error=e&error_description=%1B%00%FF")
	f.Add("code=abc&state=theirs")
	f.Add("state=" + ourState + "&state=" + ourState)
	f.Add("%zz;&=&state")
	f.Fuzz(func(t *testing.T, query string) {
		a, ok := readAnswer(query, ourState)
		if !ok {
			if a != (answer{}) {
				t.Errorf("%+v", a)
			}
			return
		}
		q, err := url.ParseQuery(query)
		if err != nil || len(q["state"]) != 1 || q.Get("state") != ourState || len(q["code"]) > 1 || (a.code == "") == (a.problem == "") {
			t.Errorf("%q: %+v", query, a)
		}
		for _, s := range []string{a.problem, a.description} {
			if strings.ContainsAny(s, "\x00\x1b\r\n") || utf8.RuneCountInString(s) > maxDescription+3 || !utf8.ValidString(s) {
				t.Errorf("%q", s)
			}
		}
	})
}
