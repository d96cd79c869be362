package ui

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 minutes": -time.Hour, "1 minute": 119 * time.Second, "59 minutes": time.Hour - 1, "1 hour": time.Hour,
		"23 hours": 24*time.Hour - 1, "1 day": 24 * time.Hour, "400 days": 400 * 24 * time.Hour,
	} {
		if got := Age(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
