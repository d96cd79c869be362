package grant_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/grant"
)

// A hundred that each tried what has just failed would take a hundred times as long.
func TestWhatFailsForOneIsNotTriedByAllThatWait(t *testing.T) {
	const n = 20
	s := newStation(t)
	first := s.signIn(t)
	s.Move(time.Hour - 4*time.Minute)
	s.Reset()
	s.Fault(awstest.Fault{Action: "CreateToken", Times: -1, Status: 500, Code: "InternalServerException",
		Hook: func() { s.locks.untilWaiting(n - 1) }})
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if token, err := s.process().Token(t.Context(), s.Grant); err != nil || token.Access != first.Access {
				t.Errorf("the token with some life left is wanted: %v", err)
			}
		})
	}
	all.Wait()
	s.wantCounts(t, []int{1}, "CreateToken")
}

func TestATokenWithSomeLifeLeftServesWhileAnotherProcessIsBusy(t *testing.T) {
	for _, row := range []struct {
		name  string
		after time.Duration
		want  grant.Kind
	}{
		{"some is left", time.Hour - 4*time.Minute, 0},
		{"none is left", time.Hour, grant.StillOpen},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStation(t)
			first := s.signIn(t)
			s.Move(row.after)
			s.person.answer = nil
			polls, end := make(chan struct{}), make(chan struct{})
			other := s.process() // somebody signs in again
			other.Anew = true
			other.Sleep = func(ctx context.Context, _ time.Duration) error {
				close(polls)
				<-end
				return context.Canceled
			}
			var done sync.WaitGroup
			done.Go(func() { _, _ = other.Token(t.Context(), s.Grant) })
			<-polls
			limited, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer stop()
			if row.want == 0 {
				limited = t.Context()
			}
			token, err := s.process().Token(limited, s.Grant)
			ofKind(t, err, row.want)
			if err == nil && token.Access != first.Access {
				t.Error("another token")
			}
			if code := s.Center.Waiting(s.Now())[0]; err != nil &&
				err.Error() != "the sign-in to corp is still open in your browser (code "+code+"): finish it and try again" {
				t.Error(err)
			}
			close(end)
			done.Wait()
		})
	}
}

func TestARefreshNeedsTime(t *testing.T) {
	s := newStation(t)
	s.signIn(t)
	s.Move(time.Hour)
	s.Reset()
	limited, stop := context.WithTimeout(t.Context(), 4*time.Second)
	defer stop()
	_, err := s.process().Token(limited, s.Grant)
	const want = "the sign-in to corp could not be renewed: no time is left: context deadline exceeded"
	if err == nil || err.Error() != want || len(s.Calls()) != 0 {
		t.Errorf("%v; %d calls", err, len(s.Calls()))
	}
}

// What a refresh token gives is not lost by Ctrl-C.
func TestARefreshOutlastsItsContext(t *testing.T) {
	s := newStation(t)
	first := s.signIn(t)
	s.Move(time.Hour)
	ctx, interrupt := context.WithCancel(t.Context())
	s.Fault(awstest.Fault{Action: "CreateToken", After: true, Hook: interrupt})
	if token, err := s.process().Token(ctx, s.Grant); err != nil || token.Access == first.Access {
		t.Errorf("the new token is wanted: %v", err)
	}
	s.wantCounts(t, []int{2}, "CreateToken")
	s.signIn(t)
	s.wantCounts(t, []int{2}, "CreateToken")
}

// An answer that never comes ends some time after the context does.
func TestARefreshWithoutAnAnswerEnds(t *testing.T) {
	s := newStation(t)
	s.signIn(t)
	s.Move(time.Hour)
	ctx, interrupt := context.WithCancel(t.Context())
	over := make(chan struct{})
	s.Fault(awstest.Fault{Action: "CreateToken", Hook: func() { interrupt(); <-over }})
	defer close(over)
	_, err := s.process().Token(ctx, s.Grant)
	ofKind(t, err, grant.NoAnswer)
}

func TestASignInThatAKilledProcessFinished(t *testing.T) {
	s := newStation(t)
	s.person.answer = nil
	killed, stop := context.WithCancel(t.Context())
	m := s.process()
	m.Sleep = func(ctx context.Context, _ time.Duration) error { stop(); return ctx.Err() }
	if _, err := m.Token(killed, s.Grant); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.person.answer = s.Center.Approve
	check(t, s.Center.Approve(s.Center.Waiting(s.Now())[0], s.Now()))
	// The process got its token, and was killed before it could store it.
	s.spendDevice(t)
	s.signIn(t)
	s.wantCounts(t, []int{2}, "StartDeviceAuthorization")
	if s.person.windows != 2 {
		t.Errorf("%d windows", s.person.windows)
	}
}

// A keyring that cannot be read is no reason to ask a person for anything.
func TestAKeyringThatCannotBeReadIsNoReasonToSignIn(t *testing.T) {
	for name, row := range map[string]func(*station){
		"signed in":     func(s *station) { s.signIn(t) },
		"expired":       func(s *station) { s.signIn(t); s.Move(time.Hour) },
		"not signed in": func(*station) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			row(s)
			s.Reset()
			s.person.windows = 0
			s.keyring.unread = errors.New("the keyring is locked")
			if _, err := s.process().Token(t.Context(), s.Grant); err != s.keyring.unread {
				t.Error(err)
			}
			if _, _, err := s.process().Kept(t.Context(), s.Grant); err != s.keyring.unread {
				t.Error(err)
			}
			if _, err := s.process().Logout(t.Context(), s.Grant); err != s.keyring.unread {
				t.Error(err)
			}
			if len(s.Calls()) != 0 || s.person.windows != 0 {
				t.Errorf("%d calls, %d windows", len(s.Calls()), s.person.windows)
			}
		})
	}
}

func TestATokenThatCouldNotBeKeptEndsWithTheNextSignIn(t *testing.T) {
	s := newStation(t)
	s.signIn(t)
	s.Move(time.Hour)
	m := s.process()
	s.keyring.fault = errors.New("full")
	own, err := m.Token(t.Context(), s.Grant) // refreshed
	check(t, err)
	if now, _, err := m.Kept(t.Context(), s.Grant); err != nil || now.Access != own.Access {
		t.Errorf("its own token is wanted: %v", err)
	}
	s.keyring.fault = nil
	other := s.process()
	other.Anew = true
	theirs, err := other.Token(t.Context(), s.Grant)
	check(t, err)
	if now, _, err := m.Kept(t.Context(), s.Grant); err != nil || now.Access != theirs.Access {
		t.Errorf("the token of the sign-in of now is wanted: %v", err)
	}
}

// The clock is set back: by it the token lives, by AWS's it does not.
func TestAClockThatIsSetBack(t *testing.T) {
	s := newStation(t)
	first := s.signIn(t)
	m := s.process()
	m.Now = func() time.Time { return s.Now().Add(-2 * time.Hour) }
	m.Connect = nil // nothing is called
	if token, err := m.Token(t.Context(), s.Grant); err != nil || token.Access != first.Access {
		t.Fatalf("%v", err)
	}
	s.Move(time.Hour)
	m = s.process()
	m.Now = func() time.Time { return s.Now().Add(-2 * time.Hour) }
	m.Refused(s.Grant, first) // as the portal says
	if token, err := m.Token(t.Context(), s.Grant); err != nil || token.Access == first.Access {
		t.Errorf("a refreshed token is wanted: %v", err)
	}
}

func TestCorruptItemsAreNone(t *testing.T) {
	for _, text := range []string{"", "no JSON", "{}", `{"v":0}`, `{"v":1}`, `[]`, `{"v":"1"}`, "\xff",
		`{"v":1,"for":{"start_url":1}}`} {
		s := newStation(t)
		for _, kind := range []grant.ItemKind{grant.TokenItem, grant.PendingItem, grant.ClientItem} {
			check(t, s.keyring.PutItem(t.Context(), kind, s.Grant.Key(), []byte(text)))
		}
		if token, err := s.process().Token(t.Context(), s.Grant); err != nil || token.Access == "" {
			t.Errorf("%q: %v", text, err)
		}
		if s.person.windows != 1 {
			t.Errorf("%q: %d windows", text, s.person.windows)
		}
	}
}

func TestItemsFitTheSmallestKeyrings(t *testing.T) {
	s := newStation(t)
	s.signIn(t)
	for name, data := range s.keyring.items {
		if len(data) > 4096 { // wincred's are split above 2,560 bytes, keyctl's all fit into 20,000
			t.Errorf("%s has %d bytes", name, len(data))
		}
		if strings.HasPrefix(name, "token/") && len(data) < 1500 {
			t.Errorf("%s has %d bytes: AWS's tokens are longer than that", name, len(data))
		}
	}
}
