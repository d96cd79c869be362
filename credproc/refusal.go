package credproc

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hatstand/profiles"
)

// A RefusedError is AWS's refusal of one call.
type RefusedError struct {
	Target  string // what was asked for
	Call    Call
	Role    string // the role's ARN; "" for a session
	Code    string // AWS's error code
	Message string // AWS's message, one line
	Skew    time.Duration
	Facts   Facts
}

// Facts are what the plan knows of a refused call; the hints depend on them.
type Facts struct {
	Profile     string // that holds the role
	Base        string
	Kind        profiles.BaseKind // where the base's credentials were found
	Temporary   bool              // the base's credentials are
	HasMFA      bool              // this call or one before it carried a token code
	HasExternal bool
	HasNarrower bool // a session policy, tags or a source identity went along
	Region      string
	Words       string // the target as a command line names it
}

func (e *RefusedError) Error() string {
	what := string(e.Call)
	if e.Role != "" {
		what += " of " + e.Role
	}
	s := fmt.Sprintf("profile %q: AWS refused %s: %s: %s", e.Target, what, e.Code, e.Message)
	if e.Skew != 0 {
		s += "; " + skewWords(e.Skew)
	}
	return s
}

// skewWords names how far the clock is off, to the second below a minute and to the minute above.
func skewWords(skew time.Duration) string {
	way := "ahead of"
	if skew < 0 {
		way, skew = "behind", -skew
	}
	if skew > time.Minute {
		skew = skew.Round(time.Minute)
	}
	return fmt.Sprintf("this machine's clock is %s %s AWS's", Human(skew.Round(time.Second)), way)
}

// An UnreachableError says that a call got no answer.
type UnreachableError struct {
	Target string
	Call   Call
	Err    error // never holds a URL's query or a header
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("profile %q: %s got no answer from STS: %v", e.Target, e.Call, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Hints says what to do next.
func (e *UnreachableError) Hints() []string {
	return []string{"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_STS or endpoint_url if one is set"}
}

// refusal turns the SDK's error of a call into a RefusedError or an UnreachableError. now is when the
// answer came, by this machine's clock.
func refusal(target string, call Call, role string, f Facts, err error, now time.Time) error {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() == unknownCode {
		return &UnreachableError{Target: target, Call: call, Err: rootOf(err)}
	}
	e := &RefusedError{Target: target, Call: call, Role: role, Facts: f,
		Code: oneLine(api.ErrorCode()), Message: oneLine(api.ErrorMessage())}
	if e.Code == "SignatureDoesNotMatch" && !strings.HasPrefix(e.Message, "Signature ") {
		// What follows the first sentence may quote the request, session token and all.
		e.Message, _, _ = strings.Cut(e.Message, ". ")
	}
	if isSkew(e.Code, e.Message) {
		e.Skew = skewOf(err, now)
	}
	return e
}

// unknownCode is the SDK's word for an error answer in which it finds no error code.
const unknownCode = "UnknownError"

// rootOf leaves out the SDK's wrapping ("operation error STS: AssumeRole, exceeded maximum number of
// attempts, ..."), which comes before the point. An answer that is not STS's is usually a proxy's or
// the page of a network that wants a sign-in; what the decoder says of those helps nobody.
func rootOf(err error) error {
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		return send.Err
	}
	var got *awshttp.ResponseError
	if errors.As(err, &got) && got.Response != nil {
		what := fmt.Sprintf("HTTP %d", got.Response.StatusCode)
		if kind, _, _ := strings.Cut(got.Response.Header.Get("Content-Type"), ";"); kind != "" {
			what += ", " + oneLine(kind)
		}
		return fmt.Errorf("what answered is not STS (%s)", what)
	}
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func isSkew(code, message string) bool {
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

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, s)
}

// wrongCode reports whether the refusal is about the token code alone, so that another code may do.
func wrongCode(err error) bool {
	var e *RefusedError
	return errors.As(err, &e) && strings.Contains(e.Message, "invalid MFA one time pass code")
}
