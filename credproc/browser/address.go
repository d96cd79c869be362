package browser

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"hatstand/credproc/internal/peer"
)

// addressLife is how long a one-time address waits for its browser: a browser that starts for the first
// time of the day, and a person who is asked by it whether to go there, need some of it.
const addressLife = time.Minute

// Limits of one connection. The cookies of everything else on 127.0.0.1 come with the request, whatever
// the port: browsers keep up to 180 of 4 KiB, and send fewer.
const (
	exchangeLimit = 5 * time.Second
	maxHeader     = 256 << 10
)

// A oneTimeAddress is an address on loopback that answers once, with a redirect to a URL that no command line
// may hold. It is worth nothing to another user of this machine who reads it in a command line: see
// package peer.
type oneTimeAddress struct {
	target   string
	listener net.Listener
	nonce    string // 130 bits
	check    func(net.Conn) error

	mu      sync.Mutex
	taken   net.Conn // by which the redirect went out; nil: by none yet
	refused error    // the last connection that check refused
	sent    chan struct{}
}

// newAddress listens. The error is an *Error.
func newAddress(target string) (*oneTimeAddress, error) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, noPort(err)
	}
	return addressOn(ln, target, peer.Check), nil
}

func addressOn(ln net.Listener, target string, check func(net.Conn) error) *oneTimeAddress {
	return &oneTimeAddress{target: target, listener: ln, nonce: rand.Text(), check: check, sent: make(chan struct{})}
}

// URL is the one-time address.
func (h *oneTimeAddress) URL() string { return "http://" + h.listener.Addr().String() + "/" + h.nonce }

// serve answers until the redirect has left for the browser, which is nil, or ctx ends, which is its
// cause. Either way nothing listens afterwards.
func (h *oneTimeAddress) serve(ctx context.Context) error {
	server := &http.Server{
		Handler:        h,
		ReadTimeout:    exchangeLimit, // the header's too
		WriteTimeout:   exchangeLimit,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       discardLog(),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
		ConnState: h.connState,
	}
	server.SetKeepAlivesEnabled(false)
	done := make(chan error, 1)
	go func() { done <- server.Serve(h.listener) }()
	var err error
	select {
	case <-h.sent:
	case <-ctx.Done():
		err = context.Cause(ctx)
	case err = <-done:
		err = noPort(err)
	}
	// Not Shutdown: browsers open connections that they then do not use, and it would wait for those.
	server.Close()
	h.listener.Close() // which Serve may not have reached
	return err
}

type connKey struct{}

// connState sees the connection of the redirect end: net/http closes it when all is written.
func (h *oneTimeAddress) connState(c net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taken == c {
		close(h.sent)
	}
}

// ServeHTTP redirects one request. Everybody else gets no information, not even that there is something.
func (h *oneTimeAddress) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if !h.isNavigation(r) || !h.take(conn) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	header.Set("Location", h.target)
	header.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
}

// isNavigation tells whether this is a browser that goes to the address. Requests that only look ahead, and
// those for a part of a page, are not: the redirect would be lost in them.
func (h *oneTimeAddress) isNavigation(r *http.Request) bool {
	path := subtle.ConstantTimeCompare([]byte(r.RequestURI), []byte("/"+h.nonce)) == 1
	return path && r.Method == http.MethodGet &&
		// A page that has rebound its own name to 127.0.0.1 sends that name.
		r.Host == h.listener.Addr().String() &&
		!isPrefetch(r.Header) && !proxied(r.Header) &&
		(r.Header.Get("Sec-Fetch-Dest") == "" || r.Header.Get("Sec-Fetch-Dest") == "document")
}

// isPrefetch tells whether a browser says that nobody has asked it for the page yet.
func isPrefetch(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

// proxied tells whether the request came through a proxy. One that this user runs passes for this user,
// whoever is behind it.
func proxied(h http.Header) bool {
	return len(h["Via"]) > 0 || len(h["X-Forwarded-For"]) > 0 || len(h["Forwarded"]) > 0
}

// take gives the redirect to the first connection that may have it.
func (h *oneTimeAddress) take(c net.Conn) bool {
	if c == nil {
		return false
	}
	err := h.check(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.refused = err
		return false
	}
	if h.taken != nil {
		return false
	}
	h.taken = c
	return true
}

// refusal is why the last connection that had the address was turned away; nil if none was.
func (h *oneTimeAddress) refusal() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.refused
}

// discardLog drops what net/http has to say: it may quote requests.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
