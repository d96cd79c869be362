package identitycenter_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hatstand/credproc/awstest/identitycenter"
)

// atOnce runs a call many times at the same moment, and counts those that succeed.
func atOnce(n int, call func() error) int {
	var good atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range n {
		wg.Go(func() {
			<-start
			if call() == nil {
				good.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(good.Load())
}

func TestWhatWorksOnceWorksOnceAtOnce(t *testing.T) {
	w := newWorld(t)
	c, b := w.register(t), w.register(t, w.forBrowser)
	token := w.signIn(t, c)
	if n := atOnce(20, func() error { _, err := w.refresh(t.Context(), c, token.RefreshToken); return err }); n != 1 {
		t.Errorf("a refresh token worked %d times", n)
	}
	code, redirect := w.code(t, b)
	if n := atOnce(20, func() error { _, err := w.redeem(t.Context(), b, code, redirect); return err }); n != 1 {
		t.Errorf("an authorization code worked %d times", n)
	}
	d := w.device(t, c)
	check(t, w.center.Approve(*d.UserCode, w.Now()))
	if n := atOnce(20, func() error { _, err := w.poll(t.Context(), c, d); return err }); n != 1 {
		t.Errorf("a device code worked %d times", n)
	}
	d = w.device(t, c)
	if n := atOnce(20, func() error { return w.center.Approve(*d.UserCode, w.Now()) }); n != 1 {
		t.Errorf("a device was approved %d times", n)
	}
}

// TestEverythingAtOnce is for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	token := w.signIn(t, c).AccessToken
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if _, err := w.credentials(t.Context(), token, dev, "Admin"); err != nil {
					t.Error(err)
				}
				_, _ = w.poll(t.Context(), c, w.device(t, c))
			}
		})
		wg.Go(func() {
			for range 10 {
				w.center.Change(func(s *identitycenter.Settings) { s.MaxTokenLife = time.Hour })
				w.center.Waiting(w.Now())
				_ = w.center.Deny("nobody", w.Now())
				w.corp.AddUser("carol@example.com")
				w.corp.AddAccount(identitycenter.Account{ID: "888888888888"})
				_ = w.corp.AddPermissionSet("Other", 0)
				_ = w.corp.Assign("carol@example.com", "888888888888", "Other")
				w.corp.Unassign("carol@example.com", "888888888888", "Other")
				w.corp.RemoveAccount("888888888888")
				_ = w.corp.SetPerson(bob)
				w.corp.EndSession("carol@example.com")
				w.corp.RevokeTokens("carol@example.com")
				w.corp.RoleName(dev, "Admin")
				w.corp.Move(w.corp.StartURL())
				w.center.AddInstance(w.URL+"/other", "us-east-1").RolePath()
			}
		})
	}
	wg.Wait()
}
