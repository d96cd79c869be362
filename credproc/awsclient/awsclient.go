// Package awsclient holds what the SDK's clients of AWS services are given here, whichever service it is: an HTTP
// client that never loses an answer, limits of time and size, retries that never send a token code twice, and
// errors that say in one line which host failed and how.
//
// It never corrects a wrong clock (by such a clock nobody could tell what has expired), and its errors hold no
// URL's query, no header and no secret.
package awsclient

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"hatstand/credproc/credentials"
)

// AppID is in the user agent of every call (app/hatstand), so that CloudTrail shows what called.
const AppID = "hatstand"

// An HTTPClient sends requests; *http.Client is one.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// Config is what all calls of a client have in common. HTTP and Now are required.
type Config struct {
	HTTP HTTPClient
	Now  func() time.Time
	// OnRetry is called before each wait for another try, with the call's context. It may be nil.
	OnRetry func(context.Context, Retry)
	// Try and Call are other limits than TryLimit and CallLimit; 0: those.
	Try, Call time.Duration
	// Answer is the most that is read of an answer, in MiB; 0: 1.
	Answer int64
	// Waits; the zero value stands for four tries, with waits of up to 2, 4 and 4 seconds.
	Waits Waits
}

func (c Config) tryLimit() time.Duration  { return cmp.Or(c.Try, TryLimit) }
func (c Config) callLimit() time.Duration { return cmp.Or(c.Call, CallLimit) }

// A Retry says that a call is tried again.
type Retry struct {
	Err     error         // why the last try failed
	Elapsed time.Duration // since the call began
	Wait    time.Duration // until the next try
}

// Credentials gives c to a client of the SDK.
func Credentials(c credentials.Value) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
			SessionToken: c.SessionToken}, nil
	})
}

// A Signer is the SDK's, with Config's clock.
type Signer struct {
	v4  *v4.Signer
	now func() time.Time
}

// Signer signs requests at what Now gives.
func (c Config) Signer() Signer { return Signer{v4.NewSigner(), c.Now} }

// SignHTTP signs one request. The SDK's own idea of the time is not used.
func (s Signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, sum, service, region string,
	_ time.Time, o ...func(*v4.SignerOptions)) error {
	return s.v4.SignHTTP(ctx, c, r, sum, service, region, s.now(), o...)
}
