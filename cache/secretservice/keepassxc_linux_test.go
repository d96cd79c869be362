package secretservice

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bustest"
)

// KeePassXC stores every item after a prompt, which is no question to a person.
func TestStoredAfterPrompt(t *testing.T) {
	b := bustest.Start(t)
	s := b.Secrets(t, "login")
	s.Set(func(s *bustest.Secrets) { s.PromptToStore, s.Answer = true, "unlock" })
	for _, unasked := range []bool{true, false} {
		c := New(b.Address, Options{Prefix: prefix, NoPrompts: unasked})
		name := fmt.Sprint("keys/", unasked)
		bustest.Set(t, c, name, "x")
		bustest.Get(t, c, name, "x")
	}
	s.Set(func(s *bustest.Secrets) { s.Answer = "" })
	err := New(b.Address, Options{Prefix: prefix, NoPrompts: true, Timeout: 50 * time.Millisecond}).Set(t.Context(), bustest.Item("keys/p", "x"))
	wantKind(t, err, "timed out")
	if s.Dismissed() != 1 {
		t.Error("a dialog stays where nobody may be asked")
	}
}

// https://github.com/keepassxreboot/keepassxc/issues/8784: KeePassXC asks for each use of an item that another process
// has stored, unless it is told not to.
func TestEachUseIsConfirmed(t *testing.T) {
	b := bustest.Start(t)
	s := b.Secrets(t, "login")
	s.Set(func(s *bustest.Secrets) { s.PromptToStore, s.ConfirmUse, s.Answer = true, true, "unlock" })
	unasked := New(b.Address, Options{Prefix: prefix, NoPrompts: true})
	// The limit of a call, and not of a person.
	const limit = 500 * time.Millisecond
	asking := New(b.Address, Options{Prefix: prefix, Timeout: limit})
	bustest.Set(t, unasked, "keys/p", "new")
	if n := s.Windows(); n != 0 {
		t.Fatalf("a new item: %d windows", n)
	}
	t.Run("where nobody may be asked no window is shown", func(t *testing.T) {
		_, read := unasked.Get(t.Context(), "keys/p")
		for op, err := range map[string]error{"read": read, "replace": unasked.Set(t.Context(), bustest.Item("keys/p", "x"))} {
			var e *backend.Error
			if !errors.As(err, &e) || e.Kind != backend.Locked || e.Need != backend.NeedConfirmation || !strings.HasSuffix(e.Error(), `: the collection "login" wants a confirmation`) {
				t.Errorf("%s: %v", op, err)
			}
		}
		if n := s.Windows(); n != 0 {
			t.Errorf("%d windows", n)
		}
		if s.Dismissed() != 1 {
			t.Errorf("%d prompts are dismissed, want that of the replacement", s.Dismissed())
		}
	})
	t.Run("allowed", func(t *testing.T) {
		bustest.Get(t, asking, "keys/p", "new")
		bustest.Set(t, asking, "keys/p", "replaced")
		bustest.Get(t, asking, "keys/p", "replaced")
		if n := s.Windows(); n != 3 {
			t.Errorf("%d windows", n)
		}
	})
	t.Run("a person may take longer than a call", func(t *testing.T) {
		s.Set(func(s *bustest.Secrets) { s.Answer = "" })
		before := s.Windows()
		go func() {
			for s.Windows() == before {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(2 * limit)
			s.Confirm()
		}()
		bustest.Set(t, asking, "keys/p", "at last")
		s.Set(func(s *bustest.Secrets) { s.Answer = "unlock" })
		bustest.Get(t, asking, "keys/p", "at last")
	})
	t.Run("refused", func(t *testing.T) {
		s.Set(func(s *bustest.Secrets) { s.Answer = "dismiss" })
		_, read := asking.Get(t.Context(), "keys/p")
		for op, err := range map[string]error{"read": read, "replace": asking.Set(t.Context(), bustest.Item("keys/p", "x"))} {
			if kindOf(err) != "locked" || !strings.HasSuffix(err.Error(), `: the collection "login" wants a confirmation, which it did not get`) {
				t.Errorf("%s: %v", op, err)
			}
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		s.Set(func(s *bustest.Secrets) { s.Answer = "" })
		c := New(b.Address, Options{Prefix: prefix, DialogTimeout: 50 * time.Millisecond})
		err := c.Set(t.Context(), bustest.Item("keys/p", "x"))
		if kindOf(err) != "timed out" || !strings.HasSuffix(err.Error(), `: nobody answered the dialog that confirms this for the collection "login" within 50ms`) {
			t.Error(err)
		}
		s.Set(func(s *bustest.Secrets) { s.Answer = "unlock" })
		bustest.Get(t, asking, "keys/p", "at last")
	})
}
