package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"hatstand/credproc/internal/text"
)

var errSlow = errors.New("the sign-in's time limit has passed")

// A Kind says what went wrong, as far as somebody can do something about it.
type Kind int

const (
	// Of the hosts.
	UnknownPartition Kind = iota // Meant are the known ones
	BadRegion
	OtherRegion // it is not in the role's partition
	BadEndpoint
	PlainHTTP // credentials would be sent in plain text

	// Of the page to open.
	ManyPages
	UnknownService // Meant are similar ones
	BadPath
	WholeURL // a path that is a URL
	BadURL
	OtherConsole // Meant is how a page of this console begins
	OtherAccount
	OtherPartition
	BadARN
	BadResource

	// Of the call.
	Refused
	Unreachable
	BrokeOff  // the answer ended in the middle, or did not end in time
	NotSignIn // what answered is not the sign-in service
)

// An Error is whatever this package refuses, or the sign-in service did. It never holds a secret, nor a URL that was
// sent.
type Error struct {
	Kind    Kind
	Subject string // what was given ("path", "URL"); "" where Reason says so
	Reason  string
	Meant   []string
	Status  int // Refused: of HTTP
	Err     error
}

func (e *Error) Error() string {
	if e.Subject == "" {
		return e.Reason
	}
	return e.Subject + ": " + e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// Passing reports whether the service itself failed, or its connection, so that another try may do.
func (e *Error) Passing() bool {
	return e.Kind == BrokeOff || e.Kind == Refused && (e.Status >= 500 || e.Status == http.StatusTooManyRequests)
}

func refused(host string, status int, body []byte) error {
	reason := fmt.Sprintf("AWS refused the sign-in (%s): %d %s", host, status, http.StatusText(status))
	if message := knownMessage(body); message != "" {
		reason += ": " + message
	}
	return &Error{Kind: Refused, Reason: reason, Status: status}
}

func notSignIn(host, why string) error {
	return &Error{Kind: NotSignIn, Reason: host + " is not a sign-in service: " + why}
}

// knownMessage is AWS's reason, if it is one of the known texts. Any other may repeat what was sent.
func knownMessage(body []byte) string {
	for _, known := range []string{"Invalid credentials parameter", "Invalid session duration parameter",
		"Invalid action parameter"} {
		if strings.Contains(string(body), known) {
			return known
		}
	}
	return ""
}

// unreachable says why there was no answer. A cancelled call is not the host's fault. Once the credentials were sent,
// the HTTP client's error may quote the answer, and with it what was sent: it is not shown.
func (r Request) unreachable(ctx context.Context, err error, sent bool) error {
	reason := fmt.Sprintf("no answer from %s: %v", r.Hosts.host(), err)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSlow):
		err = errSlow
		reason = fmt.Sprintf("no answer from %s within %s", r.Hosts.host(), text.Human(r.Limit))
	case cause != nil:
		return cause
	case sent && !ended(err):
		return notSignIn(r.Hosts.host(), "its answer is not HTTP")
	}
	return &Error{Kind: Unreachable, Reason: reason, Err: err}
}

// brokeOff says why an answer has no end.
func (r Request) brokeOff(ctx context.Context, err error) error {
	reason := fmt.Sprintf("the answer from %s broke off", r.Hosts.host())
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSlow):
		err = errSlow
		reason = fmt.Sprintf("the answer from %s did not end within %s", r.Hosts.host(), text.Human(r.Limit))
	case cause != nil:
		return cause
	case !ended(err):
		return notSignIn(r.Hosts.host(), "its answer is not HTTP")
	}
	return &Error{Kind: BrokeOff, Reason: reason, Err: err}
}

// ended reports whether an error is about the connection, not about what came through it.
func ended(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
