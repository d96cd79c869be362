package browser

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"time"

	"hatstand/credproc/internal/onetime"
)

// addressLife is how long a one-time address waits for its browser: a browser that starts for the first
// time of the day, and a person who is asked by it whether to go there, need some of it.
const addressLife = time.Minute

// A oneTimeAddress is an address on loopback that answers once, with a redirect to a URL that no command line
// may hold. It is worth nothing to another user of this machine who reads it in a command line: see
// package onetime.
type oneTimeAddress struct {
	target string
	nonce  string // 130 bits
	once   *onetime.Listener
}

// newAddress listens. The error is an *Error.
func newAddress(target string) (*oneTimeAddress, error) {
	once, err := onetime.Listen(0)
	if err != nil {
		return nil, noPort(err)
	}
	return addressOn(once, target), nil
}

func addressOn(once *onetime.Listener, target string) *oneTimeAddress {
	return &oneTimeAddress{target: target, nonce: rand.Text(), once: once}
}

// URL is the one-time address.
func (h *oneTimeAddress) URL() string { return "http://" + h.once.Address() + "/" + h.nonce }

// serve answers until the redirect has left for the browser, which is nil, or ctx ends, which is its
// cause. Either way nothing listens afterwards.
func (h *oneTimeAddress) serve(ctx context.Context) error {
	err := h.once.Serve(ctx, h)
	if err != nil && ctx.Err() == nil {
		err = noPort(err)
	}
	return err
}

// ServeHTTP redirects one request. Everybody else gets no information, not even that there is something.
func (h *oneTimeAddress) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	onetime.Harden(w.Header())
	if !h.isNavigation(r) || !h.once.Own(r) || !h.once.Take(r) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Location", h.target)
	w.WriteHeader(http.StatusSeeOther)
}

// isNavigation tells whether this is a browser that goes to the address. Requests that only look ahead, and
// those for a part of a page, are not: the redirect would be lost in them.
func (h *oneTimeAddress) isNavigation(r *http.Request) bool {
	path := subtle.ConstantTimeCompare([]byte(r.RequestURI), []byte("/"+h.nonce)) == 1
	return path && r.Method == http.MethodGet && !isPrefetch(r.Header) && onetime.IsNavigation(r, h.once.Address())
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
