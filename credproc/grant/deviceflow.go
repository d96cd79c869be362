package grant

import (
	"context"
	"time"
)

const (
	// DefaultInterval is the time between two polls where the service names none (RFC 8628, section 3.2).
	DefaultInterval = 5 * time.Second
	// slower is what SlowDown adds to the time between two polls, for good (RFC 8628, section 3.5).
	slower = 5 * time.Second
)

// waitForDevice asks for the token of a device authorization again and again, until somebody has signed in or declined,
// the authorization runs out, or ctx ends, whose cause it returns then. It waits before it asks, for a.Interval, which
// grows if the service asks to be polled less often. A call without an answer does not end it: the person may be
// signing in. name is the grant's, for errors; sleep waits by the clock that now reads.
func waitForDevice(ctx context.Context, s DeviceFlow, name string, a *Authorization, now func() time.Time,
	sleep func(context.Context, time.Duration) error) (Token, error) {
	if a.Interval <= 0 {
		a.Interval = DefaultInterval
	}
	for {
		left := a.Expires.Sub(now())
		if left <= 0 {
			return Token{}, &Error{Kind: DeviceExpired, Grant: name,
				Reason: "nobody finished the sign-in to " + name + " in time"}
		}
		err := sleep(ctx, min(a.Interval, left))
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		if err != nil {
			return Token{}, err
		}
		t, err := spending(ctx, func(ctx context.Context) (Token, error) { return s.DeviceToken(ctx, *a) })
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
