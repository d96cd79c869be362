// Package oidc signs a person in to an OpenID provider, as a public client: by browser with PKCE or by code, and renews
// and ends the sign-in. What it gets is the ID token, which STS exchanges for a role.
//
// It promises that the token is of the issuer and the client that the settings name, and of the very sign-in that was
// begun; that nothing secret is sent without TLS to another machine; that a call which spends a code or a refresh token
// is repeated only where the provider cannot have acted on it; that no call hangs; and that each refusal is a
// *grant.Error that names the issuer. It checks no signature: the token comes from the provider itself, over TLS
// (OpenID Connect Core, section 3.1.3.7), and STS decides what it is worth. It keeps nothing: package grant does.
package oidc

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

// offlineAccess is the scope that asks for a refresh token.
const offlineAccess = "offline_access"

// tryLimit bounds one try of a call: a person waits for it.
const tryLimit = 10 * time.Second

// A Client calls the provider of one grant. It is a grant.Service.
type Client struct {
	calls awsclient.Config
	grant profiles.Grant

	mu    sync.Mutex
	found *description
}

// Connect makes a client for a grant; it calls nobody.
func Connect(c awsclient.Config, g profiles.Grant) *Client {
	c.HTTP = awsclient.WithoutRedirects(c.HTTP)
	c.Try = cmp.Or(c.Try, tryLimit)
	if c.Waits == (awsclient.Waits{}) {
		c.Waits = awsclient.Waits{Tries: 4, First: time.Second / 2, Longest: 4 * time.Second}
	}
	return &Client{calls: c, grant: g}
}

// Register is the client that the settings name: the provider knows it already.
func (c *Client) Register(context.Context, grant.Flow) (grant.Registration, error) {
	return grant.Registration{ClientID: c.grant.ClientID}, nil
}

// AuthorizeURL is the page in which a person signs in.
func (c *Client) AuthorizeURL(ctx context.Context, r grant.Registration, v grant.Visit) (string, error) {
	d, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(d.Authorization)
	if err != nil {
		return "", c.badAnswer(authorize, "its address cannot be read")
	}
	query := url.Values{"response_type": {"code"}, "client_id": {r.ClientID}, "redirect_uri": {v.RedirectURI},
		"scope": {c.grant.Scopes}, "state": {v.State}, "nonce": {v.Nonce}, "code_challenge": {v.Challenge()},
		"code_challenge_method": {"S256"}}
	if slices.Contains(strings.Fields(c.grant.Scopes), offlineAccess) {
		query.Set("prompt", "consent") // OpenID Connect Core, section 11: without it there is no refresh token
	}
	all := strings.ReplaceAll(query.Encode(), "+", "%20")
	if u.RawQuery != "" { // RFC 6749, section 3.1: it stays
		all = u.RawQuery + "&" + all
	}
	u.RawQuery = all
	return u.String(), nil
}

// CodeToken exchanges the code that a browser came back with.
func (c *Client) CodeToken(ctx context.Context, r grant.Registration, v grant.Visit, code string) (grant.Token, error) {
	form := url.Values{"grant_type": {authorizationCode}, "client_id": {r.ClientID}, "code": {code},
		"redirect_uri": {v.RedirectURI}, "code_verifier": {v.Verifier}}
	answer, err := c.token(ctx, form, awsclient.Creates)
	if err != nil {
		return grant.Token{}, err
	}
	return c.signedIn(answer, grant.Token{Client: r, Flow: grant.Browser}, expected{nonce: v.Nonce})
}

// StartDevice begins a device authorization.
func (c *Client) StartDevice(ctx context.Context, r grant.Registration) (grant.Authorization, error) {
	d, err := c.discover(ctx)
	if err != nil {
		return grant.Authorization{}, err
	}
	if d.Device == "" {
		return grant.Authorization{}, &grant.Error{Kind: grant.NoDeviceFlow, Grant: c.grant.Name(),
			Issuer: c.grant.Issuer, Call: device, Reason: c.about() + " has no sign-in by code"}
	}
	now := c.calls.Now()
	form := url.Values{"client_id": {r.ClientID}, "scope": {c.grant.Scopes}}
	var out struct {
		DeviceCode  string `json:"device_code"`
		UserCode    string `json:"user_code"`
		URL         string `json:"verification_uri"`
		CompleteURL string `json:"verification_uri_complete"`
		ExpiresIn   number `json:"expires_in"`
		Interval    number `json:"interval"`
	}
	if err := c.post(ctx, awsclient.Creates, call{name: device, url: d.Device, form: form}, &out); err != nil {
		return grant.Authorization{}, err
	}
	if out.DeviceCode == "" || out.UserCode == "" || out.URL == "" || out.ExpiresIn <= 0 {
		return grant.Authorization{}, c.badAnswer(device, "the answer is incomplete")
	}
	a := grant.Authorization{DeviceCode: out.DeviceCode, UserCode: out.UserCode, URL: out.URL,
		CompleteURL: out.CompleteURL, Interval: min(out.Interval.seconds(), longestInterval),
		Expires: now.Add(min(out.ExpiresIn.seconds(), longestDevice)), Client: r}
	if a.Interval <= 0 {
		a.Interval = grant.DefaultInterval
	}
	return a, nil
}

// What a provider may ask of a device authorization: the times between two polls, and until its end.
const (
	longestInterval = 5 * time.Minute
	longestDevice   = 24 * time.Hour
)

// DeviceToken asks once for the token of a device authorization.
func (c *Client) DeviceToken(ctx context.Context, a grant.Authorization) (grant.Token, error) {
	form := url.Values{"grant_type": {deviceCode}, "client_id": {a.Client.ClientID}, "device_code": {a.DeviceCode}}
	answer, err := c.token(ctx, form, awsclient.Once) // who polls repeats it
	if err != nil {
		return grant.Token{}, err
	}
	return c.signedIn(answer, grant.Token{Client: a.Client, Flow: grant.Device}, expected{})
}

// Refresh spends the token's refresh token. A provider that then sends no ID token, or another person's, has ended the
// sign-in as far as AWS is concerned.
func (c *Client) Refresh(ctx context.Context, t grant.Token) (grant.Token, error) {
	form := url.Values{"grant_type": {refreshToken}, "client_id": {t.Client.ClientID}, "refresh_token": {t.Refresh}}
	answer, err := c.token(ctx, form, awsclient.Creates)
	if err != nil {
		return grant.Token{}, err
	}
	if answer.IDToken == "" {
		return grant.Token{}, &grant.Error{Kind: grant.GrantEnded, Grant: c.grant.Name(), Issuer: c.grant.Issuer,
			Call: token, Reason: "the sign-in to " + c.grant.Name() + " has ended: " + c.grant.Issuer + " renews it without an ID token"}
	}
	of, err := readIDToken(t.Access)
	if err != nil {
		of = claims{}
	}
	user := t.User
	if t, err = c.signedIn(answer, t, expected{subject: of.Subject}); err == nil && user != "" {
		t.User = user
	}
	return t, err
}

// logoutLimit bounds Logout: whoever signs out does not want to wait for the provider.
const logoutLimit = 5 * time.Second

// Logout revokes the refresh token (RFC 7009), where the provider has an address for that. An ID token cannot be
// revoked.
func (c *Client) Logout(ctx context.Context, t grant.Token) error {
	if t.Refresh == "" {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, logoutLimit)
	defer stop()
	d, err := c.discover(ctx)
	if err != nil || d.Revocation == "" {
		return err
	}
	form := url.Values{"token": {t.Refresh}, "token_type_hint": {refreshToken}, "client_id": {t.Client.ClientID}}
	return c.post(ctx, awsclient.Once, call{name: revoke, url: d.Revocation, form: form}, nil)
}

// tokenAnswer is what a token endpoint sends.
type tokenAnswer struct {
	IDToken string `json:"id_token"`
	Refresh string `json:"refresh_token"`
}

// token calls the token endpoint.
func (c *Client) token(ctx context.Context, form url.Values, r awsclient.Repeat) (tokenAnswer, error) {
	d, err := c.discover(ctx)
	if err != nil {
		return tokenAnswer{}, err
	}
	var out tokenAnswer
	err = c.post(ctx, r, call{name: token, url: d.Token, form: form}, &out)
	return out, err
}

// signedIn is the token of an answer; t is what is known of it already.
func (c *Client) signedIn(answer tokenAnswer, t grant.Token, want expected) (grant.Token, error) {
	if answer.IDToken == "" {
		return grant.Token{}, c.badAnswer(token, "there is no ID token in the answer")
	}
	got, err := readIDToken(answer.IDToken)
	if err == nil {
		want.issuer, want.client, want.now = c.grant.Issuer, c.grant.ClientID, c.calls.Now()
		err = got.check(want)
	}
	if err != nil {
		return grant.Token{}, c.badAnswer(token, err.Error())
	}
	t.Access, t.Expires, t.User = answer.IDToken, got.expires(), got.person()
	if answer.Refresh != "" {
		t.Refresh = answer.Refresh
	}
	return t, nil
}

// about begins an error: whose sign-in it is, at which provider.
func (c *Client) about() string {
	return fmt.Sprintf("sign-in to %s: %s", c.grant.Name(), c.grant.Issuer)
}

func (c *Client) badAnswer(call, why string) error {
	return &grant.Error{Kind: grant.BadAnswer, Grant: c.grant.Name(), Issuer: c.grant.Issuer, Call: call,
		Reason: c.about() + ": " + why}
}

// scopes are the scopes asked for, for errors.
func (c *Client) scopes() string {
	return strings.Join(slices.Collect(strings.FieldsSeq(c.grant.Scopes)), ", ")
}
