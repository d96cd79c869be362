package credproc

import "time"

// renewBefore is what is left when renewal starts: in the last 15 minutes botocore and .NET start the helper again for
// every request that they sign.
const renewBefore = 16 * time.Minute

// lastMinute is what must be left of credentials that are returned because they could not be renewed.
const lastMinute = time.Minute

// Fresh reports whether credentials need no renewal yet: more than 16 minutes are left, or more than a quarter of their
// lifetime if that is shorter, so that a role of 15 minutes is not renewed at every call. Credentials that were issued
// in the future (the clock was set back) are not fresh.
func Fresh(now, issued, expires time.Time) bool {
	return !fromFuture(now, issued) && now.Before(RenewAt(issued, expires))
}

// RenewAt is when credentials stop being fresh.
func RenewAt(issued, expires time.Time) time.Time {
	return expires.Add(-min(renewBefore, expires.Sub(issued)/4))
}

// HalfLeft reports whether credentials are fresh and at least half of their lifetime is left: for a console, which ends
// when they do.
func HalfLeft(now, issued, expires time.Time) bool {
	return Fresh(now, issued, expires) && expires.Sub(now) >= expires.Sub(issued)/2
}

// Usable reports whether credentials that are due for renewal may still be returned. Those that were issued in the
// future may not: by such a clock nobody can tell what has expired.
func Usable(now, issued, expires time.Time) bool {
	return !fromFuture(now, issued) && expires.Sub(now) > lastMinute
}

func fromFuture(now, issued time.Time) bool { return now.Before(issued.Add(-5 * time.Minute)) }
