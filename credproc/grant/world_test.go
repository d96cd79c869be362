package grant_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

const (
	dev    = "444444444444"
	prod   = "666666666666"
	alice  = "alice@example.com"
	region = "eu-west-1"
)

// A clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A world is an AWS with one Identity Center, and a client for it.
type world struct {
	*awstest.Server
	*clock
	center *identitycenter.Service
	corp   *identitycenter.Instance
	grant  profiles.Grant
	client *grant.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := &clock{at: time.Now().Truncate(time.Second)}
	s, err := awstest.Start(awstest.Options{Now: c.now})
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	w := &world{Server: s, clock: c, center: s.IdentityCenter()}
	w.corp = w.center.AddInstance(s.URL+"/start", region)
	w.corp.AddUser(alice)
	w.corp.AddAccount(identitycenter.Account{ID: dev, Name: "Dev", Email: "dev@example.com"},
		identitycenter.Account{ID: prod, Name: "Prod\x1b[31m", Email: "prod@example.com"})
	check(t, w.corp.AddPermissionSet("Admin", 4*time.Hour))
	check(t, w.corp.AddPermissionSet("ReadOnly", 0))
	check(t, w.corp.Assign(alice, dev, "Admin"))
	check(t, w.corp.Assign(alice, dev, "ReadOnly"))
	check(t, w.corp.Assign(alice, prod, "ReadOnly"))
	e := profiles.Endpoint{URL: s.URL}
	w.grant = profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: s.URL + "/start/#/", Region: region, OIDC: e, Portal: e}
	w.client = w.connect(w.grant)
	return w
}

// connect makes a client that hardly waits between two tries.
func (w *world) connect(g profiles.Grant) *grant.Client {
	return grant.Connect(awsclient.Config{HTTP: &http.Client{}, Now: w.now, Waits: awsclient.Waits{Tries: 6, First: 1, Longest: 1}}, g)
}

// calls are the names of the calls that AWS has had since the last time.
func (w *world) called() []string {
	var names []string
	for _, c := range w.Calls() {
		names = append(names, c.Action)
	}
	w.Reset()
	return names
}

// signedIn is the token of a sign-in by code.
func (w *world) signedIn(t *testing.T) grant.Token {
	t.Helper()
	a := w.started(t)
	check(t, w.center.Approve(a.UserCode, w.now()))
	token, err := w.client.DeviceToken(t.Context(), a)
	check(t, err)
	return token
}

func (w *world) started(t *testing.T) grant.Authorization {
	t.Helper()
	r, err := w.client.Register(t.Context(), grant.Device)
	check(t, err)
	a, err := w.client.StartDevice(t.Context(), r)
	check(t, err)
	return a
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantKind holds an error to a kind and to its whole text.
func wantKind(t *testing.T, err error, kind grant.Kind, text string) {
	t.Helper()
	var e *grant.Error
	if !errors.As(err, &e) || e.Kind != kind || err.Error() != text {
		t.Errorf("kind %d, %v\nwant %d, %s", grant.KindOf(err), err, kind, text)
	}
}
