package audit

import (
	"cmp"
	"slices"
	"time"
)

// A Service is what a role may use, and when it did.
type Service struct {
	Name      string // as people know it: "Amazon S3"
	Namespace string // as policies have it: "s3"
	Used      time.Time
	Region    string
}

// Stale are the services that a role may use and did not for Unused: never used first, then the longest unused. Those
// never used stand by namespace.
func Stale(services []Service, now time.Time) []Service {
	var stale []Service
	for _, s := range services {
		if s.Used.IsZero() || olderThan(s.Used, now, Unused) {
			stale = append(stale, s)
		}
	}
	slices.SortStableFunc(stale, func(a, b Service) int {
		return cmp.Or(a.Used.Compare(b.Used), cmp.Compare(a.Namespace, b.Namespace))
	})
	return stale
}
