// Package metadata gets the credentials that a machine has: those of an EC2 instance's role (IMDSv2), and those of a
// container (ECS, EKS Pod Identity, and hatstand's own endpoint).
//
// It promises that no proxy sees a request, that no redirect is followed, that a request ends within a second and is
// sent three times at most, and that credentials which have expired are never returned. It does not speak version 1 of
// the instance metadata service. The caller decides which addresses may be asked.
package metadata

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	tryTime = time.Second
	tries   = 3
	maxBody = 1 << 20
)

// A Client asks the services. Make it with New.
type Client struct {
	http    *http.Client
	now     func() time.Time
	tryTime time.Duration
	pause   time.Duration // before the second try; twice that before the third
}

// New makes a Client. roots are for https; nil: the system's.
func New(roots *x509.CertPool, now func() time.Time) *Client {
	t := &http.Transport{
		Proxy:             nil, // a proxy would get the credentials
		DialContext:       (&net.Dialer{Timeout: tryTime}).DialContext,
		DisableKeepAlives: true,
	}
	if roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &Client{
		http: &http.Client{
			Transport:     t,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: now, tryTime: tryTime, pause: 100 * time.Millisecond,
	}
}

// A namedRequest is a request and what its errors call the service.
type namedRequest struct {
	service string
	method  string
	url     string
	header  http.Header
}

// An answer is what came back for a request.
type answer struct {
	status int
	body   []byte
}

// do sends a request, again where nothing came back or the service failed.
func (c *Client) do(ctx context.Context, a namedRequest) (answer, error) {
	var last error
	for i := range tries {
		if i > 0 {
			if err := wait(ctx, c.pause<<(i-1)); err != nil {
				return answer{}, err
			}
		}
		got, err := c.try(ctx, a)
		switch {
		case ctx.Err() != nil:
			return got, ctx.Err()
		case errors.Is(err, largeError{}):
			return got, a.failed(BadAnswer, "it sends more than 1 MiB", err)
		case err == nil && got.status < 500 && got.status != http.StatusTooManyRequests:
			return got, a.redirected(got.status)
		case err == nil:
			err = fmt.Errorf("HTTP status %d", got.status)
		}
		last = err
	}
	if isTimeout(last) {
		return answer{}, a.failed(NoAnswer, fmt.Sprintf("no answer within %v, %d times", c.tryTime, tries), last)
	}
	return answer{}, a.failed(Unreachable, fmt.Sprintf("%v, %d times", innermost(last), tries), last)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A largeError is an answer beyond the limit.
type largeError struct{}

func (largeError) Error() string { return "the answer is too large" }

func (c *Client) try(ctx context.Context, a namedRequest) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.tryTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, a.method, a.url, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header = a.header.Clone()
	got, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, maxBody+1))
	if len(body) > maxBody {
		err = largeError{}
	}
	return answer{got.StatusCode, body}, err
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// innermost is the innermost error, without the address, which may contain something private.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// host is an address without its path, which may be as good as a password.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that is not valid"
	}
	return u.Scheme + "://" + u.Host
}

func (a namedRequest) failed(kind Kind, reason string, err error) *Error {
	return &Error{Kind: kind, At: host(a.url), Reason: a.service + ": " + reason, Err: err}
}

func (a namedRequest) redirected(status int) error {
	if status < 300 || status >= 400 {
		return nil
	}
	return a.failed(BadAnswer, fmt.Sprintf("it answers with a redirect (HTTP status %d), which is not followed", status),
		nil)
}
