// Package answer takes apart what the SDK says of a call that failed: AWS's refusal, or the reason why
// there was no answer. What it returns is one line each, and never holds a URL's query or a header.
package answer

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hatstand/credproc/internal/text"
)

// A Refusal is AWS's answer to a call that it did not do.
type Refusal struct {
	Code    string
	Message string
	// Skew is how far this machine's clock is ahead of AWS's, where the refusal is about that.
	Skew time.Duration
}

// Of gives AWS's refusal, or else the reason why none came. service is whom it was asked for, in words;
// now is when the answer came, by this machine's clock.
func Of(err error, service string, now time.Time) (r Refusal, unreachable error) {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() == unknownCode {
		return Refusal{}, rootOf(err, service)
	}
	r = Refusal{Code: text.OneLine(api.ErrorCode()), Message: text.OneLine(api.ErrorMessage())}
	if r.Code == "SignatureDoesNotMatch" && !strings.HasPrefix(r.Message, "Signature ") {
		// What follows the first sentence may quote the request, session token and all.
		r.Message, _, _ = strings.Cut(r.Message, ". ")
	}
	if IsSkew(r.Code, r.Message) {
		r.Skew = skewOf(err, now)
	}
	return r, nil
}

// unknownCode is the SDK's word for an error answer in which it finds no error code.
const unknownCode = "UnknownError"

// rootOf leaves out the SDK's wrapping ("operation error STS: AssumeRole, exceeded maximum number of
// attempts, ..."), which comes before the point. An answer that is not the service's is usually a proxy's
// or the page of a network that wants a sign-in; what the decoder says of those helps nobody.
func rootOf(err error, service string) error {
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		return send.Err
	}
	var got *awshttp.ResponseError
	if errors.As(err, &got) && got.Response != nil {
		what := fmt.Sprintf("HTTP %d", got.Response.StatusCode)
		if kind, _, _ := strings.Cut(got.Response.Header.Get("Content-Type"), ";"); kind != "" {
			what += ", " + text.OneLine(kind)
		}
		return fmt.Errorf("what answered is not %s (%s)", service, what)
	}
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

// SkewWords names how far the clock is off, to the second below a minute and to the minute above.
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

// SkewHint says what to do about it.
const SkewHint = "set the clock (AWS takes requests signed within 15 minutes of its own time), for instance: sudo timedatectl set-ntp true"

// Untrusted says of a certificate that does not verify that it will not do so a moment later.
func Untrusted(err error) aws.Ternary {
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}
