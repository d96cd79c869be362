package identitycenter_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/person"
)

const (
	dev   = "444444444444"
	prod  = "666666666666"
	alice = "alice@example.com"
	bob   = "bob@example.com"

	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	accountScope = "sso:account:access"
)

// clock is a clock that tests move by hand.
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

// world is an AWS with one Identity Center and the SDK's own clients for it.
type world struct {
	*awstest.Server
	*clock
	center *identitycenter.Service
	corp   *identitycenter.Instance
	oidc   *ssooidc.Client
	portal *sso.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := &clock{at: time.Now()} // the SDK signs by the real time
	s, err := awstest.Start(awstest.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := &world{Server: s, clock: c, center: s.IdentityCenter()}
	w.corp = w.center.AddInstance(s.URL+"/start", "eu-west-1")
	w.corp.AddUser(alice)
	w.corp.AddUser(bob)
	w.corp.AddAccount(
		identitycenter.Account{ID: dev, Name: "Dev", Email: "dev@example.com"},
		identitycenter.Account{ID: "555555555555", Name: "Staging", Email: "staging@example.com"},
		identitycenter.Account{ID: prod, Name: "Prod", Email: "prod@example.com"},
	)
	check(t, w.corp.AddPermissionSet("Admin", 0))
	check(t, w.corp.AddPermissionSet("ReadOnly", 8*time.Hour))
	check(t, w.corp.Assign(alice, dev, "Admin"))
	check(t, w.corp.Assign(alice, dev, "ReadOnly"))
	check(t, w.corp.Assign(alice, prod, "ReadOnly"))
	check(t, w.corp.Assign(bob, dev, "ReadOnly"))
	w.oidc = ssooidc.New(ssooidc.Options{Region: "eu-west-1", BaseEndpoint: &s.URL, RetryMaxAttempts: 1})
	w.portal = sso.New(sso.Options{Region: "eu-west-1", BaseEndpoint: &s.URL, RetryMaxAttempts: 1})
	return w
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// register makes a client for the device flow, or with a change of that.
func (w *world) register(t *testing.T, change ...func(*ssooidc.RegisterClientInput)) *ssooidc.RegisterClientOutput {
	t.Helper()
	in := &ssooidc.RegisterClientInput{
		ClientName: aws.String("hatstand-corp"), ClientType: aws.String("public"), Scopes: []string{accountScope},
	}
	for _, f := range change {
		f(in)
	}
	out, err := w.oidc.RegisterClient(t.Context(), in)
	check(t, err)
	return out
}

// forBrowser is a registration for the authorization code flow.
func (w *world) forBrowser(in *ssooidc.RegisterClientInput) {
	in.GrantTypes = []string{"authorization_code", "refresh_token"}
	in.RedirectUris = []string{"http://127.0.0.1/oauth/callback"}
	in.IssuerUrl = aws.String(w.corp.StartURL())
}

func unscoped(in *ssooidc.RegisterClientInput) { in.Scopes = nil }

// device begins a device authorization.
func (w *world) device(t *testing.T, c *ssooidc.RegisterClientOutput) *ssooidc.StartDeviceAuthorizationOutput {
	t.Helper()
	out, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(w.corp.StartURL()),
	})
	check(t, err)
	return out
}

func (w *world) poll(
	ctx context.Context, c *ssooidc.RegisterClientOutput, d *ssooidc.StartDeviceAuthorizationOutput,
) (*ssooidc.CreateTokenOutput, error) {
	return w.oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String(deviceGrant), DeviceCode: d.DeviceCode,
	})
}

// signIn is the whole device flow.
func (w *world) signIn(t *testing.T, c *ssooidc.RegisterClientOutput) *ssooidc.CreateTokenOutput {
	t.Helper()
	d := w.device(t, c)
	check(t, w.center.Approve(*d.UserCode, w.Now()))
	out, err := w.poll(t.Context(), c, d)
	check(t, err)
	return out
}

func (w *world) refresh(
	ctx context.Context, c *ssooidc.RegisterClientOutput, token *string,
) (*ssooidc.CreateTokenOutput, error) {
	return w.oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String("refresh_token"), RefreshToken: token,
	})
}

func (w *world) credentials(
	ctx context.Context, token *string, account, set string,
) (*ssotypes.RoleCredentials, error) {
	out, err := w.portal.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: token, AccountId: &account, RoleName: &set,
	})
	if err != nil {
		return nil, err
	}
	return out.RoleCredentials, nil
}

// caller is a client that waits for its callback, as any does.
type caller struct {
	*httptest.Server
	mu  sync.Mutex
	got []url.Values
}

func newCaller(t *testing.T) *caller {
	c := &caller{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.URL.Path == "/oauth/callback" { // a browser asks for an icon too
			c.got = append(c.got, r.URL.Query())
		}
		_, _ = w.Write([]byte("you may close this window"))
	}))
	t.Cleanup(c.Close)
	return c
}

// answer is the one callback that came.
func (c *caller) answer(t *testing.T) url.Values {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.got) != 1 {
		t.Fatalf("called back %d times", len(c.got))
	}
	return c.got[0]
}

func (c *caller) redirect() string { return c.URL + "/oauth/callback" }

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// authorizeURL is what a client has the browser go to; "" takes a parameter away.
func (w *world) authorizeURL(client, redirect string, change map[string]string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "state": {"xyz"},
		"code_challenge_method": {"S256"}, "scopes": {accountScope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
	for k, v := range change {
		if q.Set(k, v); v == "" {
			q.Del(k)
		}
	}
	return w.URL + "/authorize?" + q.Encode()
}

// redeem exchanges a code; change may spoil the call.
func (w *world) redeem(
	ctx context.Context, c *ssooidc.RegisterClientOutput, code, redirect string,
	change ...func(*ssooidc.CreateTokenInput),
) (*ssooidc.CreateTokenOutput, error) {
	in := &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String("authorization_code"), Code: &code,
		RedirectUri: &redirect, CodeVerifier: aws.String(verifier),
	}
	for _, f := range change {
		f(in)
	}
	return w.oidc.CreateToken(ctx, in)
}

// code is a browser flow up to its authorization code.
func (w *world) code(t *testing.T, c *ssooidc.RegisterClientOutput) (code, redirect string) {
	t.Helper()
	back := newCaller(t)
	_, err := person.Open(t.Context(), w.authorizeURL(*c.ClientId, back.redirect(), nil), person.Allow)
	check(t, err)
	return back.answer(t).Get("code"), back.redirect()
}

// wantError holds an error of the SDK's to AWS's name and HTTP status.
func wantError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("want %s, got %v", code, err)
	}
	if api.ErrorCode() != code {
		t.Errorf("want %s, got %s: %v", code, api.ErrorCode(), err)
	}
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) || resp.HTTPStatusCode() != status {
		t.Errorf("%s: want HTTP %d, got %v", code, status, err)
	}
}

func holds(t *testing.T, p person.Page, status int, texts ...string) {
	t.Helper()
	if p.Status != status {
		t.Errorf("HTTP %d at %s: %s", p.Status, p.URL, p.Body)
	}
	for _, text := range texts {
		if !strings.Contains(p.Body, text) {
			t.Errorf("%s does not have %q: %s", p.URL, text, p.Body)
		}
	}
}
