// Package onetime listens on 127.0.0.1 for the one request that a browser of this user is to bring.
//
// It promises that one request is taken at most, that nothing listens after it, and that its answer has been written
// when Serve returns. Which request that is, its handler decides; Own tells whether it is this user's.
package onetime

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"hatstand/credproc/internal/peer"
	"hatstand/credproc/internal/text"
)

// Limits of one connection. The cookies of everything else on 127.0.0.1 come with the request, whatever the port:
// browsers keep up to 180 of 4 KiB, and send fewer.
const (
	ConnLimit = 5 * time.Second
	MaxHeader = 256 << 10
)

// A Listener listens until a request is taken, or it is closed.
type Listener struct {
	ln    net.Listener
	check func(net.Conn) error

	mu      sync.Mutex
	taken   net.Conn // that the request came by; nil: none was taken yet
	refused error    // the last connection that check refused
	told    chan struct{}
}

// Listen listens on a port of 127.0.0.1, where 0 is any free one.
func Listen(port int) (*Listener, error) {
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return New(ln, peer.Check), nil
}

// New listens by ln. check reports whose connection it is: an error refuses it.
func New(ln net.Listener, check func(net.Conn) error) *Listener {
	return &Listener{ln: ln, check: check, told: make(chan struct{})}
}

// Address is the address, IP:PORT.
func (l *Listener) Address() string { return l.ln.Addr().String() }

// Port is the address's.
func (l *Listener) Port() int { return l.ln.Addr().(*net.TCPAddr).Port }

// Close stops listening. It may be called more than once.
func (l *Listener) Close() { _ = l.ln.Close() }

type connKey struct{}

// WithConn is the context of the requests that come by a connection.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Serve serves requests until the answer to the one that was taken has been written, which is nil, or ctx ends, whose
// cause it returns. Another error is net/http's. Either way nothing listens afterwards.
func (l *Listener) Serve(ctx context.Context, handler http.Handler) error {
	server := &http.Server{
		Handler:        handler,
		ReadTimeout:    ConnLimit, // the header's too
		WriteTimeout:   ConnLimit,
		MaxHeaderBytes: MaxHeader,
		ErrorLog:       log.New(io.Discard, "", 0), // net/http may quote requests
		ConnContext:    WithConn,
		ConnState:      l.connState,
	}
	server.SetKeepAlivesEnabled(false)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.ln) }()
	// Not Shutdown: browsers open connections that they then do not use, and it would wait for those.
	defer func() { _ = server.Close(); l.Close() }()
	for over := ctx.Done(); ; {
		select {
		case <-l.told:
			return nil
		case <-over:
			if !l.Taken() {
				return context.Cause(ctx)
			}
			over = nil // the browser is still being told
		case err := <-served:
			if !l.Taken() {
				return err
			}
			served = nil // Take has closed the port
		}
	}
}

// Own reports whether a process of this user has sent the request. A proxy that this user runs passes for this user,
// whoever is behind it, and is refused.
func (l *Listener) Own(r *http.Request) bool {
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	if conn == nil || len(r.Header["Via"]) > 0 || len(r.Header["X-Forwarded-For"]) > 0 || len(r.Header["Forwarded"]) > 0 {
		return false
	}
	err := l.check(conn)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.refused = err
	}
	return err == nil
}

// Refused is why the last request that Own refused is not this user's; nil if none was refused for that.
func (l *Listener) Refused() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// Take takes the request and stops listening. It reports false where another request was taken before.
func (l *Listener) Take(r *http.Request) bool {
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	l.mu.Lock()
	defer l.mu.Unlock()
	if conn == nil || l.taken != nil {
		return false
	}
	l.taken = conn
	l.Close()
	return true
}

// Taken reports whether a request was taken.
func (l *Listener) Taken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken != nil
}

// connState sees the connection of the request that was taken end: net/http closes it when the answer is written.
func (l *Listener) connState(c net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == c {
		close(l.told)
	}
}

// IsNavigation reports whether a browser goes to a page here, by one of these hosts (HOST:PORT): a page that has rebound
// its own name to 127.0.0.1 sends that name, and a script, a frame and a picture say what they are.
func IsNavigation(r *http.Request, hosts ...string) bool {
	kind := r.Header.Get("Sec-Fetch-Dest")
	if kind != "" && kind != "document" {
		return false
	}
	return slices.Contains(hosts, r.Host)
}

// Harden sets the headers of an answer that nobody may keep, pass on, or have read as another kind of thing.
func Harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
}

// Reason is an error of Listen's or Serve's without the address, which who reports it names.
func Reason(err error) string {
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return text.OneLine(err.Error())
}
