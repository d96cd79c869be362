package oidc_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	site "hatstand/credproc/awstest/oidc"
	"hatstand/credproc/awstest/person"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/oidc"
	"hatstand/profiles"
)

var now = time.Now().Truncate(time.Second)

// A world is a provider and a client of it.
type world struct {
	*testing.T
	*site.Site
	grant  profiles.Grant
	client *oidc.Client
}

func newWorld(t *testing.T, scopes string) world {
	t.Helper()
	s, err := site.Listen("cli", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	g := profiles.Grant{Kind: profiles.OIDC, Session: "idp", Issuer: s.Issuer, ClientID: "cli", Scopes: scopes}
	return world{t, s, g, connect(g)}
}

func connect(g profiles.Grant) *oidc.Client {
	return oidc.Connect(awsclient.Config{HTTP: &http.Client{}, Now: func() time.Time { return now },
		Waits: awsclient.Waits{Tries: 3, First: 1, Longest: 1}}, g)
}

// byBrowser signs in, with a browser that comes back to a listener.
func (w world) byBrowser(press person.Button) (grant.Token, error) {
	w.Helper()
	type back struct{ query url.Values }
	came := make(chan back, 1)
	l := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came <- back{r.URL.Query()} }))
	defer l.Close()
	v := grant.Visit{RedirectURI: l.URL + grant.CallbackPath, State: "st", Verifier: strings.Repeat("v", 43), Nonce: "no"}
	r, err := w.client.Register(w.Context(), grant.Browser)
	if err != nil {
		w.Fatal(err)
	}
	page, err := w.client.AuthorizeURL(w.Context(), r, v)
	if err != nil {
		return grant.Token{}, err
	}
	if _, err := person.Open(w.Context(), page, press); err != nil {
		w.Fatal(err)
	}
	b := <-came
	if b.query.Get("state") != "st" {
		w.Errorf("%v", b.query)
	}
	if problem := b.query.Get("error"); problem != "" {
		return grant.Token{}, w.client.BrowserError(problem, b.query.Get("error_description"))
	}
	return w.client.CodeToken(w.Context(), r, v, b.query.Get("code"))
}

func (w world) must(t grant.Token, err error) grant.Token {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return t
}

// refused holds an error to a kind and to its text, in which ISSUER stands for the issuer, and to having no secret.
func (w world) refused(err error, kind grant.Kind, want string) {
	w.Helper()
	e, ok := errors.AsType[*grant.Error](err)
	if !ok || e.Kind != kind || e.Issuer != w.Issuer || err.Error() != strings.ReplaceAll(want, "ISSUER", w.Issuer) {
		w.Errorf("kind %d: %v\nwant %d: %s", grant.KindOf(err), err, kind, want)
	}
	for _, secret := range w.Secrets() {
		if err != nil && strings.Contains(err.Error(), secret) {
			w.Errorf("a secret is in %v", err)
		}
	}
}

func (w world) called(want ...string) {
	w.Helper()
	if got := w.Calls(); !slices.Equal(got, want) {
		w.Errorf("calls %q, want %q", got, want)
	}
}

func TestSigningInByBrowser(t *testing.T) {
	w := newWorld(t, "openid offline_access")
	got := w.must(w.byBrowser(person.Allow))
	if got.Flow != grant.Browser || got.User != "alice@example.com" || !got.Expires.Equal(now.Add(time.Hour)) || got.Refresh == "" ||
		!w.Signed(got.Access) || got.Client.ClientID != "cli" {
		t.Errorf("%q until %v", got.User, got.Expires)
	}
	w.called("discovery", "authorize", "answer", "authorization_code")

	renewed := w.must(w.client.Refresh(t.Context(), got))
	if renewed.Access == got.Access || renewed.Refresh == got.Refresh || renewed.User != got.User {
		t.Error("the refresh gave nothing new")
	}
	_, err := w.client.Refresh(t.Context(), got) // the spent one
	w.refused(err, grant.GrantEnded, "the sign-in to idp has ended at ISSUER (invalid_grant: refresh token is invalid)")
	_, err = w.client.Refresh(t.Context(), renewed)
	w.refused(err, grant.GrantEnded, "the sign-in to idp has ended at ISSUER (invalid_grant: refresh token is invalid)")
	w.called("refresh_token", "refresh_token", "refresh_token")
}

func TestSigningInByCode(t *testing.T) {
	w := newWorld(t, "openid")
	r, _ := w.client.Register(t.Context(), grant.Device)
	a, err := w.client.StartDevice(t.Context(), r)
	if err != nil || a.Interval != time.Second || !a.Expires.Equal(now.Add(10*time.Minute)) || a.URL != w.Issuer+"/activate" ||
		a.CompleteURL != w.Issuer+"/activate?user_code="+a.UserCode {
		t.Fatalf("%v, %v", a, err)
	}
	_, err = w.client.DeviceToken(t.Context(), a)
	w.refused(err, grant.Pending, "nobody has finished the sign-in to idp yet (authorization_pending)")
	w.Answer(a.UserCode, true)
	got := w.must(w.client.DeviceToken(t.Context(), a))
	if got.Flow != grant.Device || got.Refresh != "" || !w.Signed(got.Access) {
		t.Error("no token")
	}
	_, err = w.client.DeviceToken(t.Context(), a) // once
	w.refused(err, grant.DeviceExpired, "nobody finished the sign-in to idp in time (invalid_grant)")
	b, _ := w.client.StartDevice(t.Context(), r)
	w.Answer(b.UserCode, false)
	_, err = w.client.DeviceToken(t.Context(), b)
	w.refused(err, grant.Declined, "the sign-in to idp was declined in the browser (access_denied)")

	w.Change(func(s *site.Settings) { s.NoDevice = true })
	_, err = connect(w.grant).StartDevice(t.Context(), r)
	w.refused(err, grant.NoDeviceFlow, "sign-in to idp: ISSUER has no sign-in by code")
}

func TestSigningOut(t *testing.T) {
	w := newWorld(t, "openid offline_access")
	got := w.must(w.byBrowser(person.Allow))
	w.Calls()
	if err := w.client.Logout(t.Context(), got); err != nil {
		t.Error(err)
	}
	_, err := w.client.Refresh(t.Context(), got)
	w.refused(err, grant.GrantEnded, "the sign-in to idp has ended at ISSUER (invalid_grant: refresh token is invalid)")
	w.called("revoke", "refresh_token")
	w.Change(func(s *site.Settings) { s.NoRevoke = true })
	if err := connect(w.grant).Logout(t.Context(), got); err != nil {
		t.Error(err)
	}
	got.Refresh = ""
	if err := w.client.Logout(t.Context(), got); err != nil {
		t.Error(err)
	}
	w.called("discovery")
}

func TestWhatAProviderMaySay(t *testing.T) {
	jwt := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
	}
	for _, row := range []struct {
		claim  string
		change func(*site.Settings)
		kind   grant.Kind
		want   string
	}{
		{"another issuer", func(s *site.Settings) { s.Issuer = "https://evil.example\n" }, grant.BadIssuer, `sign-in to idp: ISSUER calls itself "https://evil.example\n"`},
		{"an address without TLS", func(s *site.Settings) { s.TokenURL = "http://login.example/token?x=hush" }, grant.BadIssuer, `sign-in to idp: ISSUER names an address that may not be used as token_endpoint: "http://login.example/token"`},
		{"no ID token", func(s *site.Settings) { s.NoIDToken = true }, grant.BadAnswer, "sign-in to idp: ISSUER: there is no ID token in the answer"},
		{"another nonce", func(s *site.Settings) { s.Nonce = "x" }, grant.BadAnswer, "sign-in to idp: ISSUER: the ID token is of another sign-in: its nonce is not the one that was sent"},
		{"an expired token", func(s *site.Settings) { s.TokenLife = 0 }, grant.BadAnswer, "sign-in to idp: ISSUER: the ID token expired at " + now.UTC().Format(time.RFC3339) + " already"},
		{"20,001 characters", func(s *site.Settings) { s.IDToken = strings.Repeat("a", 20001) }, grant.BadAnswer, "sign-in to idp: ISSUER: the ID token has 20001 characters, and STS takes 20000 at most"},
		{"a line end in it", func(s *site.Settings) { s.IDToken = "e30.e\r\n30." }, grant.BadAnswer, "sign-in to idp: ISSUER: the ID token has characters in it that no token has, such as a line end"},
		{"no token", func(s *site.Settings) { s.IDToken = "opaque" }, grant.BadAnswer, "sign-in to idp: ISSUER: what it sent is not an ID token"},
		{"another issuer's token", func(s *site.Settings) { s.IDToken = jwt(`{"iss":"https://x"}`) }, grant.BadAnswer, `sign-in to idp: ISSUER: the ID token is of another issuer: "https://x"`},
		{"a refused client", func(s *site.Settings) { s.Status, s.Error = 401, "invalid_client" }, grant.ClientRefused, "sign-in to idp: ISSUER does not take the client cli (invalid_client)"},
		{"a redirect", func(s *site.Settings) { s.Status = 307 }, grant.Refused, "sign-in to idp: ISSUER refused token (HTTP 307)"},
		{"its own failure", func(s *site.Settings) { s.Status = 503 }, grant.AWSFailed, "sign-in to idp: ISSUER failed in token (HTTP 503)"},
		{"too many calls", func(s *site.Settings) { s.Status, s.Error = 429, "" }, grant.Throttled, "sign-in to idp: ISSUER has had too many calls of token (HTTP 429)"},
		{"an error for the browser", func(s *site.Settings) { s.AuthorizeError = "server_error" }, grant.BrowserError, "the browser came back from the sign-in to idp with an error of ISSUER (server_error: not today)"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t, "openid")
			w.Change(row.change)
			_, err := w.byBrowser(person.Allow)
			w.refused(err, row.kind, row.want)
		})
	}
	w := newWorld(t, "openid unknown")
	_, err := w.byBrowser(person.Allow)
	w.refused(err, grant.InvalidScope, "sign-in to idp: ISSUER does not take these scopes: openid, unknown (invalid_scope)")
	w = newWorld(t, "openid")
	_, err = w.byBrowser(person.Deny)
	w.refused(err, grant.Declined, "the sign-in to idp was declined in the browser (access_denied)")
	_, err = w.client.CodeToken(t.Context(), grant.Registration{ClientID: "cli"}, grant.Visit{}, "hush-hush") // which the site quotes
	w.refused(err, grant.Refused, "sign-in to idp: ISSUER refused token (an error that quotes a secret)")
}

func TestARefreshMayEndTheSignIn(t *testing.T) {
	for claim, row := range map[string]struct {
		change func(*site.Settings)
		kind   grant.Kind
		want   string
	}{
		"no ID token":          {func(s *site.Settings) { s.NoIDTokenOnRefresh = true }, grant.GrantEnded, "the sign-in to idp has ended: ISSUER renews it without an ID token"},
		"another person's one": {func(s *site.Settings) { s.Subject = "mallory" }, grant.BadAnswer, "sign-in to idp: ISSUER: the ID token is for another person than before"},
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t, "openid offline_access")
			got := w.must(w.byBrowser(person.Allow))
			w.Change(row.change)
			_, err := w.client.Refresh(t.Context(), got)
			w.refused(err, row.kind, row.want)
		})
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	w := newWorld(t, "openid offline_access")
	got := w.must(w.byBrowser(person.Allow))
	w.Calls()
	for status, calls := range map[int]int{http.StatusTooManyRequests: 3, http.StatusBadGateway: 1} {
		w.Change(func(s *site.Settings) { s.Status = status })
		_, _ = w.client.Refresh(t.Context(), got)
		if made := w.Calls(); len(made) != calls {
			t.Errorf("HTTP %d: %q", status, made)
		}
	}
}

func TestProvidersThatAreNone(t *testing.T) {
	for claim, row := range map[string]struct {
		serve http.HandlerFunc
		kind  grant.Kind
		want  string
	}{
		"nothing there": {http.NotFound, grant.BadIssuer, "sign-in to idp: ISSUER has no OpenID configuration (HTTP 404)"},
		"a page":        {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, grant.BadIssuer, "sign-in to idp: ISSUER sends no OpenID configuration that can be read"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example", http.StatusFound)
		}, grant.BadIssuer,
			"sign-in to idp: ISSUER has no OpenID configuration (HTTP 302)"},
		"a megabyte": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20+1)) }, grant.NoAnswer,
			"sign-in to idp: openid-configuration: the answer from HOST is longer than 1 MiB"},
	} {
		t.Run(claim, func(t *testing.T) {
			server := httptest.NewServer(row.serve)
			defer server.Close()
			w := world{T: t, Site: &site.Site{Provider: site.New(server.URL)}}
			w.client = connect(profiles.Grant{Kind: profiles.OIDC, Session: "idp", Issuer: server.URL, ClientID: "cli", Scopes: "openid"})
			_, err := w.client.AuthorizeURL(t.Context(), grant.Registration{}, grant.Visit{})
			w.refused(err, row.kind, strings.ReplaceAll(row.want, "HOST", strings.TrimPrefix(server.URL, "http://")))
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newWorld(t, "openid").client.AuthorizeURL(ctx, grant.Registration{}, grant.Visit{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
