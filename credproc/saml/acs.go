package saml

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"hatstand/credproc/internal/onetime"
)

// maxForm bounds a form, in bytes: it has three for each character of a response, and a provider's RelayState.
const maxForm = 4 * MaxText

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
	once     *onetime.Listener
	response string // once it is taken
}

// Listen listens on a port of 127.0.0.1. The error is an *Error.
func Listen(port int) (*Listener, error) {
	once, err := onetime.Listen(port)
	if err != nil {
		return nil, portTaken(port, err)
	}
	return &Listener{once: once}, nil
}

func portTaken(port int, err error) error {
	return &Error{Kind: PortTaken, Subject: strconv.Itoa(port), Err: err,
		Reason: fmt.Sprintf("port %d of 127.0.0.1 cannot be used: %s", port, onetime.Reason(err))}
}

// Address is what the provider has to post to.
func (l *Listener) Address() string { return "http://" + l.once.Address() + acsPath }

// Close stops listening. It may be called more than once.
func (l *Listener) Close() { l.once.Close() }

// Wait waits for a response, or until ctx ends, whose cause it returns then. Either way nothing listens afterwards.
func (l *Listener) Wait(ctx context.Context) (string, error) {
	err := l.once.Serve(ctx, l)
	if err != nil && ctx.Err() == nil {
		err = portTaken(l.once.Port(), err)
	}
	return l.response, err
}

// ServeHTTP takes a response, or turns a request away without a word of what is waited for.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	onetime.Harden(w.Header())
	if !l.isPost(r) || !l.once.Own(r) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	response, ok := readForm(body)
	if err != nil || !ok || !l.once.Take(r) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.response = response
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, donePage)
}

// isPost reports whether a browser posts a form to the very address, by going there.
func (l *Listener) isPost(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.RequestURI == acsPath && r.Method == http.MethodPost &&
		onetime.IsNavigation(r, l.once.Address(), fmt.Sprint("localhost:", l.once.Port())) &&
		err == nil && kind == "application/x-www-form-urlencoded"
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
