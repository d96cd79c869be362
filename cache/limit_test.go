package cache

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/keyring"
)

// hang is a fault that never returns while the test runs.
func hang(t *testing.T) func(string, string) error {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	return func(string, string) error { <-stop; return nil }
}

func TestCallThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storeOver(&memory{fault: hang(t)})
		start := time.Now()
		_, err := s.Keys(t.Context(), "prod")
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Cause != TimedOut || unavailable.Item != "keys of prod" {
			t.Errorf("%v", err)
		}
		if took := time.Since(start); took != defaultTimeout {
			t.Errorf("took %s", took)
		}
	})
}

func TestContextEndsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storeOver(&memory{fault: hang(t)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Keys(ctx, "prod")
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Cause != TimedOut || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: %v", err)
		}
		s = storeOver(&memory{fault: hang(t)})
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.Keys(ctx, "prod"); !errors.Is(err, context.Canceled) {
			t.Errorf("cancel: %v", err)
		}
	})
}

func TestDialogsHaveLonger(t *testing.T) {
	rows := []struct {
		name    string
		backend backend
		answer  time.Duration // when the call returns; 0: never
		shown   time.Duration // when a dialog comes up
		locked  time.Duration // when it is gone
		ok      bool
		took    time.Duration
	}{
		{"an answer in time", backend{}, 4 * time.Second, 0, 0, true, 4 * time.Second},
		{"no answer", backend{}, 0, 0, 0, false, 5 * time.Second},
		{"a backend whose dialogs cannot be told from a hang", backend{asks: true}, time.Minute, 0, 0, true, time.Minute},
		{"such a dialog ends too", backend{asks: true}, 0, 0, 0, false, dialogTimeout},
		{"a dialog that is up", backend{}, time.Minute, 0, time.Minute, true, time.Minute},
		{"a dialog that comes up at the last moment", backend{}, time.Minute, 4900 * time.Millisecond, time.Minute, true, time.Minute},
		{"a dialog that nobody answers", backend{}, 0, 0, time.Hour, false, dialogTimeout},
		{"a hang after the dialog", backend{}, 0, 0, 61 * time.Second, false, 66 * time.Second},
		{"a dialog that is answered before the call's own time is over", backend{}, 6 * time.Second, 0, 4500 * time.Millisecond, true, 6 * time.Second},
		{"work after the dialog, for as long as a call may take", backend{}, 64 * time.Second, 0, 59100 * time.Millisecond, true, 64 * time.Second},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop := make(chan struct{})
				defer close(stop)
				start := time.Now()
				b := row.backend
				b.name, b.ring = "memory", &memory{items: map[string][]byte{"x": nil}, fault: func(string, string) error {
					if row.answer == 0 {
						<-stop
					}
					time.Sleep(row.answer)
					return nil
				}}
				if row.locked > 0 {
					b.waiting = func() bool { return time.Since(start) >= row.shown && time.Since(start) < row.locked }
				}
				s := Options{}.withDefaults().store(&b)
				_, err := s.get(t.Context(), "x")
				if (err == nil) != row.ok || time.Since(start) != row.took {
					t.Errorf("%v after %s", err, time.Since(start))
				}
			})
		})
	}
}

func TestPanicOfTheLibraryIsAnError(t *testing.T) {
	s := storeOver(&memory{fault: func(string, string) error { panic("interface conversion") }})
	_, err := s.Keys(t.Context(), "p")
	var unavailable *UnavailableError
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
		{"nor is an item that is not there", 100, keyring.ErrKeyNotFound, 1, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var calls atomic.Int32
			ring := &memory{fault: func(string, string) error {
				if calls.Add(1) <= row.failures {
					return row.err
				}
				return nil
			}}
			s := Options{}.withDefaults().store(&backend{name: "memory", ring: ring, retries: 3})
			err := s.set(t.Context(), "x", nil)
			if (err == nil) != row.ok || calls.Load() != row.calls {
				t.Errorf("%v after %d calls", err, calls.Load())
			}
		})
	}
}

func TestLockedKeyringIsNotAnEmptyOne(t *testing.T) {
	locked := &UnavailableError{Backend: "memory", Op: "read", Cause: Locked, Err: errors.New("it is locked")}
	s := Options{BackendFrom: "HATSTAND_BACKEND"}.withDefaults().store(&backend{
		name: "memory", ring: &memory{}, missed: func(keyring.Keyring, string) error { return locked },
	})
	_, keysErr := s.Keys(t.Context(), "p")
	_, _, sessionErr := s.Session(t.Context(), "p", "h")
	_, listErr := s.ListKeys(t.Context())
	for what, err := range map[string]error{"keys": keysErr, "session": sessionErr, "list": listErr, "remove": s.RemoveKeys(t.Context(), "p")} {
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Cause != Locked || unavailable.From != "HATSTAND_BACKEND" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestListedMiss(t *testing.T) {
	ring := &memory{items: map[string][]byte{"a": nil}}
	if err := listedMiss(ring, "b"); err != nil {
		t.Errorf("an item that is not there: %v", err)
	}
	if err := listedMiss(ring, "a"); !errors.Is(err, errDenied) {
		t.Errorf("an item that is there: %v", err)
	}
	broken := errors.New("broken")
	ring.fault = func(string, string) error { return broken }
	if err := listedMiss(ring, "b"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestPrefixed(t *testing.T) {
	ring := &memory{items: map[string][]byte{"somebody else's": []byte("x")}}
	contract(t, storeOver(prefixed{ring, "hatstand: "}))
	if got, _ := ring.Keys(); !slices.Equal(got, []string{"somebody else's"}) {
		t.Errorf("touched: %q", got)
	}
}

func TestErrorsAreOneLineAndCarryHints(t *testing.T) {
	text := errors.New("two\nlines\twith  spaces")
	for _, err := range []error{
		&UnavailableError{Backend: "pass", From: "HATSTAND_BACKEND", Op: "read", Item: "keys of p", Err: text},
		&UnavailableError{Op: "choose", Err: text},
		&CorruptError{Backend: "file", Item: keysItem("p"), Err: text},
		&PassphraseError{Folder: "/x", Err: text},
		&LockError{Path: "/x", Op: "take", Err: text},
		&HeldError{PID: 3, Holder: "p", Err: text},
	} {
		if s := err.Error(); len(s) == 0 || slices.Contains([]byte(s), '\n') || s[0] < 'a' || s[0] > 'z' {
			t.Errorf("%T: %q", err, s)
		}
	}
	for _, name := range []string{"secret-service", "kwallet", "pass", "keychain", "keyctl"} {
		for _, cause := range []Cause{Failed, Absent, Locked, Denied, TimedOut} {
			if len(hintsFor(name, cause)) == 0 {
				t.Errorf("%s, cause %d: no hint", name, cause)
			}
		}
	}
}
