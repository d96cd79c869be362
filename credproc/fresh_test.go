package credproc_test

import (
	"testing"
	"time"

	"hatstand/credproc"
)

func TestFresh(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		name          string
		age, lifetime time.Duration
		fresh, usable bool
	}{
		{"just issued, for an hour", 0, time.Hour, true, true},
		{"an hour's with more than its quarter left", 44*time.Minute + 59*time.Second, time.Hour, true, true},
		{"an hour's with its quarter left", 45 * time.Minute, time.Hour, false, true},
		{"12 hours' with over 16 minutes left", 12*time.Hour - 16*time.Minute - time.Second, 12 * time.Hour, true, true},
		{"12 hours' with 16 minutes left", 12*time.Hour - 16*time.Minute, 12 * time.Hour, false, true},
		{"15 minutes' just issued", 0, 15 * time.Minute, true, true},
		{"15 minutes' with 4 left", 11 * time.Minute, 15 * time.Minute, true, true},
		{"15 minutes' with a quarter left", 11*time.Minute + 15*time.Second, 15 * time.Minute, false, true},
		{"61 seconds left", time.Hour - 61*time.Second, time.Hour, false, true},
		{"60 seconds left", time.Hour - time.Minute, time.Hour, false, false},
		{"ended now", time.Hour, time.Hour, false, false},
		{"ended long ago", 48 * time.Hour, time.Hour, false, false},
		{"issued 5 minutes from now", -5 * time.Minute, time.Hour, true, true},
		{"issued 5 minutes and a second from now", -5*time.Minute - time.Second, time.Hour, false, false},
		{"issued a day from now", -24 * time.Hour, time.Hour, false, false},
	} {
		issued := now.Add(-row.age)
		expires := issued.Add(row.lifetime)
		if got := credproc.Fresh(now, issued, expires); got != row.fresh {
			t.Errorf("%s: fresh is %t", row.name, got)
		}
		if got := credproc.Usable(now, issued, expires); got != row.usable {
			t.Errorf("%s: usable is %t", row.name, got)
		}
	}
}

func TestYoung(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		name          string
		age, lifetime time.Duration
		want          bool
	}{
		{"just issued", 0, time.Hour, true},
		{"half spent", 30 * time.Minute, time.Hour, true},
		{"more than half spent", 30*time.Minute + time.Second, time.Hour, false},
		{"more than half spent, for all that is left of 12 hours", 7 * time.Hour, 12 * time.Hour, false},
		{"15 minutes' half spent", 7 * time.Minute, 15 * time.Minute, true},
		{"issued a day from now", -24 * time.Hour, time.Hour, false},
		{"ended", 2 * time.Hour, time.Hour, false},
	} {
		issued := now.Add(-row.age)
		if got := credproc.HalfLeft(now, issued, issued.Add(row.lifetime)); got != row.want {
			t.Errorf("%s: %t", row.name, got)
		}
	}
}
