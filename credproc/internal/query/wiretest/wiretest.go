// Package wiretest stands in the place of AWS where a call is compared with the SDK's: it keeps what was sent, and
// answers it with one text.
package wiretest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/credproc/credentials"
)

// Keys are those that calls are signed with.
func Keys() credentials.Value {
	return credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s", SessionToken: "t"}
}

// A Wire is an HTTP client that sends nothing.
type Wire struct {
	Status       int
	Kind, Answer string // the type and the text of an answer; no text: there is none
	Call         Call   // the last one
}

// A Call is what of a request is AWS's to judge.
type Call struct {
	Method, URL, Kind    string
	Signed, Scope, Token string // the signed headers, the credential's scope, the session token
	Form                 url.Values
}

// Do keeps the request and gives the answer.
func (w *Wire) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	between := func(after, before string) string {
		_, s, _ := strings.Cut(r.Header.Get("Authorization"), after)
		s, _, _ = strings.Cut(s, before)
		return s
	}
	w.Call = Call{
		Method: r.Method, URL: r.URL.String(), Kind: r.Header.Get("Content-Type"), Form: form,
		Signed: between("SignedHeaders=", ","), Scope: between("Credential="+Keys().AccessKeyID+"/", ","), Token: r.Header.Get("X-Amz-Security-Token"),
	}
	if w.Answer == "" {
		return nil, errors.New("not sent")
	}
	h := http.Header{"Content-Type": {w.Kind}, "Date": {"Sun, 22 Nov 2026 10:00:00 GMT"}}
	return &http.Response{StatusCode: w.Status, Header: h, Body: io.NopCloser(strings.NewReader(w.Answer)), Request: r}, nil
}

// Provider gives the keys to a client of the SDK.
func Provider() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		k := Keys()
		return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken}, nil
	})
}
