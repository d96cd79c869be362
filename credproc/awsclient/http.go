package awsclient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/smithy-go/middleware"

	"hatstand/credproc/internal/text"
)

// maxAnswer is the most that is read of an answer, in MiB. A page of a hundred devices has 40 KB.
const maxAnswer = 1

// HTTPClient is the client for calls of that kind. It differs from the one in Config so:
//
//   - A try has TryLimit, the body of its answer included, which is read whole before the SDK sees any of it: the
//     SDK retries a call, but not an answer that broke off while it was decoded.
//   - The request's body is net/http's to read and close. The SDK closes the one that it gives as soon as the answer
//     begins, and net/http, where it has not looked for that body's end by then, closes the connection in the middle
//     of the answer: over loopback, on a busy machine, one call of ten lost its answer so, and with it a token code.
//   - A call that is not Repeatable goes on no connection that has lain idle: AWS may be closing that, and the call
//     with its token code, or what it was to make, would be lost.
func (c Config) HTTPClient(r Repeat) HTTPClient {
	return client{c.HTTP, r, c.tryLimit(), cmp.Or(c.Answer, maxAnswer)}
}

type client struct {
	http   HTTPClient
	repeat Repeat
	limit  time.Duration // of a try
	answer int64         // the most that is read of one, in MiB
}

var errSlow = errors.New("the try's time limit has passed")

func (c client) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.do(r)
	if last, ok := r.Context().Value(lastTryKey{}).(*lastTry); ok {
		last.err = err
	}
	return answer, err
}

func (c client) do(r *http.Request) (*http.Response, error) {
	if idle, ok := c.http.(interface{ CloseIdleConnections() }); ok && c.repeat != Repeatable {
		idle.CloseIdleConnections()
	}
	ctx, stop := context.WithTimeoutCause(r.Context(), c.limit, errSlow)
	defer stop()
	own := r.Clone(ctx)
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		own.Body, own.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	answer, err := c.http.Do(own)
	if err != nil {
		return nil, c.noAnswer(ctx, r.URL.Host, err)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.answer<<20+1))
	_ = answer.Body.Close()
	switch {
	case err != nil:
		return nil, c.brokeOff(ctx, r.URL.Host, err)
	case int64(len(body)) > c.answer<<20:
		return nil, &Error{Kind: NotAWS, Host: r.URL.Host,
			Reason: fmt.Sprintf("the answer from %s is longer than %d MiB", r.URL.Host, c.answer)}
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if answer.Request == nil {
		answer.Request = own
	}
	return answer, nil
}

func (c client) noAnswer(ctx context.Context, host string, err error) error {
	e := &Error{Kind: NoAnswer, Host: host, Err: err}
	var outer *url.Error
	cause := err
	if errors.As(err, &outer) {
		cause = outer.Err // it also quotes the URL
	}
	var plain tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.Is(context.Cause(ctx), errSlow):
		e.Reason = fmt.Sprintf("no answer from %s within %s", host, text.Human(c.limit))
	case errors.Is(err, context.DeadlineExceeded):
		e.Reason = fmt.Sprintf("no answer from %s in time", host)
	case errors.As(err, &plain):
		e.Reason = fmt.Sprintf("%s does not speak TLS", host)
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Reason = fmt.Sprintf("no answer from %s in time: %s", host, text.OneLine(cause.Error()))
	default:
		e.Reason = fmt.Sprintf("no answer from %s: %s", host, text.OneLine(cause.Error()))
	}
	return e
}

func (c client) brokeOff(ctx context.Context, host string, err error) error {
	e := brokeOff(host, err)
	switch {
	case errors.Is(context.Cause(ctx), errSlow):
		e.Reason = fmt.Sprintf("the answer from %s did not end within %s", host, text.Human(c.limit))
	case errors.Is(err, context.DeadlineExceeded):
		e.Reason = fmt.Sprintf("the answer from %s did not end in time", host)
	}
	return e
}

func brokeOff(host string, err error) *Error {
	return &Error{Kind: BrokeOff, Host: host, Err: err, Reason: fmt.Sprintf("the answer from %s broke off", host)}
}

// lastTry is how the last try of a call failed. The SDK forgets it where the caller's deadline passes meanwhile, and
// says "context deadline exceeded", which names no host.
type lastTry struct{ err error }

type lastTryKey struct{}

// Deadline returns the middleware that gives a call whose deadline has passed the error of its last try.
func Deadline(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("HatstandDeadline",
		func(ctx context.Context, in middleware.InitializeInput,
			next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			var last lastTry
			out, meta, err := next.HandleInitialize(context.WithValue(ctx, lastTryKey{}, &last), in)
			if err != nil && last.err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
				err = last.err
			}
			return out, meta, err
		}), middleware.Before)
}

// WithoutRedirects is an HTTP client, except that it follows no redirect: tokens would go along.
func WithoutRedirects(c HTTPClient) HTTPClient {
	client, ok := c.(*http.Client)
	if !ok {
		return c
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}
