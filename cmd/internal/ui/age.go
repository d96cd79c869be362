package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Age is a time span in the one unit that tells most: days, hours or minutes.
func Age(d time.Duration) string {
	unit := func(n int64, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch d = max(d, 0); {
	case d >= 24*time.Hour:
		return unit(int64(d/(24*time.Hour)), "day")
	case d >= time.Hour:
		return unit(int64(d/time.Hour), "hour")
	}
	return unit(int64(d/time.Minute), "minute")
}

// ParseAge reads the value of a flag: days (90d), weeks (12w) or a duration (36h).
func ParseAge(flag, s string) (time.Duration, error) {
	if d, ok := ageIn(s, "d", 24*time.Hour); ok {
		return d, nil
	}
	if d, ok := ageIn(s, "w", 7*24*time.Hour); ok {
		return d, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, &UsageError{
		Reason: flag + ": " + Quoted(s) + " is no age",
		Next:   "give days, weeks or hours: 90d, 12w, 36h",
	}
}

func ageIn(s, suffix string, unit time.Duration) (time.Duration, bool) {
	digits, ok := strings.CutSuffix(s, suffix)
	n, err := strconv.ParseUint(digits, 10, 16)
	return time.Duration(n) * unit, ok && err == nil
}
