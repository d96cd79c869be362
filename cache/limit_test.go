package cache

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/cache/backend"
)

// hang is a fault that never returns while the test runs.
func hang(t *testing.T) func(string, string) error {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	return func(string, string) error { <-stop; return nil }
}

func TestCallThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storeOver(&theMemory{Fault: hang(t)})
		start := time.Now()
		_, err := s.Keys(t.Context(), "prod")
		var unavailable *Error
		if !errors.As(err, &unavailable) || unavailable.Kind != TimedOut || unavailable.Item != "keys of prod" {
			t.Errorf("%v", err)
		}
		if took := time.Since(start); took != backend.DefaultTimeout {
			t.Errorf("took %s", took)
		}
	})
}

func TestContextEndsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storeOver(&theMemory{Fault: hang(t)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Keys(ctx, "prod")
		var unavailable *Error
		if !errors.As(err, &unavailable) || unavailable.Kind != TimedOut || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: %v", err)
		}
		s = storeOver(&theMemory{Fault: hang(t)})
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.Keys(ctx, "prod"); !errors.Is(err, context.Canceled) {
			t.Errorf("cancel: %v", err)
		}
	})
}

func TestDialogsHaveLonger(t *testing.T) {
	rows := []struct {
		name   string
		opened backend.Opened
		answer time.Duration // when the call returns; 0: never
		shown  time.Duration // when a dialog comes up
		locked time.Duration // when it is gone
		ok     bool
		took   time.Duration
	}{
		{"an answer in time", backend.Opened{}, 4 * time.Second, 0, 0, true, 4 * time.Second},
		{"no answer", backend.Opened{}, 0, 0, 0, false, 5 * time.Second},
		{"a backend whose dialogs cannot be told from a hang", backend.Opened{MayAsk: true}, time.Minute, 0, 0, true, time.Minute},
		{"such a dialog ends too", backend.Opened{MayAsk: true}, 0, 0, 0, false, backend.DialogTimeout},
		{"a dialog that is up", backend.Opened{}, time.Minute, 0, time.Minute, true, time.Minute},
		{"a dialog that comes up at the last moment", backend.Opened{}, time.Minute, 4900 * time.Millisecond, time.Minute, true, time.Minute},
		{"a dialog that nobody answers", backend.Opened{}, 0, 0, time.Hour, false, backend.DialogTimeout},
		{"a hang after the dialog", backend.Opened{}, 0, 0, 61 * time.Second, false, 66 * time.Second},
		{"a dialog that is answered before the call's own time is over", backend.Opened{}, 6 * time.Second, 0, 4500 * time.Millisecond, true, 6 * time.Second},
		{"work after the dialog, for as long as a call may take", backend.Opened{}, 64 * time.Second, 0, 59100 * time.Millisecond, true, 64 * time.Second},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop := make(chan struct{})
				defer close(stop)
				start := time.Now()
				b := row.opened
				b.Name, b.Keyring = "memory", &theMemory{Items: map[string][]byte{"x": nil}, Fault: func(string, string) error {
					if row.answer == 0 {
						<-stop
					}
					time.Sleep(row.answer)
					return nil
				}}
				if row.locked > 0 {
					b.Waiting = func() bool { return time.Since(start) >= row.shown && time.Since(start) < row.locked }
				}
				s := NewStore(Options{}, &b)
				_, err := s.get(t.Context(), "x")
				if (err == nil) != row.ok || time.Since(start) != row.took {
					t.Errorf("%v after %s", err, time.Since(start))
				}
			})
		})
	}
}

func TestPanicOfTheLibraryIsAnError(t *testing.T) {
	s := storeOver(&theMemory{Fault: func(string, string) error { panic("interface conversion") }})
	_, err := s.Keys(t.Context(), "p")
	var unavailable *Error
	if !errors.As(err, &unavailable) {
		t.Errorf("%v", err)
	}
}

func TestCallsThatDisturbEachOtherAreRepeated(t *testing.T) {
	rows := []struct {
		name     string
		failures int32
		err      error
		calls    int32
		ok       bool
	}{
		{"twice disturbed", 2, errors.New("no such file or directory"), 3, true},
		{"always", 100, errors.New("no such file or directory"), 4, false},
		{"a full keyring is not a disturbance", 100, errors.New("adding key to session failed: disk quota exceeded"), 1, false},
		{"nor is an item that is not there", 100, ErrNotFound, 1, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var calls atomic.Int32
			ring := &theMemory{Fault: func(string, string) error {
				if calls.Add(1) <= row.failures {
					return row.err
				}
				return nil
			}}
			s := NewStore(Options{}, &backend.Opened{Name: "memory", Keyring: ring, Retries: 3})
			err := s.set(t.Context(), "x", nil)
			if (err == nil) != row.ok || calls.Load() != row.calls {
				t.Errorf("%v after %d calls", err, calls.Load())
			}
		})
	}
}

func TestLockedKeyringIsNotAnEmptyOne(t *testing.T) {
	locked := &Error{Backend: "memory", Op: "read", Kind: Locked, Err: errors.New("it is locked")}
	s := NewStore(Options{BackendFrom: "HATSTAND_BACKEND"}, &backend.Opened{
		Name: "memory", Keyring: &theMemory{}, WhyMissing: func(context.Context, string) error { return locked },
	})
	_, keysErr := s.Keys(t.Context(), "p")
	_, _, sessionErr := s.Session(t.Context(), SessionID{Base: "p", Hash: "h"})
	_, listErr := s.ListKeys(t.Context())
	for what, err := range map[string]error{"keys": keysErr, "session": sessionErr, "list": listErr, "remove": s.RemoveKeys(t.Context(), "p")} {
		var unavailable *Error
		if !errors.As(err, &unavailable) || unavailable.Kind != Locked || unavailable.From != "HATSTAND_BACKEND" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestListedMiss(t *testing.T) {
	ring := &theMemory{Items: map[string][]byte{"a": nil}}
	if err := whyListedMissing(ring)(t.Context(), "b"); err != nil {
		t.Errorf("an item that is not there: %v", err)
	}
	if err := whyListedMissing(ring)(t.Context(), "a"); !errors.Is(err, errDenied) {
		t.Errorf("an item that is there: %v", err)
	}
	broken := errors.New("broken")
	ring.Fault = func(string, string) error { return broken }
	if err := whyListedMissing(ring)(t.Context(), "b"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestErrorsAreOneLine(t *testing.T) {
	text := errors.New("two\nlines\twith  spaces")
	for _, err := range []error{
		&Error{Backend: "pass", From: "HATSTAND_BACKEND", Op: "read", Item: "keys of p", Err: text},
		&Error{Op: "choose", Err: text},
		&Error{Kind: Corrupt, Backend: "file", Item: "keys of p", Err: text},
		&Error{Kind: NoPassphrase, Subject: "/x", Err: text},
	} {
		if s := err.Error(); len(s) == 0 || slices.Contains([]byte(s), '\n') || s[0] < 'a' || s[0] > 'z' {
			t.Errorf("%T: %q", err, s)
		}
	}
}
