package awsclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/restjson"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hatstand/credproc/internal/text"
)

// QueryAnswers returns the middleware for clients of services that speak AWS's Query protocol (STS and IAM): requests
// are forms, answers are XML. It checks each answer before the SDK does. The SDK takes any answer to a call without a
// result for a success, and an empty answer for empty credentials, and it finds no code in an error without the usual
// envelope.
func QueryAnswers(service string) []func(*middleware.Stack) error {
	return checkAnswers(answers{service})
}

// checkAnswers returns the middleware that has a protocol look at each answer before the SDK does.
func checkAnswers(p protocol) []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{Deadline, func(s *middleware.Stack) error {
		return s.Deserialize.Add(checkedAnswers{p}, middleware.After)
	}}
}

// A protocol is how a service answers.
type protocol interface {
	// check returns an error unless the body is what AWS sends for a call that succeeded.
	check(r *http.Response, body []byte, call string) error
	// refusal makes the error of a call that did not.
	refusal(r *http.Response, body []byte) error
}

type checkedAnswers struct{ protocol }

func (checkedAnswers) ID() string { return "HatstandAnswer" }

func (a checkedAnswers) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput,
	next middleware.DeserializeHandler) (out middleware.DeserializeOutput, meta middleware.Metadata, err error) {
	out, meta, err = next.HandleDeserialize(ctx, in)
	r, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok {
		return out, meta, err
	}
	body, err := io.ReadAll(r.Body) // the HTTP client has bounded its size
	if err != nil {
		return out, meta, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.StatusCode >= 200 && r.StatusCode <= 299 {
		return out, meta, a.check(r.Response, body, awsmiddleware.GetOperationName(ctx))
	}
	return out, meta, a.refusal(r.Response, body)
}

type answers struct{ service string }

// check holds an answer to what AWS sends: one whole XML element with the call's name and "Response".
func (a answers) check(r *http.Response, body []byte, call string) error {
	want := call + "Response"
	root, err := scan(body, nil)
	switch {
	case root == want && err == nil:
		return nil
	case root == want && ends(err), root == "" && begins(body, want):
		return a.brokeOff(r)
	}
	return a.notAWS(r)
}

// ends reports whether an XML text that cannot be read ends too early. What is wrong in the middle comes so again.
func ends(err error) bool {
	wrong, ok := errors.AsType[*xml.SyntaxError](err)
	return ok && wrong.Msg == "unexpected EOF"
}

// begins reports whether a text without a whole tag in it may be the beginning of AWS's answer.
func begins(body []byte, want string) bool {
	s := strings.TrimSpace(string(body))
	_, rest, _ := strings.Cut(s, "?>")
	return s != "" && (strings.HasPrefix("<"+want, s) || strings.HasPrefix(s, "<"+want) ||
		strings.HasPrefix(s, "<?xml") && strings.HasPrefix("<"+want, strings.TrimSpace(rest)))
}

// refusal is AWS's error, wherever in the answer it is: <ErrorResponse><Error> is AWS's own, Ceph and moto send
// <Error> or <Errors><Error>.
func (a answers) refusal(r *http.Response, body []byte) error {
	var found struct{ Code, Message string }
	root, err := scan(body, func(d *xml.Decoder, e xml.StartElement) (bool, error) {
		if e.Name.Local != "Error" {
			return false, nil
		}
		return true, d.DecodeElement(&found, &e)
	})
	switch {
	case found.Code != "" && err == nil:
		return &smithy.GenericAPIError{Code: strings.TrimSpace(found.Code), Message: strings.TrimSpace(found.Message)}
	case root == "":
		if refused := jsonRefusal(r, body); refused != nil {
			return refused
		}
	}
	switch {
	case r.StatusCode == http.StatusTooManyRequests:
		return &smithy.GenericAPIError{Code: "TooManyRequestsException", Message: "Too Many Requests"}
	case ends(err) && strings.HasPrefix(root, "Error"):
		return a.brokeOff(r)
	}
	return a.notAWS(r)
}

// jsonRefusal is AWS's error as its gateways and its JSON protocols send it; nil: it is none.
func jsonRefusal(r *http.Response, body []byte) error {
	var found struct {
		Type          string `json:"__type"`
		Code, Message string // of any case
		Error         struct{ Code, Message string }
	}
	if json.Unmarshal(body, &found) != nil {
		return nil
	}
	code := cmp.Or(r.Header.Get("X-Amzn-Errortype"), found.Type, found.Code, found.Error.Code)
	if code = restjson.SanitizeErrorCode(code); code == "" {
		return nil
	}
	return &smithy.GenericAPIError{Code: code, Message: cmp.Or(found.Message, found.Error.Message)}
}

// scan reads a whole XML text and returns the name of its first element. visit, which may be nil, may take an element.
func scan(body []byte, visit func(*xml.Decoder, xml.StartElement) (bool, error)) (root string, err error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return root, err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if root == "" {
			root = e.Name.Local
		}
		if visit == nil {
			continue
		}
		if taken, err := visit(d, e); err != nil || taken {
			return root, err
		}
	}
}

func (a answers) brokeOff(r *http.Response) error {
	return brokeOff(hostOf(r), io.ErrUnexpectedEOF)
}

// notAWS is usually a proxy's page, or the one of a network that wants a sign-in.
func (a answers) notAWS(r *http.Response) error { return notAWS(r, a.service, nil) }

func notAWS(r *http.Response, service string, err error) error {
	what := fmt.Sprintf("HTTP %d", r.StatusCode)
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "" {
		what += ", " + text.OneLine(kind)
	}
	if err == nil {
		err = errors.New(what)
	}
	host := hostOf(r)
	return &Error{Kind: NotAWS, Host: host, Err: err,
		Reason: fmt.Sprintf("%s did not answer as %s does (%s)", host, service, what)}
}

func hostOf(r *http.Response) string {
	if r.Request == nil || r.Request.URL == nil {
		return "the host"
	}
	return r.Request.URL.Host
}
