// Package query makes calls in AWS's Query protocol, which STS and IAM speak: a form there, XML back. The calls go
// through the SDK's own retryer, signer and transport, as those of its service/sts and service/iam do. Those packages
// are the oracles of the tests, and not linked: each compiles regular expressions at every start of the program, and a
// warm call, which calls nobody, took a tenth longer.
package query

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awsxml "github.com/aws/aws-sdk-go-v2/aws/protocol/xml"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hatstand/credproc/credentials"
	"hatstand/credproc/internal/answer"
)

// maxAnswer is the most that is read of an answer, in bytes. A page of a hundred devices has 40 KB.
const maxAnswer = 1 << 20

// An HTTPClient sends requests; *http.Client is one.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// A Service is where calls go, and who makes them.
type Service struct {
	Name    string // in messages
	Signed  string // the name that signatures are for
	Version string // of the API
	HTTP    HTTPClient
	// URL and Region are where it is, and the region that signatures are for.
	URL, Region string
	Credentials credentials.Value
	Now         func() time.Time // for signatures
}

const (
	attempts   = 4
	maxBackoff = 4 * time.Second
)

// Again is for a call that may be repeated: four times in all, where the failure is a passing one (a dropped
// connection, 5xx, throttling), with backoff of at most 4 s.
func Again() aws.Retryer {
	return retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = attempts
		r.MaxBackoff = maxBackoff
		r.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(answer.Untrusted)}, r.Retryables...)
	})
}

// Untouched is for a call that makes something: only one that AWS turned away at the door is repeated.
func Untouched() aws.Retryer {
	return retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = attempts
		r.MaxBackoff = maxBackoff
		r.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
	})
}

// Once is for a call that carries a token code, which works once: a second try could only turn a passing failure into a
// refusal.
func Once() aws.Retryer { return aws.NopRetryer{} }

// Call makes one call and decodes its result into out, a pointer; nil for a call that has none. A refusal is a
// smithy.APIError. The SDK would also correct the signing time of a machine whose clock is off; that is left to the
// user, because with a wrong clock no expiry can be judged either.
func (s Service) Call(ctx context.Context, tries aws.Retryer, action string, params url.Values, out any) (middleware.Metadata, error) {
	at, err := url.Parse(s.URL)
	if err != nil {
		return middleware.Metadata{}, err
	}
	if at.Path == "" {
		at.Path = "/"
	}
	form := url.Values{"Action": {action}, "Version": {s.Version}}
	maps.Copy(form, params)
	q := query{Service: s, at: at, action: action, body: []byte(form.Encode()), out: out}
	stack := middleware.NewStack(action, smithyhttp.NewStackRequest)
	if err := q.build(stack, tries); err != nil {
		return middleware.Metadata{}, err
	}
	// A call that is made once goes on no connection that has lain idle: AWS may be closing that, and the call with its
	// token code, or what it was to make, would be lost.
	if c, ok := s.HTTP.(interface{ CloseIdleConnections() }); ok && !tries.IsErrorRetryable(&smithyhttp.RequestSendError{Err: io.EOF}) {
		c.CloseIdleConnections()
	}
	handler := middleware.DecorateHandler(middleware.HandlerFunc(q.send), stack)
	_, meta, err := handler.Handle(middleware.WithOperationName(middleware.WithServiceID(ctx, s.Name), action), nil)
	return meta, err
}

// A query is one call on its way through the stack.
type query struct {
	Service
	at     *url.URL
	action string
	body   []byte
	out    any
}

func (q query) build(stack *middleware.Stack, tries aws.Retryer) error {
	agent := awsmiddleware.NewRequestUserAgent()
	agent.AddSDKAgentKey(awsmiddleware.ApplicationIdentifier, "hatstand")
	attempt := retry.NewAttemptMiddleware(tries, smithyhttp.RequestCloner, func(a *retry.Attempt) { a.DisableClockSkewCorrection = true })
	timing := &awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: true}
	return errors.Join(
		stack.Serialize.Add(middleware.SerializeMiddlewareFunc("Query", q.write), middleware.After),
		stack.Build.Add(&awsmiddleware.ClientRequestID{}, middleware.After),
		stack.Build.Add(agent, middleware.After),
		stack.Finalize.Add(attempt, middleware.After),
		stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("Signing", q.sign), middleware.After),
		stack.Deserialize.Add(&awshttp.ResponseErrorWrapper{}, middleware.After),
		stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("Answer", q.read), middleware.After),
		stack.Deserialize.Add(timing, middleware.After),
	)
}

func (q query) write(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (out middleware.SerializeOutput, meta middleware.Metadata, err error) {
	r := in.Request.(*smithyhttp.Request)
	r.URL = q.at
	r.Method = http.MethodPost
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.ContentLength = int64(len(q.body))
	return next.HandleSerialize(ctx, in)
}

// send sends one try. The SDK's own handler closes the request's body once the answer begins, and net/http, where it
// has not looked for the body's end by then, closes the connection in the middle of the answer: over loopback, on a busy
// machine, one call of ten lost its answer so, and with it a token code. A body that net/http knows is sent in one piece
// with the headers, too.
func (q query) send(ctx context.Context, in any) (any, middleware.Metadata, error) {
	r := in.(*smithyhttp.Request).Request.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(q.body))
	answer, err := q.HTTP.Do(r)
	switch {
	case err == nil:
		return &smithyhttp.Response{Response: answer}, middleware.Metadata{}, nil
	case ctx.Err() != nil:
		err = &smithy.CanceledError{Err: ctx.Err()}
	default:
		err = &smithyhttp.RequestSendError{Err: err}
	}
	return &smithyhttp.Response{Response: &http.Response{Header: http.Header{}, Body: http.NoBody}}, middleware.Metadata{}, err
}

// sign signs each try, each with its own time.
func (q query) sign(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, meta middleware.Metadata, err error) {
	r := in.Request.(*smithyhttp.Request)
	sum := sha256.Sum256(q.body)
	if err := v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: q.Credentials.AccessKeyID, SecretAccessKey: q.Credentials.SecretAccessKey, SessionToken: q.Credentials.SessionToken}, r.Request, hex.EncodeToString(sum[:]), q.Signed, q.Region, q.Now()); err != nil {
		return out, meta, &v4.SigningError{Err: err}
	}
	return next.HandleFinalize(ctx, in)
}

func (q query) read(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (out middleware.DeserializeOutput, meta middleware.Metadata, err error) {
	out, meta, err = next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, meta, err
	}
	r := out.RawResponse.(*smithyhttp.Response)
	body := io.LimitReader(r.Body, maxAnswer)
	defer func() {
		_, _ = io.Copy(io.Discard, body) // what is read to its end leaves the connection to the next call
		_ = r.Body.Close()
	}()
	if r.StatusCode < 200 || r.StatusCode > 299 {
		return out, meta, refusalIn(body)
	}
	if q.out != nil {
		reflect.ValueOf(q.out).Elem().SetZero() // of a try whose answer broke off
	}
	if err := decode(body, q.action, q.out); err != nil {
		return out, meta, &smithy.DeserializationError{Err: err}
	}
	return out, meta, nil
}

// refusalIn is AWS's error, or why the answer is not one of AWS's.
func refusalIn(body io.Reader) error {
	e, err := awsxml.GetErrorResponseComponents(body, false)
	switch {
	case err != nil:
		return &smithy.DeserializationError{Err: err}
	case e.Code == "":
		return &smithy.DeserializationError{Err: errors.New("an error without a code")}
	}
	return &smithy.GenericAPIError{Code: e.Code, Message: e.Message}
}

// decode takes the result out of an answer, which is <ActionResponse>, and holds <ActionResult> where the action has
// a result. Anything else did not come from AWS: the page of a network that wants a sign-in is no success.
func decode(body io.Reader, action string, out any) error {
	d := xml.NewDecoder(body)
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case depth == 0 && e.Name.Local != action+"Response":
			return fmt.Errorf("<%s> is no answer to %s", e.Name.Local, action)
		case depth == 0 && out == nil:
			return nil
		case depth == 0:
			depth = 1
		case e.Name.Local == action+"Result":
			return d.DecodeElement(out, &e)
		default:
			if err := d.Skip(); err != nil {
				return err
			}
		}
	}
}

// A Blob is bytes that XML has in base64.
type Blob []byte

// UnmarshalText decodes them.
func (b *Blob) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
	return err
}
