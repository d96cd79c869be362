package cache

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRotationNote(t *testing.T) {
	ctx, s := t.Context(), storeOver(&theMemory{})
	if _, err := s.Rotation(ctx, "me"); !errors.Is(err, ErrNotFound) {
		t.Errorf("none yet: %v", err)
	}
	if err := s.RemoveRotation(ctx, "me"); err != nil {
		t.Errorf("none to remove: %v", err)
	}
	began := time.Unix(1700000000, 0).UTC()
	for _, r := range []Rotation{
		{Old: testKeys("AKIAOLD"), Seen: []string{"AKIAOLD"}, Began: began},
		{Old: testKeys("AKIAOLD"), Next: testKeys("AKIANEW"), Seen: []string{"AKIAOLD"}, Began: began, Made: began.Add(time.Second), KeepOld: true},
		{Old: testKeys("AKIAOLD"), Doomed: "AKIANEW", Began: began},
	} {
		if err := s.PutRotation(ctx, "me", r); err != nil {
			t.Fatal(err)
		}
		if r.Made.IsZero() {
			r.Made = time.Time{}.UTC()
		}
		if got, err := s.Rotation(ctx, "me"); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%#v, %v", got, err)
		}
		for _, shown := range []string{fmt.Sprint(r), fmt.Sprintf("%+v %#v %q", r, r, r)} {
			if strings.Contains(shown, "s3cr3t") {
				t.Errorf("a secret is shown: %s", shown)
			}
		}
	}
	if names, err := s.ListRotations(ctx); err != nil || len(names) != 1 || names[0] != "me" {
		t.Errorf("%v, %v", names, err)
	}
	if err := s.PutRotation(ctx, "me", Rotation{}); err == nil {
		t.Error("a note of nothing was written")
	}
}

func TestTheNoteGoesWithTheKeys(t *testing.T) {
	ctx, m := t.Context(), &theMemory{}
	s := storeOver(m)
	for _, err := range []error{
		s.PutKeys(ctx, "me", testKeys("AKIAOLD")),
		s.PutRotation(ctx, "me", Rotation{Old: testKeys("AKIAOLD")}),
		s.PutKeys(ctx, "me", testKeys("AKIANEW")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Rotation(ctx, "me"); err != nil {
		t.Errorf("other keys in their place leave it: %v", err)
	}
	if err := s.RemoveKeys(ctx, "me"); err != nil {
		t.Fatal(err)
	}
	if len(m.Items) != 0 {
		t.Errorf("%d items are left", len(m.Items))
	}
}

func TestANoteThatCannotBeRead(t *testing.T) {
	for _, data := range []string{"", "{}", "rubbish", `{"Version":1,"Old":{"Version":1,"AccessKeyId":"A"}}`, `{"Version":1,"Old":{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"},"Next":{"Version":1}}`} {
		s := storeOver(&theMemory{Items: map[string][]byte{rotationItem("me"): []byte(data)}})
		if _, err := s.Rotation(t.Context(), "me"); !errors.Is(err, Corrupt) || !strings.Contains(err.Error(), "key rotation of me") {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestSessionsAreCountedByBase(t *testing.T) {
	ring := &theMemory{}
	ctx, s := t.Context(), storeOver(ring)
	put := func(base, hash string, life time.Duration) {
		t.Helper()
		c, issued := testSession(life)
		if err := s.PutSession(ctx, SessionID{Base: base, Hash: hash}, c, issued); err != nil {
			t.Fatal(err)
		}
	}
	put("me", "a", time.Hour)
	put("me", "b", time.Hour)
	put("me", "c", -time.Hour)
	put("My/Team", "a", time.Hour)
	count, err := s.CountSessions(ctx)
	if err != nil || !reflect.DeepEqual(count, map[string]int{"me": 3, "My/Team": 1}) || ring.Gets != 0 {
		t.Errorf("%v, %v", count, err)
	}
}

// Wherever a removal is ended (a kill, a keyring that locks), another one removes the rest; nothing with a
// secret stays that nobody can remove.
func TestRemoveKeysAgain(t *testing.T) {
	no := errors.New("no")
	for n := range 100 {
		ring := &theMemory{}
		s := storeOver(ring)
		creds, issued := testSession(1 << 40)
		if err := errors.Join(s.PutKeys(t.Context(), "me", testKeys("A")), s.PutRotation(t.Context(), "me", Rotation{Old: testKeys("A"), Next: testKeys("B")}), s.PutSession(t.Context(), SessionID{Base: "me", Hash: "h"}, creds, issued)); err != nil {
			t.Fatal(err)
		}
		calls := 0
		ring.Fault = func(string, string) error {
			if calls++; calls > n {
				return no
			}
			return nil
		}
		first := s.RemoveKeys(t.Context(), "me")
		ring.Fault = nil
		left := len(ring.Items)
		if again := s.RemoveKeys(t.Context(), "me"); again != nil && (left > 0 || !errors.Is(again, ErrNotFound)) {
			t.Errorf("ended after %d calls with %d items left: %v, then %v", n, left, first, again)
		}
		if len(ring.Items) != 0 {
			t.Errorf("ended after %d calls: %d items stay", n, len(ring.Items))
		}
		if first == nil {
			return
		}
	}
	t.Error("it never comes to its end")
}
