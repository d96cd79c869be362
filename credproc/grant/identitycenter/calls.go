package identitycenter

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/profiles/partitions"
)

// Names of AWS's calls.
const (
	registerClient    = "RegisterClient"
	startDevice       = "StartDeviceAuthorization"
	createToken       = "CreateToken"
	authorize         = "authorize" // a page in a browser
	roleCredentials   = "GetRoleCredentials"
	listAccounts      = "ListAccounts"
	listAccountRoles  = "ListAccountRoles"
	logout            = "Logout"
	authorizationCode = "authorization_code"
	deviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
	refreshToken      = "refresh_token"
)

// defaultScope is that of an [sso-session] section that names none: AWS's own default.
const defaultScope = "sso:account:access"

// Register registers this program for a flow.
func (c *Client) Register(ctx context.Context, flow grant.Flow) (grant.Registration, error) {
	name := "hatstand"
	if c.grant.Session != "" {
		name += "-" + c.grant.Session
	}
	in := &ssooidc.RegisterClientInput{ClientName: &name, ClientType: aws.String("public"), Scopes: c.scopes()}
	if flow == grant.Browser {
		in.GrantTypes = []string{authorizationCode, refreshToken}
		in.RedirectUris = []string{"http://127.0.0.1" + grant.CallbackPath} // AWS takes each port
		in.IssuerUrl = aws.String(c.grant.SentStartURL())
	}
	out, err := c.oidc.RegisterClient(ctx, in, c.oidcCall(ctx, awsclient.Creates))
	if err != nil {
		return grant.Registration{}, c.refusal(call{name: registerClient}, err)
	}
	r := grant.Registration{ClientID: aws.ToString(out.ClientId), ClientSecret: aws.ToString(out.ClientSecret),
		Expires: time.Unix(out.ClientSecretExpiresAt, 0)}
	if r.ClientID == "" || r.ClientSecret == "" || out.ClientSecretExpiresAt <= 0 {
		return grant.Registration{}, c.incomplete(registerClient)
	}
	return r, nil
}

// scopes are what a sign-in may be used for. The older form of the settings has none, and gets none.
func (c *Client) scopes() []string {
	var all []string
	for scope := range strings.SplitSeq(c.grant.Scopes, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			all = append(all, scope)
		}
	}
	if len(all) == 0 && c.grant.Session != "" {
		return []string{defaultScope}
	}
	return all
}

// AuthorizeURL is the page in which a person signs in.
func (c *Client) AuthorizeURL(_ context.Context, r grant.Registration, v grant.Visit) (string, error) {
	u := c.oidcURL()
	if u == nil {
		return "", &grant.Error{Kind: grant.WrongRegionOrURL, Grant: c.grant.Name(), Call: authorize,
			Reason: fmt.Sprintf("sign-in to %s: there is no such service in %s", c.grant.Name(), c.grant.Region)}
	}
	query := url.Values{"response_type": {"code"}, "client_id": {r.ClientID}, "redirect_uri": {v.RedirectURI},
		"state": {v.State}, "code_challenge_method": {"S256"}, "scopes": {strings.Join(c.scopes(), " ")},
		"code_challenge": {v.Challenge()}}
	u = u.JoinPath("authorize")
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String(), nil
}

// StartDevice begins a device authorization.
func (c *Client) StartDevice(ctx context.Context, r grant.Registration) (grant.Authorization, error) {
	now := c.calls.Now()
	out, err := c.oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId: &r.ClientID, ClientSecret: &r.ClientSecret, StartUrl: aws.String(c.grant.SentStartURL()),
	}, c.oidcCall(ctx, awsclient.Creates))
	if err != nil {
		return grant.Authorization{}, c.refusal(call{name: startDevice}, err)
	}
	a := grant.Authorization{DeviceCode: aws.ToString(out.DeviceCode), UserCode: aws.ToString(out.UserCode),
		URL: aws.ToString(out.VerificationUri), CompleteURL: aws.ToString(out.VerificationUriComplete),
		Interval: time.Duration(out.Interval) * time.Second,
		Expires:  now.Add(time.Duration(out.ExpiresIn) * time.Second), Client: r}
	if a.Interval <= 0 {
		a.Interval = grant.DefaultInterval
	}
	if a.DeviceCode == "" || out.ExpiresIn <= 0 || !isUserCode(a.UserCode) || !isPage(a.URL) ||
		a.CompleteURL != "" && !isPage(a.CompleteURL) {
		return grant.Authorization{}, c.incomplete(startDevice)
	}
	return a, nil
}

// isUserCode reports whether a code can be shown: BCDF-GHJK, say.
func isUserCode(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// isPage reports whether a page may be opened in a browser.
func isPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" && u.Hostname() != "" ||
		u.Scheme == "http" && partitions.Loopback(u.Hostname()))
}

// DeviceToken asks once for the token of a device authorization. Until somebody has signed in, the error is of kind
// Pending or SlowDown.
func (c *Client) DeviceToken(ctx context.Context, a grant.Authorization) (grant.Token, error) {
	in := &ssooidc.CreateTokenInput{ClientId: &a.Client.ClientID, ClientSecret: &a.Client.ClientSecret,
		GrantType: aws.String(deviceCode), DeviceCode: &a.DeviceCode}
	return c.token(ctx, in, grant.Token{Client: a.Client, Flow: grant.Device}, awsclient.Once) // who polls repeats it
}

// CodeToken exchanges the code that a browser came back with.
func (c *Client) CodeToken(ctx context.Context, r grant.Registration, v grant.Visit, code string) (grant.Token, error) {
	in := &ssooidc.CreateTokenInput{ClientId: &r.ClientID, ClientSecret: &r.ClientSecret,
		GrantType: aws.String(authorizationCode), Code: &code, RedirectUri: &v.RedirectURI, CodeVerifier: &v.Verifier}
	return c.token(ctx, in, grant.Token{Client: r, Flow: grant.Browser}, awsclient.Creates)
}

// Refresh spends the token's refresh token. What it returns is the same sign-in's token. Its refresh token is the old
// one where AWS sends no other (RFC 6749, section 6).
func (c *Client) Refresh(ctx context.Context, t grant.Token) (grant.Token, error) {
	in := &ssooidc.CreateTokenInput{ClientId: &t.Client.ClientID, ClientSecret: &t.Client.ClientSecret,
		GrantType: aws.String(refreshToken), RefreshToken: &t.Refresh}
	return c.token(ctx, in, t, awsclient.Creates)
}

// token creates a token; t is what is known of it already.
func (c *Client) token(ctx context.Context, in *ssooidc.CreateTokenInput, t grant.Token,
	r awsclient.Repeat) (grant.Token, error) {
	now := c.calls.Now()
	out, err := c.oidc.CreateToken(ctx, in, c.oidcCall(ctx, r))
	if err != nil {
		return grant.Token{}, c.refusal(call{name: createToken, grantType: *in.GrantType}, err)
	}
	t.Access, t.Expires = aws.ToString(out.AccessToken), now.Add(time.Duration(out.ExpiresIn)*time.Second)
	if out.RefreshToken != nil && *out.RefreshToken != "" {
		t.Refresh = *out.RefreshToken
	}
	kind := aws.ToString(out.TokenType)
	if t.Access == "" || out.ExpiresIn <= 0 || kind != "" && !strings.EqualFold(kind, "Bearer") {
		return grant.Token{}, c.incomplete(createToken)
	}
	return t, nil
}
