package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

var errSlow = errors.New("the sign-in's time limit has passed")

// A RefusedError is the sign-in service's refusal.
type RefusedError struct {
	Host    string
	Status  int
	Message string // one of AWS's known texts; "" for any other
}

func (e *RefusedError) Error() string {
	s := fmt.Sprintf("AWS refused the sign-in (%s): %d %s", e.Host, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// Hints says what to do next.
func (e *RefusedError) Hints() []string {
	switch {
	case e.passing():
		return []string{"AWS failed, not you; run it again, or use another region: --region REGION"}
	case e.Status == http.StatusBadRequest:
		return []string{"only a role's credentials sign in to the console; if these are a role's and are not " +
			"expired, get new ones: --no-cache"}
	}
	return nil
}

func (e *RefusedError) passing() bool {
	return e.Status >= 500 || e.Status == http.StatusTooManyRequests
}

// said is what AWS gives as its reason, if it is one of the known texts: an answer may repeat what it
// was sent.
func said(body []byte) string {
	for _, known := range []string{"Invalid credentials parameter", "Invalid session duration parameter",
		"Invalid action parameter"} {
		if strings.Contains(string(body), known) {
			return known
		}
	}
	return ""
}

// An UnreachableError says that the sign-in service did not answer.
type UnreachableError struct {
	Host string
	Err  error // never holds a URL
}

func (e *UnreachableError) Error() string {
	if errors.Is(e.Err, errSlow) {
		return fmt.Sprintf("no answer from %s within %d s", e.Host, int(patience.Seconds()))
	}
	return fmt.Sprintf("no answer from %s: %v", e.Host, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Hints says what to do next.
func (e *UnreachableError) Hints() []string {
	return []string{"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN if it is set"}
}

// unreachable says why there was no answer. A call that the user cancelled is no fault of the host. Once
// the credentials are sent, the error may quote what came back, and with it what was sent.
func (r Request) unreachable(ctx context.Context, err error, sent bool) error {
	var op *net.OpError
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSlow):
		err = errSlow
	case cause != nil:
		return cause
	case sent && !errors.As(err, &op) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return &AnswerError{r.Place.host(), "its answer is not HTTP"}
	}
	return &UnreachableError{r.Place.host(), err}
}

// An AnswerError says that what answered is not the sign-in service.
type AnswerError struct {
	Host   string
	Reason string
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s is no sign-in service: %s", e.Host, e.Reason)
}

// Hints says what to do next.
func (e *AnswerError) Hints() []string {
	return []string{"a proxy or a captive portal may be in between: check HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN " +
		"if it is set"}
}
