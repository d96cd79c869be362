package identitycenter

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
)

// The pace of a listing. AWS is said to allow about 20 calls a second, and other programs of the same person make some.
const (
	callEvery = time.Second / 10
	// pauseFirst and pauseLongest bound the pauses after calls that were too many, which double.
	pauseFirst, pauseLongest = time.Second / 2, 8 * time.Second
	// patience is how long all those pauses may be together.
	patience = 5 * time.Minute
)

// A pace holds many calls to a number a second. After AWS has said that there are too many, none is made for a while.
type pace struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	// paused is told of each pause. It may be nil.
	paused func(time.Duration)

	mu     sync.Mutex
	next   time.Time     // when the next call may begin
	until  time.Time     // the end of the pause
	longer time.Duration // the next pause's limit
	spent  time.Duration // all pauses
}

// turn waits until a call may begin.
func (p *pace) turn(ctx context.Context) error {
	for {
		p.mu.Lock()
		now := p.now()
		at := now
		if at.Before(p.next) {
			at = p.next
		}
		p.next = at.Add(callEvery)
		p.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return err
		}
		if at.After(now) {
			if err := p.sleep(ctx, at.Sub(now)); err != nil {
				return err
			}
		}
		p.mu.Lock()
		pauses := p.now().Before(p.until) // it has begun while this call waited
		p.mu.Unlock()
		if !pauses {
			return nil
		}
	}
}

// pause has all calls wait because AWS said that there were too many. It reports whether there is patience left.
func (p *pace) pause(asked time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Before(p.until) { // the call was on its way when the pause began
		return true
	}
	p.longer = min(max(2*p.longer, pauseFirst), pauseLongest)
	wait := max(rand.N(p.longer), callEvery, asked)
	if p.spent += wait; p.spent > patience {
		return false
	}
	p.until = now.Add(wait)
	if p.next.Before(p.until) {
		p.next = p.until
	}
	if p.paused != nil {
		p.paused(wait)
	}
	return true
}

// callTaken notes that AWS has taken a call: the next pause is a short one again.
func (p *pace) callTaken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.longer = 0
}

// paced makes a call, again and again while AWS says that there are too many. With no pace it makes it once.
func paced[T any](ctx context.Context, p *pace, call func() ([]T, *string, error)) ([]T, *string, error) {
	for {
		page, after, err := call()
		var e *grant.Error
		switch {
		case p == nil:
		case err == nil:
			p.callTaken()
		case errors.As(err, &e) && e.Kind == grant.Throttled && ctx.Err() == nil && p.pause(e.RetryAfter):
			continue
		}
		return page, after, err
	}
}

// client is the HTTP client, at this pace: each try of a call counts.
func (p *pace) client(c awsclient.HTTPClient) awsclient.HTTPClient { return pacedClient{p, c} }

type pacedClient struct {
	pace *pace
	http awsclient.HTTPClient
}

func (c pacedClient) Do(r *http.Request) (*http.Response, error) {
	if err := c.pace.turn(r.Context()); err != nil {
		return nil, err
	}
	return c.http.Do(r)
}

// unthrottled does not retry throttled calls: the pace does, for all calls together. Retries would each wait
// separately.
type unthrottled struct{ aws.Retryer }

func (u unthrottled) IsErrorRetryable(err error) bool {
	var r *awsclient.JSONRefusal
	if errors.As(err, &r) && kindOf(call{name: listAccounts}, r) == grant.Throttled {
		return false
	}
	return u.Retryer.IsErrorRetryable(err)
}
