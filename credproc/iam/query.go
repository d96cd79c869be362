package iam

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
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awsxml "github.com/aws/aws-sdk-go-v2/aws/protocol/xml"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// IAM speaks AWS's Query protocol: a form there, XML back. The calls go through the SDK's own retryer, signer and
// transport, as those of its service/iam do. That package is the oracle of the tests, and not linked: it compiles
// regular expressions at every start of the program, for a dozen calls that few make, and a warm call took 6 % longer.

const (
	apiVersion = "2010-05-08"
	// maxAnswer is the most that is read of an answer, in bytes. A page of a thousand devices has a twentieth of it.
	maxAnswer = 8 << 20
)

// call makes one call and decodes its result into out, a pointer; nil for a call that has none.
func (c *Client) call(ctx context.Context, tries aws.Retryer, action string, params url.Values, out any) (middleware.Metadata, error) {
	at, region, err := c.o.place()
	if err != nil {
		return middleware.Metadata{}, err
	}
	form := url.Values{"Action": {action}, "Version": {apiVersion}}
	for k, v := range params {
		form[k] = v
	}
	q := query{o: c.o, at: at, region: region, action: action, body: []byte(form.Encode()), out: out}
	stack := middleware.NewStack(action, smithyhttp.NewStackRequest)
	if err := q.build(stack, tries); err != nil {
		return middleware.Metadata{}, err
	}
	handler := middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(c.o.HTTP), stack)
	_, meta, err := handler.Handle(middleware.WithOperationName(middleware.WithServiceID(ctx, "IAM"), action), nil)
	return meta, err
}

// A query is one call on its way through the stack.
type query struct {
	o      Options
	at     *url.URL
	region string // signed for
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
	if in.Request, err = r.SetStream(bytes.NewReader(q.body)); err != nil {
		return out, meta, &smithy.SerializationError{Err: err}
	}
	return next.HandleSerialize(ctx, in)
}

// sign signs each try, each with its own time.
func (q query) sign(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, meta middleware.Metadata, err error) {
	r := in.Request.(*smithyhttp.Request)
	sum := sha256.Sum256(q.body)
	if err := v4.NewSigner().SignHTTP(ctx, q.o.Credentials, r.Request, hex.EncodeToString(sum[:]), "iam", q.region, q.o.Now()); err != nil {
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
	if err := decode(body, q.action, q.out); err != nil {
		return out, meta, &smithy.DeserializationError{Err: err}
	}
	return out, meta, nil
}

// refusalIn is IAM's error, or why the answer is not one of IAM's.
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
// a result. Anything else did not come from IAM: the page of a network that wants a sign-in is no success.
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

// about adds a user's name to a call's parameters; IAM takes one that has none for the caller's.
func about(user string, params url.Values) url.Values {
	if params == nil {
		params = url.Values{}
	}
	if user != "" {
		params.Set("UserName", user)
	}
	return params
}

// A blob is base64 in XML.
type blob []byte

func (b *blob) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
	return err
}
