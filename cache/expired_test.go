package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hatstand/cache/backend"
)

func TestExpiredSessionsGoAndNothingElse(t *testing.T) {
	s := storeOver(&theMemory{})
	short, issued := testSession(time.Hour)
	long, _ := testSession(12 * time.Hour)
	if err := errors.Join(
		s.PutKeys(t.Context(), "p", testKeys("AKIA")), s.PutSeed(t.Context(), "serial", "SEED"),
		s.PutSession(t.Context(), SessionID{Base: "p", Hash: "short"}, short, issued), s.PutSession(t.Context(), SessionID{Base: "p", Hash: "long"}, long, issued),
	); err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return short.Expires }
	ring := s.b.Keyring.(*theMemory)
	ring.Fault = func(op, _ string) error {
		if op == "get" {
			return errors.New("locked")
		}
		return nil
	}
	if n, err := s.DropExpired(t.Context()); n != 0 {
		t.Errorf("dropped %d that could not be read, %v", n, err)
	}
	ring.Fault = nil
	if n, err := s.DropExpired(t.Context()); n != 1 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
	if got := hashes(t, s); len(got) != 1 || got[0] != "long" {
		t.Errorf("left: %v", got)
	}
	if _, err := s.Keys(t.Context(), "p"); err != nil {
		t.Errorf("the keys: %v", err)
	}
	if _, err := s.Seed(t.Context(), "serial"); err != nil {
		t.Errorf("the seed: %v", err)
	}
}

// laterStore is a store of the keyring as another process opens it, after a time.
func laterStore(ring *theMemory, stateDir string, start time.Time, after time.Duration) *Store {
	ring.Gets = 0
	return NewStore(
		Options{StateDir: stateDir, Now: func() time.Time { return start.Add(after) }},
		&backend.Opened{Name: "memory", Keyring: ring},
	)
}

func TestExpiredSessionsAreLookedForOnceADay(t *testing.T) {
	ring, stateDir := &theMemory{}, filepath.Join(t.TempDir(), "state")
	creds, start := testSession(time.Hour)
	put := func(s *Store, hash string) {
		t.Helper()
		if err := s.PutSession(t.Context(), SessionID{Base: "p", Hash: hash}, creds, start); err != nil {
			t.Fatal(err)
		}
	}
	before := laterStore(ring, "", start, 0)
	for i := range 5 {
		put(before, fmt.Sprint("old", i))
	}
	creds.Expires = start.Add(48 * time.Hour)
	for i := range 300 {
		put(before, fmt.Sprint("read", i))
	}
	for _, step := range []struct {
		name           string
		after          time.Duration
		dropped, reads int
	}{
		{"the first looks at those that it does not know", 2 * time.Hour, 5, 5},
		{"on the same day none is read", 25 * time.Hour, 0, 0},
		{"a day later it looks again", 26 * time.Hour, 1, 1},
	} {
		s := laterStore(ring, stateDir, start, step.after)
		for i := range 150 { // read and written, as login does
			if _, _, err := s.Session(t.Context(), SessionID{Base: "p", Hash: fmt.Sprint("read", i)}); err != nil {
				t.Fatal(err)
			}
			put(s, fmt.Sprint("read", 150+i))
		}
		ring.Gets = 0
		n, err := s.DropExpired(t.Context())
		if n != step.dropped || err != nil || ring.Gets != step.reads {
			t.Errorf("%s: dropped %d with %d reads, %v", step.name, n, ring.Gets, err)
		}
		if step.after == 2*time.Hour {
			creds.Expires = start.Add(3 * time.Hour)
			put(before, "old")
			creds.Expires = start.Add(48 * time.Hour)
		}
	}
}

func TestWhenExpiredSessionsWereRemoved(t *testing.T) {
	creds, start := testSession(time.Hour)
	for _, row := range []struct {
		name  string
		note  string
		looks bool
	}{
		{"no note", "", true},
		{"just now", start.Format(time.RFC3339), false},
		{"nearly a day ago", start.Add(-betweenRemovals + 2*time.Second).Format(time.RFC3339), false},
		{"a day ago", start.Add(-betweenRemovals).Format(time.RFC3339), true},
		{"in the future", start.Add(time.Hour).Format(time.RFC3339), true},
		{"no time", "yesterday\n", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if row.note != "" {
				write(t, filepath.Join(dir, expiredFile), row.note)
			}
			ring := &theMemory{}
			if err := laterStore(ring, "", start, 0).PutSession(t.Context(), SessionID{Base: "p", Hash: "h"}, creds, start); err != nil {
				t.Fatal(err)
			}
			if _, err := laterStore(ring, dir, start, 0).DropExpired(t.Context()); err != nil || (ring.Gets > 0) != row.looks {
				t.Errorf("%d reads, %v", ring.Gets, err)
			}
		})
	}
}

func TestExpiredSessionsThatCouldNotBeRemovedAreLookedForAgain(t *testing.T) {
	ring, dir := &theMemory{}, t.TempDir()
	creds, start := testSession(time.Hour)
	if err := laterStore(ring, "", start, 0).PutSession(t.Context(), SessionID{Base: "p", Hash: "h"}, creds, start); err != nil {
		t.Fatal(err)
	}
	for _, failing := range []string{"keys", "get", "remove"} {
		no := errors.New("no")
		ring.Fault = func(op, _ string) error { return map[string]error{failing: no}[op] }
		if _, err := laterStore(ring, dir, start, 2*time.Hour).DropExpired(t.Context()); !errors.Is(err, no) {
			t.Errorf("%s: %v", failing, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, expiredFile)); err == nil {
			t.Errorf("%s: it is noted as done", failing)
		}
	}
	ring.Fault = nil
	if n, err := laterStore(ring, dir, start, 2*time.Hour).DropExpired(t.Context()); n != 1 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
}
