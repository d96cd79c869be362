package grant

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"hatstand/credproc/internal/peer"
	"hatstand/credproc/internal/text"
)

// Limits of one connection. The cookies of everything else on 127.0.0.1 come with the request: browsers keep up to 180
// of 4 KiB, and send fewer.
const (
	connLimit = 5 * time.Second
	maxHeader = 256 << 10
)

// donePage is the only page that a browser is shown here. Whether the sign-in succeeded is reported by the program that
// began it.
const donePage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>hatstand</title></head>
<body><p>hatstand has the answer. You may close this window.</p></body></html>
`

// A Listener is the address on this machine that a browser comes back to after the sign-in. It takes one answer, the
// one with the state that only AWS's page knows. It rejects all other requests and goes on waiting.
type Listener struct {
	ln    net.Listener
	check func(net.Conn) error // whose connection it is
}

// Listen listens on a port of 127.0.0.1, where 0 is any free one.
func Listen(port int) (*Listener, error) {
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, noListener(port, err)
	}
	return &Listener{ln: ln, check: peer.Check}, nil
}

func noListener(port int, err error) error {
	what := "no port of 127.0.0.1 is free"
	if port != 0 {
		what = fmt.Sprintf("port %d of 127.0.0.1 cannot be used", port)
	}
	cause := err
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		cause = call.Err // err itself names the address again
	}
	return &Error{Kind: ListenerTaken, Subject: strconv.Itoa(port), Err: err,
		Reason: fmt.Sprintf("sign-in by browser: %s: %s", what, text.OneLine(cause.Error()))}
}

// RedirectURI is the address.
func (l *Listener) RedirectURI() string { return "http://" + l.ln.Addr().String() + CallbackPath }

// Close stops listening. It may be called more than once.
func (l *Listener) Close() { _ = l.ln.Close() }

// wait waits for the answer with that state, whatever it says, or until ctx ends, whose cause it returns then. Either
// way nothing listens afterwards.
func (l *Listener) wait(ctx context.Context, state string) (answer, error) {
	h := &callbackHandler{listener: l, state: state, told: make(chan struct{})}
	server := &http.Server{
		Handler:        h,
		ReadTimeout:    connLimit, // the header's too
		WriteTimeout:   connLimit,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       log.New(io.Discard, "", 0), // net/http may quote requests
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
		ConnState: h.connState,
	}
	server.SetKeepAlivesEnabled(false)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.ln) }()
	// Not Shutdown: browsers open connections that they then do not use, and it would wait for those.
	defer func() { _ = server.Close(); l.Close() }()
	for over := ctx.Done(); ; {
		select {
		case <-h.told:
			return h.answer, nil
		case <-over:
			if !h.hasAnswer() {
				return answer{}, context.Cause(ctx)
			}
			over = nil // the browser is still being told
		case err := <-served:
			if !h.hasAnswer() {
				return answer{}, noListener(l.ln.Addr().(*net.TCPAddr).Port, err)
			}
			served = nil // it has closed the port
		}
	}
}

type connKey struct{}

// A callbackHandler takes the first good answer.
type callbackHandler struct {
	listener *Listener
	state    string

	mu     sync.Mutex
	taken  net.Conn // by which the answer came; nil: by none yet
	answer answer   // once taken is set
	told   chan struct{}
}

func (h *callbackHandler) hasAnswer() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.taken != nil
}

// connState sees the connection of the answer end: net/http closes it when the page is written.
func (h *callbackHandler) connState(c net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taken == c {
		close(h.told)
	}
}

// ServeHTTP takes an answer, or turns a request away without a word of what is waited for.
func (h *callbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	if !h.isCallback(r) || conn == nil || h.listener.check(conn) != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	a, ok := readAnswer(r.URL.RawQuery, h.state)
	if !ok || !h.take(conn, a) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, donePage)
}

// isCallback reports whether a browser goes to the very address. A page that has rebound its own name to 127.0.0.1
// sends that name; a proxy that this user runs passes for this user, whoever is behind it.
func (h *callbackHandler) isCallback(r *http.Request) bool {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path == CallbackPath && r.Method == http.MethodGet && r.Host == h.listener.ln.Addr().String() &&
		len(r.Header["Via"]) == 0 && len(r.Header["X-Forwarded-For"]) == 0 && len(r.Header["Forwarded"]) == 0
}

// take takes the first answer and closes the port.
func (h *callbackHandler) take(c net.Conn, a answer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taken != nil {
		return false
	}
	h.taken, h.answer = c, a
	h.listener.Close()
	return true
}

// An answer is what AWS sends by the browser: a code, or an error as RFC 6749 names them.
type answer struct {
	code                 string // a secret
	problem, description string // one line each
}

// Bounds of an error's texts, which people read.
const (
	maxErrorName   = 64
	maxDescription = 300
)

// readAnswer reads the query of a callback. It is none of ours where the state is not, and none at all where anything
// is missing or there twice.
func readAnswer(query, state string) (answer, bool) {
	q, err := url.ParseQuery(query)
	if err != nil {
		return answer{}, false
	}
	for _, name := range []string{"state", "code", "error", "error_description"} {
		if len(q[name]) > 1 {
			return answer{}, false
		}
	}
	if state == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
		return answer{}, false
	}
	if problem := line(q.Get("error"), maxErrorName); problem != "" {
		return answer{problem: problem, description: line(q.Get("error_description"), maxDescription)}, true
	}
	return answer{code: q.Get("code")}, q.Get("code") != ""
}

// line makes a text one plain line of at most so many characters.
func line(s string, most int) string {
	s = strings.TrimSpace(text.OneLine(strings.ToValidUTF8(s, "")))
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return s
}
