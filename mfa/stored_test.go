package mfa

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A world is a clock that moves only when somebody waits.
type world struct {
	now   time.Time
	waits []time.Duration
}

func (w *world) clock() time.Time { return w.now }

func (w *world) wait(_ context.Context, _ string, until time.Time) error {
	w.waits = append(w.waits, until.Sub(w.now))
	w.now = until
	return nil
}

func TestStored(t *testing.T) {
	seed := mustSeed(t, rfcSeed)
	code := func(at time.Time) string { c, _ := seed.At(at); return c }
	ctx := context.Background()
	first := Request{Serial: alice, Profile: "prod", Attempt: 1}
	setup := func(t *testing.T) (*world, Ledger, Source) {
		w := &world{now: noon.Add(10 * time.Second)}
		l := Ledger{Dir: t.TempDir()}
		return w, l, Stored(seed, l, w.clock, w.wait)
	}
	t.Run("gives this step's code", func(t *testing.T) {
		w, _, src := setup(t)
		if got, err := src.Code(ctx, first); got != code(noon) || err != nil || len(w.waits) != 0 {
			t.Fatalf("%s, %v, waits %v", got, err, w.waits)
		}
	})
	t.Run("waits for the next step when this one's code was spent", func(t *testing.T) {
		w, l, src := setup(t)
		if err := l.Spend(alice, code(noon), w.now); err != nil {
			t.Fatal(err)
		}
		got, err := src.Code(ctx, first)
		if got != code(noon.Add(stepLength)) || err != nil || len(w.waits) != 1 || w.waits[0] != 20*time.Second {
			t.Fatalf("%s, %v, waits %v", got, err, w.waits)
		}
		if err := l.Check(alice, got, w.now); err != nil {
			t.Error(err)
		}
	})
	t.Run("waits when another code was typed in this step", func(t *testing.T) {
		w, l, src := setup(t)
		if err := l.Spend(alice, "000000", w.now); err != nil {
			t.Fatal(err)
		}
		if got, err := src.Code(ctx, first); got != code(noon.Add(stepLength)) || err != nil {
			t.Fatal(got, err)
		}
	})
	t.Run("knows its code when a slow clock filed it under the step before", func(t *testing.T) {
		w, l, src := setup(t)
		if err := l.Spend(alice, code(noon), noon.Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if got, err := src.Code(ctx, first); got != code(noon.Add(stepLength)) || err != nil || len(w.waits) != 1 {
			t.Fatal(got, err)
		}
	})
	t.Run("does not wait past the deadline, and says how long it would be", func(t *testing.T) {
		w, l, src := setup(t)
		if err := l.Spend(alice, code(noon), w.now); err != nil {
			t.Fatal(err)
		}
		r := first
		r.Deadline = w.now.Add(19 * time.Second)
		_, err := src.Code(ctx, r)
		var spent *Error
		if !ofKind(err, Spent, &spent) || spent.Wait != 20*time.Second || len(w.waits) != 0 {
			t.Fatalf("%v, waits %v", err, w.waits)
		}
		if !strings.Contains(err.Error(), "in 20 s") || spent.Wait != 20*time.Second {
			t.Errorf("%v, %v", err, spent.Wait)
		}
		r.Deadline = w.now.Add(20 * time.Second)
		r.Deadline = time.Now().Add(time.Hour).Add(r.Deadline.Sub(w.now)) // the fake wait runs in a real context
		if _, err := src.Code(ctx, r); err != nil {
			t.Errorf("a deadline that is far enough: %v", err)
		}
	})
	t.Run("after a refusal the next step's code, then no more", func(t *testing.T) {
		w, _, src := setup(t) // nothing is written to the ledger: its folder may be read-only
		a, err := src.Code(ctx, first)
		if err != nil {
			t.Fatal(err)
		}
		b, err := src.Code(ctx, Request{Serial: alice, Attempt: 2, Refused: "invalid"})
		if err != nil || a == b || b != code(noon.Add(stepLength)) || len(w.waits) != 1 {
			t.Fatalf("%s then %s, %v, waits %v", a, b, err, w.waits)
		}
		_, err = src.Code(ctx, Request{Serial: alice, Attempt: 3, Refused: "invalid MFA code"})
		var refused *Error
		if !ofKind(err, SeedRefused, &refused) || !strings.Contains(err.Error(), "the stored seed") || !strings.Contains(err.Error(), "invalid MFA code") {
			t.Fatal(err)
		}
	})
	t.Run("a clock set back by an hour does not make it wait an hour", func(t *testing.T) {
		w, l, src := setup(t)
		got, err := src.Code(ctx, first)
		if err != nil || l.Spend(alice, got, w.now) != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(-time.Hour)
		if got, err := src.Code(ctx, first); got != code(w.now) || err != nil || len(w.waits) != 0 {
			t.Fatalf("%s, %v, waits %v", got, err, w.waits)
		}
	})
	t.Run("a cancelled wait is ErrCancelled", func(t *testing.T) {
		w, l, _ := setup(t)
		if err := l.Spend(alice, code(noon), w.now); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := Stored(seed, l, w.clock, nil).Code(ctx, first); !errors.Is(err, ErrCancelled) {
			t.Fatal(err)
		}
	})
	t.Run("the context's own deadline ends the wait", func(t *testing.T) {
		w, l, _ := setup(t)
		if err := l.Spend(alice, code(noon), w.now); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
		defer cancel()
		_, err := Stored(seed, l, w.clock, nil).Code(ctx, first)
		var late *Error
		if !ofKind(err, Late, &late) {
			t.Fatal(err)
		}
	})
	t.Run("its own timer ends at the step", func(t *testing.T) {
		w, l, _ := setup(t)
		w.now = noon.Add(stepLength - 1)
		if err := l.Spend(alice, code(noon), w.now); err != nil {
			t.Fatal(err)
		}
		if got, err := Stored(seed, l, w.clock, nil).Code(ctx, first); got != code(noon.Add(stepLength)) || err != nil {
			t.Fatal(got, err)
		}
	})
	t.Run("a zero seed gives no code", func(t *testing.T) {
		w, l, _ := setup(t)
		got, err := Stored(Seed{}, l, w.clock, w.wait).Code(ctx, first)
		var bad *Error
		if got != "" || !ofKind(err, NotASeed, &bad) {
			t.Fatal(got, err)
		}
	})
	t.Run("an unwritable ledger does not stop it", func(t *testing.T) {
		w := &world{now: noon}
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Stored(seed, Ledger{Dir: file}, w.clock, w.wait).Code(ctx, first); got != code(noon) || err != nil {
			t.Fatal(got, err)
		}
	})
}

type seeds map[string]string

func (s seeds) Seed(_ context.Context, serial string) (string, error) {
	if serial == "locked" {
		return "", errors.New("the keyring is locked")
	}
	return s[serial], nil
}

func TestFromSeeds(t *testing.T) {
	w := &world{now: noon}
	src := FromSeeds(seeds{alice: rfcSeed, "broken": "x"}, Ledger{Dir: t.TempDir()}, w.clock, w.wait)
	ctx := context.Background()
	want, _ := mustSeed(t, rfcSeed).At(noon)
	if got, err := src.Code(ctx, Request{Serial: alice, Attempt: 1}); got != want || err != nil {
		t.Errorf("a stored seed: %s, %v", got, err)
	}
	next, _ := mustSeed(t, rfcSeed).At(noon.Add(stepLength))
	if got, err := src.Code(ctx, Request{Serial: alice, Attempt: 2}); got != next || err != nil {
		t.Errorf("it does not remember its own code: %s, %v", got, err)
	}
	if _, err := src.Code(ctx, Request{Serial: "other"}); !errors.Is(err, ErrUnusable) {
		t.Errorf("no seed: %v", err)
	}
	if _, err := src.Code(ctx, Request{Serial: "locked"}); err == nil || errors.Is(err, ErrUnusable) {
		t.Errorf("a locked keyring is not a missing seed: %v", err)
	}
	var bad *Error
	if _, err := src.Code(ctx, Request{Serial: "broken"}); !ofKind(err, NotASeed, &bad) {
		t.Errorf("a corrupt seed: %v", err)
	}
}

func TestUnspent(t *testing.T) {
	ctx := context.Background()
	r := Request{Serial: alice, Attempt: 1}
	setup := func(t *testing.T, codes ...string) (*world, Ledger, Source, *int) {
		w := &world{now: noon.Add(10 * time.Second)}
		l := Ledger{Dir: t.TempDir()}
		if err := l.Spend(alice, "111111", w.now); err != nil {
			t.Fatal(err)
		}
		asked := 0
		src := SourceFunc(func(context.Context, Request) (string, error) {
			asked++
			return codes[asked-1], nil
		})
		return w, l, Unspent(src, l, w.clock, w.wait), &asked
	}
	t.Run("an unspent code goes through", func(t *testing.T) {
		w, _, src, asked := setup(t, "222222")
		if got, err := src.Code(ctx, r); got != "222222" || err != nil || *asked != 1 || len(w.waits) != 0 {
			t.Fatal(got, err, *asked, w.waits)
		}
	})
	t.Run("a spent one is waited out", func(t *testing.T) {
		w, _, src, asked := setup(t, "111111", "222222")
		if got, err := src.Code(ctx, r); got != "222222" || err != nil || *asked != 2 || len(w.waits) != 1 || w.waits[0] != 20*time.Second {
			t.Fatal(got, err, *asked, w.waits)
		}
	})
	t.Run("a program that never changes its mind is an error", func(t *testing.T) {
		_, _, src, asked := setup(t, "111111", "111111")
		var spent *Error
		if got, err := src.Code(ctx, r); got != "" || !ofKind(err, Spent, &spent) || *asked != 2 {
			t.Fatal(got, err, *asked)
		}
	})
	t.Run("not past the deadline", func(t *testing.T) {
		w, _, src, asked := setup(t, "111111", "222222")
		r := r
		r.Deadline = w.now.Add(19 * time.Second)
		var spent *Error
		if _, err := src.Code(ctx, r); !ofKind(err, Spent, &spent) || *asked != 1 || len(w.waits) != 0 {
			t.Fatal(err, *asked, w.waits)
		}
	})
	t.Run("errors pass", func(t *testing.T) {
		w, l, _, _ := setup(t)
		if _, err := Unspent(gives("", ErrNoTerminal), l, w.clock, w.wait).Code(ctx, r); !errors.Is(err, ErrUnusable) {
			t.Fatal(err)
		}
	})
}
