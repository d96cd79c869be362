package awstest

import (
	"sync"
	"testing"
	"time"
)

// TestEverythingAtOnce is for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	w := newWorld(t, Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if _, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), nil); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				u := w.AddUser(home, "bob")
				k := u.AddKey()
				u.AddMFA("bob")
				u.Allow("sts:*")
				u.Deny("iam:*")
				u.DenyWithoutMFA("s3:*")
				u.Keys()
				u.SetKeyActive(k.ID, false)
				u.DeleteKey(k.ID)
				w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
				w.SetSkew(time.Second)
				w.MaxIssued(time.Hour)
				w.KeyDelay(time.Second)
				w.DisableRegion("us-west-1")
				w.Fault(Fault{Action: "NoSuchAction"})
				w.Now()
				w.Calls()
			}
		})
	}
	wg.Wait()
	if n := w.Count("GetSessionToken"); n != 40 {
		t.Errorf("%d calls on record", n)
	}
}

func TestCloseStopsListening(t *testing.T) {
	s, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client(s, keyCreds(s.AddUser(home, "alice").AddKey())).GetCallerIdentity(t.Context(), nil); err == nil {
		t.Error("it still answers")
	}
	if err := New(Options{}).Close(); err != nil {
		t.Errorf("closing what never listened: %v", err)
	}
}
