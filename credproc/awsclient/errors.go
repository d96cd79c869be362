package awsclient

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"hatstand/credproc/internal/text"
)

// A Kind says how a call failed that AWS did not refuse.
type Kind int

const (
	// NoAnswer: nothing came back. Whether the call took effect is not known.
	NoAnswer Kind = iota
	// BrokeOff: the answer ended in the middle, or did not end in time.
	BrokeOff
	// NotAWS: what came is no answer of the service. Usually it is a proxy's page, or the one of a network that wants
	// a sign-in.
	NotAWS
)

// An Error says why a call has no answer.
type Error struct {
	Kind   Kind
	Host   string
	Reason string // names the host
	Err    error
}

func (e *Error) Error() string { return e.Reason }

func (e *Error) Unwrap() error { return e.Err }

// A Refusal is AWS's answer to a call that it did not do.
type Refusal struct {
	Code    string
	Message string // one line
	// Skew is how far this machine's clock is ahead of AWS's, where the refusal is about that.
	Skew time.Duration
}

// Explain takes apart what the SDK says of a call that failed: AWS's refusal, or else the reason why there was no
// answer, without the SDK's wrapping ("operation error STS: AssumeRole, exceeded maximum number of attempts, ..."),
// which comes before the point. now is when the answer came, by this machine's clock.
func Explain(err error, service string, now time.Time) (r Refusal, reason error) {
	var e *Error
	var api smithy.APIError
	var got *awshttp.ResponseError
	var cancelled *smithy.CanceledError
	switch {
	case errors.As(err, &e):
		return r, e
	case errors.As(err, &cancelled): // the SDK makes up an answer for it
		return r, cancelled.Err
	case errors.As(err, &api) && api.ErrorCode() != unknownCode:
	case errors.As(err, &got) && got.Response != nil:
		return r, notAWS(got.Response.Response, service, err)
	default:
		return r, root(err)
	}
	r = Refusal{Code: cut(text.OneLine(api.ErrorCode()), 128), Message: cut(text.OneLine(api.ErrorMessage()), 4096)}
	if r.Code == "SignatureDoesNotMatch" && !strings.HasPrefix(r.Message, "Signature ") {
		// What follows the first sentence may quote the request, session token and all.
		r.Message, _, _ = strings.Cut(r.Message, ". ")
	}
	if IsSkew(r.Code, r.Message) {
		r.Skew = skewOf(err, now)
	}
	return r, nil
}

// cut is s up to a number of bytes: what a person reads is no longer, whoever answered.
func cut(s string, most int) string { return strings.ToValidUTF8(s[:min(len(s), most)], "") }

// unknownCode is the SDK's word for an error answer in which it finds no error code.
const unknownCode = "UnknownError"

func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// IsSkew reports whether a refusal is about the clock.
func IsSkew(code, message string) bool {
	switch code {
	case "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed":
		return true
	}
	return strings.HasPrefix(message, "Signature expired") || strings.HasPrefix(message, "Signature not yet current")
}

// skewOf is how far this machine's clock is ahead of AWS's, by the Date of AWS's answer.
func skewOf(err error, now time.Time) time.Duration {
	var r *awshttp.ResponseError
	if !errors.As(err, &r) || r.Response == nil {
		return 0
	}
	date, err := http.ParseTime(r.Response.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return now.Sub(date).Round(time.Second)
}

// SkewWords says how far the clock is off, to the second below a minute and to the minute above.
func SkewWords(skew time.Duration) string {
	way := "ahead of"
	if skew < 0 {
		way, skew = "behind", -skew
	}
	if skew > time.Minute {
		skew = skew.Round(time.Minute)
	}
	return fmt.Sprintf("this machine's clock is %s %s AWS's", text.Human(skew.Round(time.Second)), way)
}
