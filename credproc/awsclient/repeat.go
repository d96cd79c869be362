package awsclient

import (
	"context"
	"crypto/tls"
	"errors"
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

	maxTries   = 4
	maxBackoff = 4 * time.Second
)

// A Repeat says whether a call may be made again after a try that failed.
type Repeat int

const (
	// Repeatable calls are made four times in all, where the failure is a passing one: a dropped connection, an
	// answer that broke off, 5xx, throttling.
	Repeatable Repeat = iota
	// Creates is for a call that makes something: it is repeated only where AWS turned it away unseen (throttling).
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
	return &retryer{ctx: ctx, began: time.Now(), onRetry: c.OnRetry,
		last: c.callLimit() - maxBackoff - c.tryLimit(),
		RetryerV2: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = maxTries, maxBackoff
			if r == Creates {
				o.Retryables = []retry.IsErrorRetryable{
					retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
				return
			}
			o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(ours)}, o.Retryables...)
		})}
}

// ours are the failures that the SDK's own list does not know: a certificate that does not verify will not do so a
// moment later, and an answer that broke off may come whole the next time.
func ours(err error) aws.Ternary {
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

type retryer struct {
	aws.RetryerV2
	ctx     context.Context // the call's, for onRetry
	began   time.Time
	last    time.Duration // after this long no other try can end in time
	onRetry func(context.Context, Retry)
}

// IsErrorRetryable also holds the call to its limit: no try begins that could pass it.
func (r *retryer) IsErrorRetryable(err error) bool {
	return time.Since(r.began) <= r.last && r.RetryerV2.IsErrorRetryable(err)
}

func (r *retryer) RetryDelay(try int, err error) (time.Duration, error) {
	wait, fail := r.RetryerV2.RetryDelay(try, err)
	if fail == nil && r.onRetry != nil {
		r.onRetry(r.ctx, Retry{Err: err, Elapsed: time.Since(r.began), Wait: wait})
	}
	return wait, fail
}
