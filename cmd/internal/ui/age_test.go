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

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * 24 * time.Hour, "12w": 12 * 7 * 24 * time.Hour, "36h": 36 * time.Hour, "0d": 0, "0s": 0, "1h30m": 90 * time.Minute,
	} {
		if got, err := ParseAge("--all-older-than", text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"90", "-1d", "-1h", "d", "1.5d", "99999999999d", "90 d", "\x1b[2J", "NaNd"} {
		if _, err := ParseAge("--all-older-than", text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
