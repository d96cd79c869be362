package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
)

// Names of the calls, for errors and logs.
const (
	discovery = "openid-configuration"
	authorize = "authorize" // a page in a browser
	device    = "device_authorization"
	token     = "token"
	revoke    = "revocation"

	authorizationCode = "authorization_code"
	deviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
	refreshToken      = "refresh_token"
)

// A call is one request. With a form it is a POST.
type call struct {
	name, url string
	form      url.Values // has secrets in it
}

// hasSecret reports whether a text has a secret of the form's in it: a provider may quote what it was sent.
func (c call) hasSecret(s string) bool {
	for _, name := range []string{"code", "code_verifier", "device_code", "refresh_token", "token"} {
		if secret := c.form.Get(name); secret != "" && strings.Contains(s, secret) {
			return true
		}
	}
	return false
}

// A reply is the provider's.
type reply struct {
	status int
	body   []byte
	retry  time.Duration // Retry-After
}

func (r reply) said() string { return fmt.Sprintf("HTTP %d", r.status) }

// post makes a call and reads its answer into out, unless that is nil.
func (c *Client) post(ctx context.Context, repeat awsclient.Repeat, of call, out any) error {
	r, err := c.send(ctx, repeat, of)
	if err != nil {
		return err
	}
	if e := readRefusal(r); e.Code != "" || r.status < 200 || r.status > 299 {
		return c.refusal(of, r, e)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(r.body, out); err != nil {
		return c.badAnswer(of.name, "the answer to "+of.name+" cannot be read")
	}
	return nil
}

// send makes the tries of a call. The error is a *grant.Error of kind NoAnswer, or ctx's.
func (c *Client) send(ctx context.Context, repeat awsclient.Repeat, of call) (reply, error) {
	retryer, client := c.calls.Retryer(ctx, repeat), c.calls.HTTPClient(repeat)
	for try := 1; ; try++ {
		r, err := c.try(ctx, client, of)
		passing := err
		if err == nil && (r.status == http.StatusTooManyRequests || r.status >= 500) {
			passing = passingStatus(r)
		}
		if passing == nil {
			return r, nil
		}
		if try < retryer.MaxAttempts() && retryer.IsErrorRetryable(passing) {
			if wait, waitErr := retryer.RetryDelay(try, passing); waitErr == nil && sleep(ctx, wait) {
				continue
			}
		}
		switch {
		case err == nil:
			return r, nil
		case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
			return reply{}, context.Cause(ctx)
		}
		return reply{}, &grant.Error{Kind: grant.NoAnswer, Grant: c.grant.Name(), Issuer: c.grant.Issuer,
			Call: of.name, Err: err, Reason: fmt.Sprintf("sign-in to %s: %s: %v", c.grant.Name(), of.name, err)}
	}
}

func (c *Client) try(ctx context.Context, client awsclient.HTTPClient, of call) (reply, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if of.form != nil {
		method, body = http.MethodPost, strings.NewReader(of.form.Encode())
	}
	ask, err := http.NewRequestWithContext(ctx, method, of.url, body)
	if err != nil {
		return reply{}, errors.New("its address is not a URL")
	}
	ask.Header.Set("Accept", "application/json")
	ask.Header.Set("User-Agent", awsclient.AppID)
	if of.form != nil {
		ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := client.Do(ask)
	if err != nil {
		return reply{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body) // the client has bounded it
	r := reply{status: got.StatusCode, body: text}
	r.retry = awsclient.RetryAfter(statusError(got), c.calls.Now())
	return r, err
}

// statusError is a status as the SDK's rules for repeating know it.
func statusError(r *http.Response) error {
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: r}, Err: errors.New(r.Status)}}
}

// passingStatus is the error of an answer that says: later.
func passingStatus(r reply) error {
	if r.status == http.StatusTooManyRequests {
		return &awsclient.JSONRefusal{Code: "TooManyRequestsException", Status: r.status}
	}
	return statusError(&http.Response{StatusCode: r.status, Status: r.said()})
}

// sleep reports whether it has slept to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
