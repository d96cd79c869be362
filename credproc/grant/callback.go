package grant

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"hatstand/credproc/internal/onetime"
	"hatstand/credproc/internal/text"
)

// donePage is the only page that a browser is shown here. Whether the sign-in succeeded is reported by the program that
// began it.
const donePage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>hatstand</title></head>
<body><p>hatstand has the answer. You may close this window.</p></body></html>
`

// A Listener is the address on this machine that a browser comes back to after the sign-in. It takes one answer, the
// one with the state that only AWS's page knows. It rejects all other requests and goes on waiting.
type Listener struct{ once *onetime.Listener }

// Listen listens on a port of 127.0.0.1, where 0 is any free one.
func Listen(port int) (*Listener, error) {
	once, err := onetime.Listen(port)
	if err != nil {
		return nil, noListener(port, err)
	}
	return &Listener{once}, nil
}

func noListener(port int, err error) error {
	what := "no port of 127.0.0.1 is free"
	if port != 0 {
		what = fmt.Sprintf("port %d of 127.0.0.1 cannot be used", port)
	}
	return &Error{Kind: ListenerTaken, Subject: strconv.Itoa(port), Err: err,
		Reason: fmt.Sprintf("sign-in by browser: %s: %s", what, onetime.Reason(err))}
}

// RedirectURI is the address.
func (l *Listener) RedirectURI() string { return "http://" + l.once.Address() + CallbackPath }

// Close stops listening. It may be called more than once.
func (l *Listener) Close() { l.once.Close() }

// wait waits for the answer with that state, whatever it says, or until ctx ends, whose cause it returns then. Either
// way nothing listens afterwards.
func (l *Listener) wait(ctx context.Context, state string) (answer, error) {
	h := &callbackHandler{once: l.once, state: state}
	err := l.once.Serve(ctx, h)
	if err != nil && ctx.Err() == nil {
		err = noListener(l.once.Port(), err)
	}
	return h.answer, err
}

// A callbackHandler takes the first good answer.
type callbackHandler struct {
	once   *onetime.Listener
	state  string
	answer answer // once it is taken
}

// ServeHTTP takes an answer, or turns a request away without a word of what is waited for.
func (h *callbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	onetime.Harden(w.Header())
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if path != CallbackPath || r.Method != http.MethodGet || r.Host != h.once.Address() || !h.once.Own(r) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	a, ok := readAnswer(r.URL.RawQuery, h.state)
	if !ok || !h.once.Take(r) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.answer = a
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, donePage)
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
