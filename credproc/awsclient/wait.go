package awsclient

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Waits are how often and after how long a call is tried again. A wait is at random up to First, up to twice that after
// the next try, and so on, up to Longest ("full jitter"). Where the answer has Retry-After, it is at least that.
type Waits struct {
	Tries          int // in all
	First, Longest time.Duration
}

// waits are Config's, else those for STS and IAM.
func (c Config) waits() Waits {
	if c.Waits == (Waits{}) {
		return Waits{Tries: 4, First: 2 * time.Second, Longest: 4 * time.Second}
	}
	return c.Waits
}

type retryer struct {
	aws.RetryerV2
	ctx     context.Context // the call's
	began   time.Time
	now     func() time.Time
	last    time.Duration // after this long no other try can end in time
	waits   Waits
	onRetry func(context.Context, Retry)
}

// IsErrorRetryable also refuses a try that could pass the call's limit, and a wait for AWS that would pass the
// deadline.
func (r *retryer) IsErrorRetryable(err error) bool {
	asked := RetryAfter(err, r.now())
	if deadline, ok := r.ctx.Deadline(); ok && asked > time.Until(deadline) {
		return false
	}
	return time.Since(r.began)+max(asked, r.waits.Longest) <= r.last && r.RetryerV2.IsErrorRetryable(err)
}

// RetryDelay is the wait after a try, of which the first is 1.
func (r *retryer) RetryDelay(try int, err error) (time.Duration, error) {
	most := r.waits.First
	for ; try > 1 && most < r.waits.Longest; try-- {
		most *= 2
	}
	wait := max(rand.N(min(most, r.waits.Longest)), RetryAfter(err, r.now()))
	if r.onRetry != nil {
		r.onRetry(r.ctx, Retry{Err: err, Elapsed: time.Since(r.began), Wait: wait})
	}
	return wait, nil
}

// RetryAfter is how long AWS asks to wait after a call that failed; 0: it does not say.
func RetryAfter(err error, now time.Time) time.Duration {
	var got *awshttp.ResponseError
	if !errors.As(err, &got) || got.Response == nil {
		return 0
	}
	value := got.Response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
