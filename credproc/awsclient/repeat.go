package awsclient

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Limits of a call.
const (
	// TryLimit bounds one try, from the dial to the end of the answer's body.
	TryLimit = 20 * time.Second
	// CallLimit bounds a call with all its tries.
	CallLimit = 60 * time.Second
)

// A Repeat says whether a call may be made again after a try that failed.
type Repeat int

const (
	// Repeatable calls are made again where the failure is a passing one: a dropped connection, an answer that broke
	// off, 5xx, throttling.
	Repeatable Repeat = iota
	// Creates is for a call that makes something or spends a token: it is repeated only where AWS cannot have acted on
	// it, because no connection was made or because there were too many calls.
	Creates
	// Once is for a call that carries a token code, which works once: a second try could only turn a passing failure
	// into a refusal.
	Once
)

// Retryer decides about the tries of one call, which begins now.
func (c Config) Retryer(ctx context.Context, r Repeat) aws.Retryer {
	if r == Once {
		return aws.NopRetryer{}
	}
	waits := c.waits()
	return &retryer{ctx: ctx, began: time.Now(), now: c.Now, waits: waits, onRetry: c.OnRetry,
		last: c.callLimit() - c.tryLimit(),
		RetryerV2: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = waits.Tries
			throttled := retry.RetryableErrorCode{Codes: throttles()}
			if r == Creates {
				o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(unsent), throttled}
				return
			}
			first := []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(retryableToo), throttled}
			o.Retryables = append(first, o.Retryables...)
		})}
}

// throttles are the codes of AWS's errors that say: too many calls.
func throttles() map[string]struct{} {
	codes := maps.Clone(retry.DefaultThrottleErrorCodes)
	codes["SlowDownException"] = struct{}{} // IAM Identity Center's
	return codes
}

// unsent are the failures of a call that has not left this machine.
func unsent(err error) aws.Ternary {
	var e *net.OpError
	if !errors.As(err, &e) || e.Op != "dial" || errors.Is(err, context.Canceled) {
		return aws.UnknownTernary
	}
	return retry.RetryableConnectionError{}.IsErrorRetryable(err)
}

// retryableToo decides about the failures that the SDK's own list does not know: a certificate that does not verify
// will not do so a moment later, and an answer that broke off may come whole the next time.
func retryableToo(err error) aws.Ternary {
	var cert *tls.CertificateVerificationError
	var e *Error
	switch {
	case errors.As(err, &cert):
		return aws.FalseTernary
	case errors.As(err, &e) && e.Kind == BrokeOff:
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
