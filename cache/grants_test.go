package cache

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/cache/internal/split"
)

// What a sign-in leaves is about 4 KB with tokens as long as AWS's: more than Windows takes in one item, and a fifth of
// what Linux's kernel keeps for a user.
func TestASignInInASmallKeyring(t *testing.T) {
	token := bytes.Repeat([]byte("t"), 3600)
	signIn := func(s *Store, n int) error {
		return s.PutGrantItem(t.Context(), GrantToken, fmt.Sprintf("sso:corp%d", n), token)
	}
	t.Run("it is split where items are short", func(t *testing.T) {
		ring := &theMemory{Limit: 2560}
		s := storeOver(split.Keyring{Keyring: ring, Limit: 2560, Now: time.Now})
		if err := signIn(s, 1); err != nil {
			t.Fatal(err)
		}
		if got, err := s.GrantItem(t.Context(), GrantToken, "sso:corp1"); err != nil || !bytes.Equal(got, token) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if got, err := s.ListGrants(t.Context()); err != nil || len(got) != 1 || got[0] != "sso:corp1" {
			t.Errorf("%q, %v", got, err)
		}
		if err := s.RemoveGrantItem(t.Context(), GrantToken, "sso:corp1"); err != nil || len(ring.Items) != 0 {
			t.Errorf("%d items are left, %v", len(ring.Items), err)
		}
	})
	t.Run("credentials make room for it, and sign-ins stay", func(t *testing.T) {
		s := storeOver(&theMemory{Quota: 20000})
		if err := s.PutKeys(t.Context(), "me", testKeys("A")); err != nil {
			t.Fatal(err)
		}
		c, issued := testSession(time.Hour)
		c.SessionToken = strings.Repeat("s", 1200)
		for n := range 11 {
			if err := s.PutSession(t.Context(), SessionID{Grant: "sso:corp1", Hash: fmt.Sprint(n)}, c, issued); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 5 {
			if err := signIn(s, n); err != nil {
				t.Fatalf("sign-in %d: %v", n+1, err)
			}
		}
		if got, err := s.ListGrants(t.Context()); err != nil || len(got) != 5 {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := s.Keys(t.Context(), "me"); err != nil {
			t.Error(err)
		}
		// One more than there is room for: an error that names it, and those before stay.
		err := signIn(s, 5)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Op != "write" || !strings.Contains(err.Error(), "sign-in to corp5") {
			t.Errorf("%v", err)
		}
		if got, err := s.ListGrants(t.Context()); err != nil || len(got) != 5 {
			t.Errorf("after one that does not fit: %q, %v", got, err)
		}
	})
}
