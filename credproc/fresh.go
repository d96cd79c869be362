package credproc

import "time"

// Renewal starts when this much is left: botocore and .NET start the helper again for every request
// that they sign in the last 15 minutes.
const renewBefore = 16 * time.Minute

// lastMinute is what credentials must have left to be handed out when they could not be renewed.
const lastMinute = time.Minute

// Fresh reports whether credentials need no renewal yet: more is left than 16 minutes, or than a
// quarter of their lifetime where that is shorter, so that a 15-minute role is not renewed at every
// call. Credentials that seem to come from the future (the clock was set back) are not fresh.
func Fresh(now, issued, expires time.Time) bool {
	return !fromFuture(now, issued) && now.Before(RenewAt(issued, expires))
}

// RenewAt is when credentials stop being fresh.
func RenewAt(issued, expires time.Time) time.Time {
	return expires.Add(-min(renewBefore, expires.Sub(issued)/4))
}

// Young reports whether credentials are fresh and have at least half of their lifetime left: for what
// lasts as long as they do, such as a console.
func Young(now, issued, expires time.Time) bool {
	return Fresh(now, issued, expires) && expires.Sub(now) >= expires.Sub(issued)/2
}

// Usable reports whether credentials that are due for renewal may still be handed out. Those that seem
// to come from the future may not: by such a clock nobody can tell what has expired.
func Usable(now, issued, expires time.Time) bool {
	return !fromFuture(now, issued) && expires.Sub(now) > lastMinute
}

func fromFuture(now, issued time.Time) bool { return now.Before(issued.Add(-5 * time.Minute)) }
