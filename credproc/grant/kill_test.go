package grant_test

import (
	"context"
	"encoding/json"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/grant"
)

const bob = "bob@example.com"

// killedAt runs a process that ends, with its locks, before its nth change of the keyring. done: it came to its end
// before that.
func (s *station) killedAt(n int, process func()) (done bool, last string) {
	var ops []string
	s.keyring.before = func(op string) {
		ops = append(ops, op)
		if len(ops) == n {
			runtime.Goexit()
		}
	}
	defer func() { s.keyring.before = nil }()
	var all sync.WaitGroup
	all.Go(func() {
		process()
		done = true
	})
	all.Wait()
	return done, ops[len(ops)-1]
}

// stored is the sign-in of the stored token, without those of the processes that have one at hand.
func (s *station) stored(t *testing.T) string {
	t.Helper()
	token, _, err := s.process().Kept(t.Context(), s.Grant)
	check(t, err)
	return token.SignIn
}

// TestKilledWhileAnotherPersonSignsIn kills the process at each change of the keyring that a sign-in makes. What is kept
// of the person before is there with that one's token alone.
func TestKilledWhileAnotherPersonSignsIn(t *testing.T) {
	const most = 20
	var ops []string
	for n := 1; ; n++ {
		s := newStation(t)
		s.Corp.AddUser(bob)
		first := s.signIn(t)
		granted := first.SignIn // whose credentials are kept
		check(t, s.Corp.SetPerson(bob))
		m := s.process()
		m.Anew = true
		forget := m.Forget
		m.Forget = func(ctx context.Context, key string) error {
			err := forget(ctx, key)
			granted = ""
			return err
		}
		done, op := s.killedAt(n, func() {
			if _, err := m.Token(t.Context(), s.Grant); err != nil {
				t.Error(err)
			}
		})
		now := s.stored(t)
		if granted != "" && granted != now {
			t.Errorf("killed before %q: credentials of sign-in %q are kept beside the token of %q", op, granted, now)
		}
		if done {
			if want := []string{"put client", "put pending", "put pending", "forget", "remove token", "remove pending",
				"put token", "forget"}; !slices.Equal(ops, want[1:]) && !slices.Equal(ops, want) {
				t.Errorf("changes %q", ops)
			}
			return
		}
		ops = append(ops, op)
		s.Reset()
		s.person.windows = 0
		token, err := s.process().Token(t.Context(), s.Grant)
		if starts := s.count("StartDeviceAuthorization")[0]; err != nil || starts > 1 || s.person.windows > 1 {
			t.Errorf("killed before %q: %v; %d sign-ins begun, %d windows", op, err, starts, s.person.windows)
		}
		if token.SignIn == first.SignIn && now == "" {
			t.Errorf("killed before %q: the one before is back", op)
		}
		if s.keyring.has(grant.PendingItem) && now == "" {
			t.Errorf("killed before %q: a sign-in in progress is left", op)
		}
		if n == most {
			t.Fatalf("more than %d changes: %q", most, ops)
		}
	}
}

// TestKilledWhileRefreshing kills the process at each change that a refresh makes: a new sign-in at most.
func TestKilledWhileRefreshing(t *testing.T) {
	for n := 1; ; n++ {
		s := newStation(t)
		first := s.signIn(t)
		s.Move(time.Hour)
		done, op := s.killedAt(n, func() {
			if _, err := s.process().Token(t.Context(), s.Grant); err != nil {
				t.Error(err)
			}
		})
		if done {
			if n != 2 || op != "put token" {
				t.Errorf("%d changes, the last is %q", n-1, op)
			}
			return
		}
		s.Reset()
		s.person.windows = 0
		token, err := s.process().Token(t.Context(), s.Grant)
		if err != nil || token.Access == first.Access || token.SignIn == first.SignIn || s.person.windows != 1 {
			t.Errorf("killed before %q: %v, %d windows", op, err, s.person.windows)
		}
		// The spent refresh token is tried once.
		s.wantCounts(t, []int{2, 1}, "CreateToken", "StartDeviceAuthorization")
	}
}

// TestKilledWhileSigningOut: either all is there or the credentials are gone.
func TestKilledWhileSigningOut(t *testing.T) {
	for n := 1; ; n++ {
		s := newStation(t)
		s.signIn(t)
		granted := true
		m := s.process()
		m.Forget = func(context.Context, string) error { s.keyring.on("forget"); granted = false; return nil }
		done, op := s.killedAt(n, func() {
			if _, err := m.Logout(t.Context(), s.Grant); err != nil {
				t.Error(err)
			}
		})
		if now := s.stored(t); granted && now == "" {
			t.Errorf("killed before %q: credentials are kept, and nobody is signed in", op)
		}
		if done {
			return
		}
		if _, err := s.process().Logout(t.Context(), s.Grant); err != nil || s.keyring.has(grant.TokenItem) {
			t.Errorf("killed before %q: the next sign-out: %v", op, err)
		}
	}
}

// spendDevice gets the token of the device authorization on its way, and loses it.
func (s *station) spendDevice(t *testing.T) {
	t.Helper()
	data, err := s.keyring.Item(t.Context(), grant.PendingItem, s.Grant.Key())
	check(t, err)
	var pending struct {
		DeviceCode string             `json:"device_code"`
		Client     grant.Registration `json:"client"`
	}
	check(t, json.Unmarshal(data, &pending))
	_, err = s.Client.DeviceToken(t.Context(), grant.Authorization{DeviceCode: pending.DeviceCode, Client: pending.Client})
	check(t, err)
}
