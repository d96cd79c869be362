package endpoint

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/credproc/credentials"
)

// A source gives credentials of an hour that are due when a quarter of it is left.
type source struct {
	mu    sync.Mutex
	calls int
	asked int           // of those, how many might have asked a person
	takes time.Duration // a call
	fails error
	gave  string
	life  time.Duration // 0 is an hour
}

func (s *source) Credentials(ctx context.Context, ask bool) (credentials.Value, time.Time, error) {
	s.mu.Lock()
	s.calls++
	if ask {
		s.asked++
	}
	takes := s.takes
	s.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return credentials.Value{}, time.Time{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return credentials.Value{}, time.Time{}, s.fails
	}
	life := s.life
	if life == 0 {
		life = time.Hour
	}
	s.gave = fmt.Sprintf("ASIA%d", s.calls)
	c := credentials.Value{AccessKeyID: s.gave, SecretAccessKey: "secret", SessionToken: "token", CanExpire: true, Expires: time.Now().Add(life)}
	return c, c.Expires.Add(-life / 4), nil
}

func (s *source) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *source) counts() (calls, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls, s.asked
}

// keep makes a RefreshingCache whose provider is not asked for anything that the test does not make it.
func keep(t *testing.T, s *source) *RefreshingCache {
	k := NewRefreshingCache(t.Context(), s, time.Now)
	t.Cleanup(k.Close)
	return k
}

func want(t *testing.T, k *RefreshingCache, id string) {
	t.Helper()
	c, err := k.Credentials(t.Context())
	if err != nil || c.AccessKeyID != id {
		t.Errorf("%s, %v, want %s", c.AccessKeyID, err, id)
	}
	if c.CanExpire && !time.Now().Before(c.Expires) {
		t.Error("expired credentials were given out")
	}
}

func wantError(t *testing.T, k *RefreshingCache, target error) {
	t.Helper()
	began := time.Now()
	if c, err := k.Credentials(t.Context()); !errors.Is(err, target) || c.HasKeys() {
		t.Errorf("%s, %v, want %v", c.AccessKeyID, err, target)
	}
	if d := time.Since(began); d > requestWait {
		t.Errorf("the answer took %v", d)
	}
}

func wantCalls(t *testing.T, s *source, calls, asked int) {
	t.Helper()
	if c, a := s.counts(); c != calls || a != asked {
		t.Errorf("the provider was asked %d times, %d of them with somebody waiting; want %d and %d", c, a, calls, asked)
	}
}

func TestManyRequestsAreOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: 300 * time.Millisecond}
		k := keep(t, s)
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { want(t, k, "ASIA1") })
		}
		all.Wait()
		wantCalls(t, s, 1, 1)
	})
}

func TestCredentialsAreRenewedBeforeTheyAreDueWithNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		want(t, k, "ASIA1")
		time.Sleep(45*time.Minute + time.Second)
		synctest.Wait()
		wantCalls(t, s, 2, 1)
		want(t, k, "ASIA2")
		wantCalls(t, s, 2, 1)
	})
}

func TestPutCredentialsNeedNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		k.Put(credentials.Value{AccessKeyID: "PUT", SecretAccessKey: "s", CanExpire: true, Expires: time.Now().Add(time.Hour)}, time.Now().Add(44*time.Minute))
		want(t, k, "PUT")
		wantCalls(t, s, 0, 0)
	})
}

func TestCredentialsThatDoNotExpireAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		k.Put(credentials.Value{AccessKeyID: "PUT", SecretAccessKey: "s"}, time.Time{})
		time.Sleep(1000 * time.Hour)
		want(t, k, "PUT")
		wantCalls(t, s, 0, 0)
	})
}

func TestNobodyHangsWhileAPersonIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Minute}
		k := keep(t, s)
		wantError(t, k, ErrFetching)
		began := time.Now()
		wantError(t, k, ErrFetching)
		if d := time.Since(began); d > 0 {
			t.Errorf("who comes later waits another %v", d)
		}
		time.Sleep(time.Minute)
		want(t, k, "ASIA1")
		wantCalls(t, s, 1, 1)
	})
}

func TestOldCredentialsServeUntilTheyExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		want(t, k, "ASIA1")
		cause := errors.New("no route")
		s.set(func() { s.fails = cause })
		for end := time.Now().Add(time.Hour); time.Now().Before(end); time.Sleep(30 * time.Second) {
			want(t, k, "ASIA1")
		}
		wantError(t, k, cause)
		// Clients in a loop do not make it a loop of calls.
		before, _ := s.counts()
		for range 100 {
			wantError(t, k, cause)
		}
		if after, _ := s.counts(); after != before {
			t.Errorf("%d calls more", after-before)
		}
		// Recovery needs no restart.
		s.set(func() { s.fails = nil })
		time.Sleep(afterFailure)
		if c, err := k.Credentials(t.Context()); err != nil || c.AccessKeyID == "ASIA1" {
			t.Errorf("%s, %v", c.AccessKeyID, err)
		}
	})
}

func TestARequestAsksWhereTheBackgroundMayNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		want(t, k, "ASIA1")
		want(t, k, "ASIA1")
		s.set(func() { s.fails = errors.New("nobody is asked now") })
		time.Sleep(45*time.Minute + 30*time.Second)
		wantCalls(t, s, 2, 1)
		s.set(func() { s.fails = nil })
		want(t, k, "ASIA3")
		wantCalls(t, s, 3, 2)
	})
}

// The provider's own way to serve what it could not renew.
func TestCredentialsThatComeDueAreServedWithoutALoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: 10 * time.Minute}
		k := keep(t, s)
		k.Put(credentials.Value{AccessKeyID: "OLD", SecretAccessKey: "s", CanExpire: true, Expires: time.Now().Add(10 * time.Minute)}, time.Now().Add(-time.Minute))
		for range 100 {
			want(t, k, "OLD")
		}
		wantCalls(t, s, 0, 0)
		time.Sleep(afterFailure)
		want(t, k, "ASIA1")
	})
}

func TestAClientThatGoesAwayLeavesTheCallToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: 500 * time.Millisecond}
		k := keep(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			if _, err := k.Credentials(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		}()
		synctest.Wait()
		cancel()
		want(t, k, "ASIA1")
		wantCalls(t, s, 1, 1)
	})
}

func TestCloseEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Hour}
		k := keep(t, s)
		wantError(t, k, ErrFetching)
		began := time.Now()
		k.Close()
		if d := time.Since(began); d > 0 {
			t.Errorf("Close took %v", d)
		}
		wantError(t, k, context.Canceled)
		wantCalls(t, s, 1, 1)
	})
}

// goroutines counts those of the test's bubble. The runtime's own come and go, and some it counts: one that runs
// finalizers, for as long as it does.
func goroutines(t *testing.T) int {
	t.Helper()
	stacks := make([]byte, 1<<20)
	n := strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
	if n == 0 {
		t.Fatal("the runtime does not say which are the test's")
	}
	return n
}

// The times are those of the plan: one call in 45 minutes, however long and however often it is asked.
func TestDaysOfUseNeitherLeakNorDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		want(t, k, "ASIA1")
		synctest.Wait()
		before := goroutines(t)
		const days = 14
		time.Sleep(30 * time.Second)
		for begin := time.Now(); time.Since(begin) < days*24*time.Hour; time.Sleep(time.Minute) {
			c, err := k.Credentials(t.Context())
			if err != nil || time.Until(c.Expires) <= 15*time.Minute {
				t.Fatalf("after %v: %v, %v left", time.Since(begin), err, time.Until(c.Expires))
			}
		}
		calls, asked := s.counts()
		if want := 1 + days*24*60/45; calls != want || asked != 1 {
			t.Errorf("%d calls, %d for a request; want %d and 1", calls, asked, want)
		}
		synctest.Wait()
		if n := goroutines(t); n > before {
			t.Errorf("%d goroutines, and %d before", n, before)
		}
	})
}

func TestDaysOfIdlenessCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k := keep(t, s)
		want(t, k, "ASIA1")
		synctest.Wait()
		before := goroutines(t)
		time.Sleep(60 * 24 * time.Hour)
		synctest.Wait()
		if n := goroutines(t); n > before {
			t.Errorf("%d goroutines, and %d before", n, before)
		}
		// One renewal: when it was due, somebody had asked since the last one.
		wantCalls(t, s, 2, 1)
		want(t, k, "ASIA3")
		wantCalls(t, s, 3, 2)
	})
}

// What is watched says that what was got before may not be given out.
func TestWhatIsWatchedDropsWhatWasGot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, text := &source{}, "alice"
		k := keep(t, s)
		k.Watch(func() string { s.mu.Lock(); defer s.mu.Unlock(); return text })
		k.Put(credentials.Value{AccessKeyID: "PUT", SecretAccessKey: "s", CanExpire: true, Expires: time.Now().Add(time.Hour)}, time.Now().Add(44*time.Minute))
		want(t, k, "PUT")
		s.set(func() { text = "bob" })
		want(t, k, "ASIA1")
		want(t, k, "ASIA1")
		// The provider's own sign-in, in the middle of a call, does not have the person sign in once more.
		s.set(func() { text, s.takes = "carol", 300*time.Millisecond })
		time.AfterFunc(150*time.Millisecond, func() { s.set(func() { text = "carol, anew" }) })
		want(t, k, "ASIA2")
		want(t, k, "ASIA2")
		// Nobody is signed in: there is an error, and not the credentials of before.
		s.set(func() { text, s.fails, s.takes = "", errors.New("not signed in"), 0 })
		if c, err := k.Credentials(t.Context()); err == nil || c.HasKeys() {
			t.Errorf("%+v, %v", c, err)
		}
		if calls, _ := s.counts(); calls != 3 {
			t.Errorf("%d calls", calls)
		}
	})
}
