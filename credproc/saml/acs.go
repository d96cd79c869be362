package saml

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
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
// of 4 KiB, and send fewer. A form has three bytes for each character of a response, and a provider's RelayState.
const (
	connLimit = 5 * time.Second
	maxHeader = 256 << 10
	maxForm   = 4 * MaxText
)

// donePage is the only page that a browser is shown here. Whether the sign-in succeeded is reported by the program that
// began it.
const donePage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>hatstand</title></head>
<body><p>hatstand has the provider's answer. You may close this window.</p></body></html>
`

const acsPath = "/saml"

// A Listener is an address on this machine that a provider posts its responses to, by the person's browser: an
// assertion consumer service. It takes the first response that is one; whatever else comes is turned away.
type Listener struct {
	ln    net.Listener
	check func(net.Conn) error // whose connection it is

	mu       sync.Mutex
	taken    net.Conn // by which the response came; nil: by none yet
	response string
	told     chan struct{}
}

// Listen listens on a port of 127.0.0.1. The error is an *Error.
func Listen(port int) (*Listener, error) {
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, portTaken(port, err)
	}
	return &Listener{ln: ln, check: peer.Check, told: make(chan struct{})}, nil
}

func portTaken(port int, err error) error {
	cause := err
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		cause = call.Err // err itself names the address again
	}
	return &Error{Kind: PortTaken, Subject: strconv.Itoa(port), Err: err,
		Reason: fmt.Sprintf("port %d of 127.0.0.1 cannot be used: %s", port, text.OneLine(cause.Error()))}
}

// Address is what the provider has to post to.
func (l *Listener) Address() string { return "http://" + l.ln.Addr().String() + acsPath }

// Close stops listening. It may be called more than once.
func (l *Listener) Close() { _ = l.ln.Close() }

// Wait waits for a response, or until ctx ends, whose cause it returns then. Either way nothing listens afterwards.
func (l *Listener) Wait(ctx context.Context) (string, error) {
	server := &http.Server{
		Handler:        l,
		ReadTimeout:    connLimit, // the header's too
		WriteTimeout:   connLimit,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       log.New(io.Discard, "", 0), // net/http may quote requests
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
		ConnState: l.connState,
	}
	server.SetKeepAlivesEnabled(false)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.ln) }()
	// Not Shutdown: browsers open connections that they then do not use, and it would wait for those.
	defer func() { _ = server.Close(); l.Close() }()
	for over := ctx.Done(); ; {
		select {
		case <-l.told:
			return l.response, nil
		case <-over:
			if !l.hasResponse() {
				return "", context.Cause(ctx)
			}
			over = nil // the browser is still being told
		case err := <-served:
			if !l.hasResponse() {
				return "", portTaken(l.ln.Addr().(*net.TCPAddr).Port, err)
			}
			served = nil // it has closed the port
		}
	}
}

type connKey struct{}

func (l *Listener) hasResponse() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken != nil
}

// connState sees the connection of the response end: net/http closes it when the page is written.
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

// ServeHTTP takes a response, or turns a request away without a word of what is waited for.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	if !l.isPost(r) || conn == nil || l.check(conn) != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	response, ok := readForm(body)
	if err != nil || !ok || !l.take(conn, response) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, donePage)
}

// isPost reports whether a browser posts a form to the very address, by going there. A page that has rebound its own
// name to 127.0.0.1 sends that name; a script, a frame and a picture say what they are; a proxy that this user runs
// passes for this user, whoever is behind it.
func (l *Listener) isPost(r *http.Request) bool {
	_, port, _ := net.SplitHostPort(l.ln.Addr().String())
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.RequestURI == acsPath && r.Method == http.MethodPost &&
		(r.Host == "127.0.0.1:"+port || r.Host == "localhost:"+port) &&
		err == nil && kind == "application/x-www-form-urlencoded" &&
		(r.Header.Get("Sec-Fetch-Dest") == "" || r.Header.Get("Sec-Fetch-Dest") == "document") &&
		len(r.Header["Via"]) == 0 && len(r.Header["X-Forwarded-For"]) == 0 && len(r.Header["Forwarded"]) == 0
}

// readForm reads the response of a form. Something else than a response is none: whoever sent it, the provider's may
// still come.
func readForm(body []byte) (response string, ok bool) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["SAMLResponse"]) != 1 {
		return "", false
	}
	response = form.Get("SAMLResponse")
	_, err = Parse(response)
	return response, KindOf(err) != Unusable && strings.TrimSpace(response) != ""
}

// take takes the first response and closes the port.
func (l *Listener) take(c net.Conn, response string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken != nil {
		return false
	}
	l.taken, l.response = c, response
	l.Close()
	return true
}
