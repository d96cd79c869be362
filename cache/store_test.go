package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/internal/memory"
	"hatstand/cache/internal/split"
	"hatstand/credproc/credentials"
)

func storeOver(k backend.Keyring) *Store {
	return NewStore(Options{}, &backend.Opened{Name: "memory", Keyring: k})
}

// theMemory is a keyring in a map.
type theMemory = memory.Keyring

func TestContractSplit(t *testing.T) {
	contract(t, storeOver(split.Keyring{Keyring: &theMemory{Limit: 200}, Limit: 200, Now: time.Now}))
}

func testKeys(id string) Keys {
	return Keys{AccessKeyID: id, SecretAccessKey: "s3cr3t-of-" + id, ARN: "arn:aws:iam::111111111111:user/alice", Added: time.Unix(1700000000, 0).UTC()}
}

func testSession(life time.Duration) (credentials.Value, time.Time) {
	issued := time.Now().UTC().Round(0)
	return credentials.Value{
		AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "s3cr3t", SessionToken: "t0k3n", AccountID: "222222222222",
		CanExpire: true, Expires: issued.Add(life),
	}, issued
}

// contract is what every backend must do; the real ones run it too.
func contract(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	const serial = "arn:aws:iam::111111111111:mfa/alice"
	odd := "Team/../prod:Ünï%2f^~#@+ x"

	if _, err := s.Keys(ctx, "prod"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("keys before any were stored: %v", err)
	}
	if err := s.RemoveKeys(ctx, "prod"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("removing keys that are not there: %v", err)
	}
	for _, profile := range []string{"prod", odd} {
		if err := s.PutKeys(ctx, profile, testKeys("AKIA1")); err != nil {
			t.Fatalf("put keys of %q: %v", profile, err)
		}
		if got, err := s.Keys(ctx, profile); err != nil || got != testKeys("AKIA1") {
			t.Fatalf("keys of %q: %+v, %v", profile, got.AccessKeyID, err)
		}
	}
	if got, err := s.ListKeys(ctx); err != nil || !slices.Equal(got, []string{odd, "prod"}) {
		t.Fatalf("list of keys: %q, %v", got, err)
	}

	creds, issued := testSession(time.Hour)
	for _, hash := range []string{"aa", "bb"} {
		for _, base := range []string{"prod", odd} {
			if err := s.PutSession(ctx, SessionID{Base: base, Hash: hash}, creds, issued); err != nil {
				t.Fatalf("put session: %v", err)
			}
		}
	}
	got, at, err := s.Session(ctx, SessionID{Base: "prod", Hash: "aa"})
	want := creds
	want.Source = "hatstand"
	if err != nil || got != want || !at.Equal(issued) {
		t.Fatalf("session: %v, issued %v (stored %v), equal %v", err, at, issued, got == want)
	}
	if n, err := s.DropSessions(ctx, "prod"); n != 2 || err != nil {
		t.Fatalf("dropped %d sessions of prod, %v", n, err)
	}
	if _, _, err := s.Session(ctx, SessionID{Base: "prod", Hash: "aa"}); !errors.Is(err, ErrNotFound) {
		t.Fatalf("dropped session: %v", err)
	}
	if _, _, err := s.Session(ctx, SessionID{Base: odd, Hash: "bb"}); err != nil {
		t.Fatalf("another base's session: %v", err)
	}

	if err := s.PutKeys(ctx, odd, testKeys("AKIA2")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Session(ctx, SessionID{Base: odd, Hash: "bb"}); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a session outlived the keys that made it: %v", err)
	}
	if got, err := s.Keys(ctx, odd); err != nil || got.AccessKeyID != "AKIA2" {
		t.Fatalf("replaced keys: %v, %v", got.AccessKeyID, err)
	}

	if err := s.PutSeed(ctx, serial, "JBSWY3DPEHPK3PXP"); err != nil {
		t.Fatal(err)
	}
	if seed, err := s.Seed(ctx, serial); err != nil || seed != "JBSWY3DPEHPK3PXP" {
		t.Fatalf("seed: %v", err)
	}
	if got, err := s.ListSeeds(ctx); err != nil || !slices.Equal(got, []string{serial}) {
		t.Fatalf("seeds: %q, %v", got, err)
	}
	if err := s.PutSession(ctx, SessionID{Base: "prod", Hash: "cc"}, creds, issued); err != nil {
		t.Fatal(err)
	}
	if n, err := s.DropAllSessions(ctx); n != 1 || err != nil {
		t.Fatalf("dropped %d, %v", n, err)
	}
	for _, profile := range []string{"prod", odd} {
		if err := s.RemoveKeys(ctx, profile); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveSeed(ctx, serial); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveSeed(ctx, serial); !errors.Is(err, ErrNotFound) {
		t.Fatalf("removing a seed twice: %v", err)
	}
	if got, err := s.list(ctx, ""); err != nil || len(got) != 0 {
		t.Fatalf("left over: %q, %v", got, err)
	}
}

func TestContractInMemory(t *testing.T) {
	contract(t, storeOver(&theMemory{}))
}

func TestNewKeysNeverMeetOldSessions(t *testing.T) {
	broken := errors.New("broken")
	creds, issued := testSession(time.Hour)
	// Each call of the sequence fails once; afterwards either the old keys stand, or no session does.
	for failing := range 12 {
		ring := &theMemory{}
		s := storeOver(ring)
		ctx := t.Context()
		if err := errors.Join(s.PutKeys(ctx, "p", testKeys("OLD")), s.PutSession(ctx, SessionID{Base: "p", Hash: "h"}, creds, issued)); err != nil {
			t.Fatal(err)
		}
		calls := 0
		ring.Fault = func(op, name string) error {
			if calls++; calls == failing+1 {
				return broken
			}
			return nil
		}
		err := s.PutKeys(ctx, "p", testKeys("NEW"))
		ring.Fault = nil
		if failing < calls && err == nil {
			t.Errorf("call %d failed and nobody was told", failing+1)
		}
		keys, _ := s.Keys(ctx, "p")
		_, _, sessionErr := s.Session(ctx, SessionID{Base: "p", Hash: "h"})
		if keys.AccessKeyID != "OLD" && !errors.Is(sessionErr, ErrNotFound) {
			t.Errorf("call %d failed: keys %s beside the old session", failing+1, keys.AccessKeyID)
		}
	}
}

func TestUnreadableItems(t *testing.T) {
	good, _ := encodeKeys(testKeys("AKIA"))
	rows := []struct{ name, value string }{
		{"empty", ""},
		{"half", string(good[:len(good)/2])},
		{"not JSON", "s3cr3t"},
		{"version 0", `{"Version":0,"AccessKeyId":"A","SecretAccessKey":"s3cr3t","SessionToken":"s3cr3t","Secret":"s3cr3t","Expires":"2999-01-01T00:00:00Z"}`},
		{"fields missing", `{"Version":1,"AccessKeyId":"A"}`},
		{"wrong types", `{"Version":1,"AccessKeyId":"A","SecretAccessKey":["s3cr3t"],"SessionToken":1,"Secret":{}}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			ring := &theMemory{Items: map[string][]byte{
				keysItem("p"): []byte(row.value), seedItem("s"): []byte(row.value), SessionID{Base: "p", Hash: "h"}.item(): []byte(row.value),
			}}
			s := storeOver(ring)
			var log strings.Builder
			s.log = slog.New(slog.NewTextHandler(&log, nil))
			_, keysErr := s.Keys(t.Context(), "p")
			_, seedErr := s.Seed(t.Context(), "s")
			for what, err := range map[string]error{"keys": keysErr, "seed": seedErr} {
				if !errors.Is(err, Corrupt) {
					t.Errorf("%s: %v", what, err)
				}
				if strings.Contains(fmt.Sprint(err), "s3cr3t") {
					t.Errorf("%s: the error quotes the value: %v", what, err)
				}
			}
			if _, _, err := s.Session(t.Context(), SessionID{Base: "p", Hash: "h"}); !errors.Is(err, ErrNotFound) {
				t.Errorf("session: %v, want a miss", err)
			}
			if !strings.Contains(log.String(), "session/p/h") || strings.Contains(log.String(), "s3cr3t") {
				t.Errorf("log: %s", log.String())
			}
			if len(ring.Items) != 3 {
				t.Errorf("something was removed: %d items left", len(ring.Items))
			}
			if err := s.RemoveKeys(t.Context(), "p"); err != nil {
				t.Errorf("unreadable keys cannot be removed: %v", err)
			}
		})
	}
}

func TestExpiredSessionIsAMiss(t *testing.T) {
	s := storeOver(&theMemory{})
	creds, issued := testSession(time.Hour)
	if err := s.PutSession(t.Context(), SessionID{Base: "p", Hash: "h"}, creds, issued); err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return creds.Expires }
	if _, _, err := s.Session(t.Context(), SessionID{Base: "p", Hash: "h"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("at the second of its expiry: %v", err)
	}
	s.now = func() time.Time { return creds.Expires.Add(-time.Second) }
	if _, _, err := s.Session(t.Context(), SessionID{Base: "p", Hash: "h"}); err != nil {
		t.Errorf("a second before: %v", err)
	}
}

func TestOneGetForASession(t *testing.T) {
	ring := &theMemory{}
	s := storeOver(ring)
	creds, issued := testSession(time.Hour)
	if err := s.PutSession(t.Context(), SessionID{Base: "p", Hash: "h"}, creds, issued); err != nil {
		t.Fatal(err)
	}
	ring.Gets = 0
	ring.Fault = func(op, _ string) error {
		if op != "get" {
			return fmt.Errorf("a %s on the warm path", op)
		}
		return nil
	}
	if _, _, err := s.Session(t.Context(), SessionID{Base: "p", Hash: "h"}); err != nil || ring.Gets != 1 {
		t.Errorf("%d gets, %v", ring.Gets, err)
	}
}

func TestIncompleteValuesAreRefused(t *testing.T) {
	s := storeOver(&theMemory{})
	ctx := t.Context()
	creds, issued := testSession(time.Hour)
	noToken, noExpiry := creds, creds
	noToken.SessionToken = ""
	noExpiry.Expires = time.Time{}
	for name, err := range map[string]error{
		"keys without a profile":   s.PutKeys(ctx, "", testKeys("A")),
		"keys without a secret":    s.PutKeys(ctx, "p", Keys{AccessKeyID: "A"}),
		"a session with no token":  s.PutSession(ctx, SessionID{Base: "p", Hash: "h"}, noToken, issued),
		"a session with no expiry": s.PutSession(ctx, SessionID{Base: "p", Hash: "h"}, noExpiry, issued),
		"a session with no hash":   s.PutSession(ctx, SessionID{Base: "p", Hash: ""}, creds, issued),
		"a seed without a secret":  s.PutSeed(ctx, "serial", ""),
	} {
		if err == nil {
			t.Errorf("%s was stored", name)
		}
	}
}

func TestFullKeyring(t *testing.T) {
	now := time.Now()
	creds, _ := testSession(time.Hour)
	data, _ := encodeSession(creds, now)
	put := func(t *testing.T, s *Store, hash string, issued, expires time.Time) {
		t.Helper()
		c := creds
		c.Expires = expires
		if err := s.PutSession(t.Context(), SessionID{Base: "p", Hash: hash}, c, issued); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("expired sessions go first, then the oldest; keys and seeds stay", func(t *testing.T) {
		ring := &theMemory{}
		s := storeOver(ring)
		if err := errors.Join(s.PutKeys(t.Context(), "p", testKeys("A")), s.PutSeed(t.Context(), "s", "SEED")); err != nil {
			t.Fatal(err)
		}
		put(t, s, "expired1", now.Add(-3*time.Hour), now.Add(-time.Hour))
		put(t, s, "expired2", now.Add(-2*time.Hour), now.Add(-time.Hour))
		put(t, s, "oldest", now.Add(-30*time.Minute), now.Add(time.Hour))
		put(t, s, "newest", now.Add(-time.Minute), now.Add(time.Hour))
		full := 0
		for _, d := range ring.Items {
			full += len(d)
		}
		ring.Quota = full + 10
		put(t, s, "a", now, now.Add(time.Hour))
		put(t, s, "b", now, now.Add(time.Hour))
		want := []string{"a", "b", "newest", "oldest"}
		if got := hashes(t, s); !slices.Equal(got, want) {
			t.Errorf("after the expired went: %q, want %q", got, want)
		}
		put(t, s, "c", now, now.Add(time.Hour))
		want = []string{"a", "b", "c", "newest"}
		if got := hashes(t, s); !slices.Equal(got, want) {
			t.Errorf("after the oldest went: %q, want %q", got, want)
		}
		if _, err := s.Keys(t.Context(), "p"); err != nil {
			t.Error(err)
		}
		if _, err := s.Seed(t.Context(), "s"); err != nil {
			t.Error(err)
		}
	})
	t.Run("keys that do not fit push sessions out", func(t *testing.T) {
		ring := &theMemory{}
		s := storeOver(ring)
		put(t, s, "a", now, now.Add(time.Hour))
		ring.Quota = len(ring.Items[SessionID{Base: "p", Hash: "a"}.item()]) + 10
		if err := s.PutKeys(t.Context(), "other", testKeys("A")); err != nil {
			t.Error(err)
		}
	})
	t.Run("what does not fit at all is an error", func(t *testing.T) {
		s := storeOver(&theMemory{Quota: len(data) / 2})
		err := s.PutSession(t.Context(), SessionID{Base: "p", Hash: "h"}, creds, now)
		var unavailable *Error
		if !errors.As(err, &unavailable) || unavailable.Op != "write" {
			t.Errorf("%v", err)
		}
	})
}

func hashes(t *testing.T, s *Store) []string {
	t.Helper()
	items, err := s.list(t.Context(), sessionsOf("p"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		items[i] = strings.TrimPrefix(items[i], sessionsOf("p"))
	}
	return items
}

func TestKeysDoNotPrintTheirSecret(t *testing.T) {
	k := testKeys("AKIA")
	json, err := k.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k, "pointer", &k)
	all := []string{k.String(), log.String(), string(json), fmt.Sprint(k, &k, []Keys{k}, map[string]Keys{"k": k})}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		all = append(all, fmt.Sprintf(verb, k), fmt.Sprintf(verb, &k), fmt.Sprintf(verb, struct{ K Keys }{k}))
	}
	for _, s := range all {
		if strings.Contains(s, "s3cr3t") || strings.Contains(s, fmt.Sprintf("%x", "s3cr3t")) {
			t.Errorf("printed its secret: %s", s)
		}
		if !strings.Contains(s, "AKIA") {
			t.Errorf("does not say which keys: %s", s)
		}
	}
}

func TestLockOfOtherBackends(t *testing.T) {
	if err := storeOver(&theMemory{}).Lock(t.Context()); !errors.Is(err, ErrNothingToLock) {
		t.Errorf("%v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ring := &theMemory{}
	if _, err := storeOver(ring).Keys(ctx, "p"); !errors.Is(err, context.Canceled) || ring.Gets != 0 {
		t.Errorf("%v after %d gets", err, ring.Gets)
	}
}

func TestRemoveSession(t *testing.T) {
	ring := &theMemory{}
	s := storeOver(ring)
	creds, issued := testSession(1 << 40)
	if err := errors.Join(s.PutSession(t.Context(), SessionID{Base: "me", Hash: "a"}, creds, issued), s.PutSession(t.Context(), SessionID{Base: "me", Hash: "b"}, creds, issued)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // that there is none is no error
		if err := s.RemoveSession(t.Context(), SessionID{Base: "me", Hash: "a"}); err != nil {
			t.Error(err)
		}
	}
	if len(ring.Items) != 1 || ring.Items[SessionID{Base: "me", Hash: "b"}.item()] == nil {
		t.Errorf("left: %d items", len(ring.Items))
	}
	no := errors.New("no")
	ring.Fault = func(op, _ string) error { return map[string]error{"remove": no}[op] }
	if err := s.RemoveSession(t.Context(), SessionID{Base: "me", Hash: "b"}); !errors.Is(err, no) {
		t.Errorf("%v", err)
	}
}

// What shows that a keyring can be read is a key or a seed, if there is one, and never a session.
func TestAProbeReadsNoSession(t *testing.T) {
	for _, row := range []struct {
		name  string
		items []string
		reads int
	}{
		{"sessions alone", []string{"session/me/1", "session/me/2"}, 0},
		{"a session before a seed", []string{"session/me/1", "mfa/x"}, 1},
		{"keys", []string{"keys/me", "session/me/1"}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			reads := 0
			m := &theMemory{Fault: func(op, name string) error {
				if op == "get" {
					reads++
					if strings.HasPrefix(name, sessionPrefix) {
						t.Errorf("%s was read", name)
					}
				}
				return nil
			}}
			s := NewStore(Options{}, &backend.Opened{Name: "memory", Keyring: m})
			if _, err := s.opens(t.Context(), row.items); err != nil || reads != row.reads {
				t.Errorf("%v, %d reads, want %d", err, reads, row.reads)
			}
		})
	}
}
