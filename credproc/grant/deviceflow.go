package grant

import (
	"context"
	"time"
)

// slower is what SlowDown adds to the time between two polls, for good (RFC 8628, section 3.5).
const slower = 5 * time.Second

// WaitForDevice asks for the token of a device authorization again and again, until somebody has signed in or declined,
// the authorization runs out, or ctx ends, whose cause it returns then. It waits before it asks, for a.Interval, which
// grows where AWS wants to be asked less often. A call without an answer does not end it: the person may be signing in.
func (c *Client) WaitForDevice(ctx context.Context, a *Authorization,
	sleep func(context.Context, time.Duration) error) (Token, error) {
	if a.Interval <= 0 {
		a.Interval = defaultInterval
	}
	for {
		left := a.Expires.Sub(c.calls.Now())
		if left <= 0 {
			return Token{}, c.unanswered()
		}
		err := sleep(ctx, min(a.Interval, left))
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		if err != nil {
			return Token{}, err
		}
		t, err := c.DeviceToken(ctx, *a)
		switch {
		case err == nil:
			return t, nil
		case ctx.Err() != nil:
			return Token{}, context.Cause(ctx)
		case KindOf(err) == SlowDown:
			a.Interval += slower
		case KindOf(err) != Pending && !Passing(err):
			return Token{}, err
		}
	}
}

// unanswered is the error of an authorization that has run out by this machine's clock.
func (c *Client) unanswered() error {
	e := &Error{Kind: DeviceExpired, Grant: c.grant.Name(), Call: createToken}
	e.Reason = c.words(e, call{name: createToken})
	return e
}
