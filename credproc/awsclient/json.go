package awsclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"hatstand/credproc/internal/text"
)

// JSONAnswers returns the middleware for clients of services that answer in JSON (IAM Identity Center's). It looks at
// each answer before the SDK does, which takes an empty one for an answer without members, and knows no error by the
// name that OAuth gives it. bodiless are the calls whose answer has no body.
func JSONAnswers(service string, bodiless ...string) []func(*middleware.Stack) error {
	return checkAnswers(jsonAnswers{service, bodiless})
}

// A JSONRefusal is the error of a service that answers in JSON.
type JSONRefusal struct {
	Code    string // such as UnauthorizedException, or OAuth's invalid_grant
	Message string
	Status  int    // HTTP's
	Reason  string // a code for the cause, such as KMS_AccessDeniedException
	Region  string // where the call should go instead
	OAuth   string // OAuth's name of the error, if there is one besides: TOKEN_EXPIRED
}

func (e *JSONRefusal) Error() string { return e.Code + ": " + e.Message }

// ErrorCode, ErrorMessage and ErrorFault make it an error as the SDK has them.
func (e *JSONRefusal) ErrorCode() string             { return e.Code }
func (e *JSONRefusal) ErrorMessage() string          { return e.Message }
func (e *JSONRefusal) ErrorFault() smithy.ErrorFault { return smithy.FaultUnknown }

type jsonAnswers struct {
	service  string
	bodiless []string
}

// check holds an answer to what AWS sends: one whole JSON object.
func (a jsonAnswers) check(r *http.Response, body []byte, call string) error {
	if len(body) == 0 && slices.Contains(a.bodiless, call) {
		return nil
	}
	var object map[string]json.RawMessage
	return a.decode(r, body, &object)
}

func (a jsonAnswers) decode(r *http.Response, body []byte, into any) error {
	err := json.Unmarshal(body, into)
	isObject := bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
	var syntax *json.SyntaxError
	switch {
	case err == nil && isObject:
		return nil
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) && isObject:
		return brokeOff(hostOf(r), io.ErrUnexpectedEOF)
	}
	return notAWS(r, a.service, nil)
}

// refusal is AWS's error: named by a header, else in the body.
func (a jsonAnswers) refusal(r *http.Response, body []byte) error {
	var found struct {
		Type        string `json:"__type"`
		Error       string `json:"error"` // OAuth's
		Message     string `json:"message"`
		Description string `json:"error_description"`
		Reason      string `json:"reason"`
		Region      string `json:"region"`
	}
	code, _, _ := strings.Cut(r.Header.Get("X-Amzn-ErrorType"), ":")
	err := a.decode(r, body, &found)
	for _, name := range []string{found.Type[strings.LastIndexByte(found.Type, '#')+1:], found.Error} {
		if strings.TrimSpace(code) == "" {
			code = name
		}
	}
	if strings.TrimSpace(code) == "" && r.StatusCode == http.StatusTooManyRequests {
		code, found.Message = "TooManyRequestsException", "Too Many Requests"
	}
	if strings.TrimSpace(code) == "" {
		if err == nil {
			err = notAWS(r, a.service, nil)
		}
		return err
	}
	if found.Message == "" {
		found.Message = found.Description
	}
	return &JSONRefusal{Code: text.OneLine(strings.TrimSpace(code)), Message: text.OneLine(found.Message),
		Status: r.StatusCode, Reason: text.OneLine(found.Reason), Region: text.OneLine(found.Region),
		OAuth: text.OneLine(found.Error)}
}
