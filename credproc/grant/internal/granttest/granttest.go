// Package granttest is a world for tests of sign-ins: an AWS with one Identity Center, alice in it, and a clock that is
// moved by hand.
package granttest

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	center "hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

const (
	Dev    = "444444444444"
	Prod   = "666666666666"
	Alice  = "alice@example.com"
	Region = "eu-west-1"
)

// A Clock is moved by hand.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Move moves it.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A World is an AWS with one Identity Center, and a client for it.
type World struct {
	*awstest.Server
	*Clock
	Center *center.Service
	Corp   *center.Instance
	Grant  profiles.Grant
	Client *identitycenter.Client
}

// New starts one. Its instance corp has two accounts, and two permission sets that alice may use.
func New(t *testing.T) *World {
	t.Helper()
	c := &Clock{at: time.Now().Truncate(time.Second)}
	s, err := awstest.Start(awstest.Options{Now: c.Now})
	Check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	w := &World{Server: s, Clock: c, Center: s.IdentityCenter()}
	w.Corp = w.Center.AddInstance(s.URL+"/start", Region)
	w.Corp.AddUser(Alice)
	w.Corp.AddAccount(center.Account{ID: Dev, Name: "Dev", Email: "dev@example.com"},
		center.Account{ID: Prod, Name: "Prod\x1b[31m", Email: "prod@example.com"})
	Check(t, w.Corp.AddPermissionSet("Admin", 4*time.Hour))
	Check(t, w.Corp.AddPermissionSet("ReadOnly", 0))
	Check(t, w.Corp.Assign(Alice, Dev, "Admin"))
	Check(t, w.Corp.Assign(Alice, Dev, "ReadOnly"))
	Check(t, w.Corp.Assign(Alice, Prod, "ReadOnly"))
	e := profiles.Endpoint{URL: s.URL}
	w.Grant = profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: s.URL + "/start/#/", Region: Region, Service: e, Portal: e}
	w.Client = w.Connect(w.Grant)
	return w
}

// Now is the time by its clock.
func (w *World) Now() time.Time { return w.Clock.Now() }

// Connect makes a client that hardly waits between two tries.
func (w *World) Connect(g profiles.Grant) *identitycenter.Client {
	waits := awsclient.Waits{Tries: 6, First: 1, Longest: 1}
	return identitycenter.Connect(awsclient.Config{HTTP: &http.Client{}, Now: w.Now, Waits: waits}, g)
}

// Called are the names of the calls that AWS has had since the last time.
func (w *World) Called() []string {
	var names []string
	for _, c := range w.Calls() {
		names = append(names, c.Action)
	}
	w.Reset()
	return names
}

// SignedIn is the token of a sign-in by code.
func (w *World) SignedIn(t *testing.T) grant.Token {
	t.Helper()
	a := w.Started(t)
	Check(t, w.Center.Approve(a.UserCode, w.Now()))
	token, err := w.Client.DeviceToken(t.Context(), a)
	Check(t, err)
	return token
}

// Started is a device authorization that nobody has approved.
func (w *World) Started(t *testing.T) grant.Authorization {
	t.Helper()
	r, err := w.Client.Register(t.Context(), grant.Device)
	Check(t, err)
	a, err := w.Client.StartDevice(t.Context(), r)
	Check(t, err)
	return a
}

// Check ends the test if there is an error.
func Check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// WantKind holds an error to a kind and to its whole text.
func WantKind(t *testing.T, err error, kind grant.Kind, text string) {
	t.Helper()
	var e *grant.Error
	if !errors.As(err, &e) || e.Kind != kind || err.Error() != text {
		t.Errorf("kind %d, %v\nwant %d, %s", grant.KindOf(err), err, kind, text)
	}
}

// OfKind holds an error to a kind; 0: there is none.
func OfKind(t *testing.T, err error, want grant.Kind) {
	t.Helper()
	if grant.KindOf(err) != want {
		t.Errorf("kind %d, want %d: %v", grant.KindOf(err), want, err)
	}
}
