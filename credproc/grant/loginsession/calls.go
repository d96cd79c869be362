package loginsession

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/internal/text"
)

// What AWS knows programs by that sign a person in to the console: those that its page can send the browser back to,
// and those that it cannot.
const (
	SameDevice  = "arn:aws:signin:::devtools/same-device"
	CrossDevice = "arn:aws:signin:::devtools/cross-device"
)

// Names of AWS's calls.
const (
	createToken = "CreateOAuth2Token"
	authorize   = "authorize" // a page in a browser
)

// tokenType is what AWS calls credentials that are given as a token.
const tokenType = "aws_sigv4"

// Register returns the ID that programs go by with a flow. There is nothing to register.
func (c *Client) Register(_ context.Context, f grant.Flow) (grant.Registration, error) {
	if f == grant.Paste {
		return grant.Registration{ClientID: CrossDevice}, nil
	}
	return grant.Registration{ClientID: SameDevice}, nil
}

// AuthorizeURL is the page in which a person signs in.
func (c *Client) AuthorizeURL(_ context.Context, r grant.Registration, v grant.Visit) (string, error) {
	u := c.address()
	if u == nil {
		return "", c.noService()
	}
	query := url.Values{"response_type": {"code"}, "client_id": {r.ClientID}, "redirect_uri": {v.RedirectURI},
		"state": {v.State}, "code_challenge_method": {"SHA-256"}, "scope": {"openid"}, "code_challenge": {v.Challenge()}}
	u = u.JoinPath("v1", "authorize")
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String(), nil
}

// PasteURI is where the page sends a browser that cannot come back here: a page of AWS's, which shows what to paste.
func (c *Client) PasteURI() (string, error) {
	u := c.address()
	if u == nil {
		return "", c.noService()
	}
	return u.JoinPath("v1", "sessions", "confirmation").String(), nil
}

func (c *Client) noService() error {
	return &grant.Error{Kind: grant.WrongRegionOrURL, Grant: c.grant.Name(), Call: authorize,
		Reason: fmt.Sprintf("sign-in to %s: there is no such service in %s", c.grant.Name(), c.grant.Region)}
}

// StartDevice: there is no device authorization.
func (c *Client) StartDevice(context.Context, grant.Registration) (grant.Authorization, error) {
	return grant.Authorization{}, c.noDevice()
}

// DeviceToken: there is no device authorization.
func (c *Client) DeviceToken(context.Context, grant.Authorization) (grant.Token, error) {
	return grant.Token{}, c.noDevice()
}

func (c *Client) noDevice() error {
	return &grant.Error{Kind: grant.NoDeviceFlow, Grant: c.grant.Name(),
		Reason: "sign-in to " + c.grant.Name() + ": the console has no device codes"}
}

// Logout does nothing: AWS has no call that ends the sign-in, which ends with the console's session.
func (c *Client) Logout(context.Context, grant.Token) error { return nil }

// CodeToken exchanges the code that a browser came back with, or that was pasted. If somebody else has signed in than
// the grant says, the error is of kind WrongPerson.
func (c *Client) CodeToken(ctx context.Context, r grant.Registration, v grant.Visit, code string) (grant.Token, error) {
	key, err := newKey()
	if err != nil {
		return grant.Token{}, err
	}
	t := grant.Token{Client: r, Flow: grant.Browser, Region: c.grant.Region}
	if r.ClientID == CrossDevice {
		t.Flow = grant.Paste
	}
	if t.Console.DPoPKey, err = encodeKey(key); err != nil {
		return grant.Token{}, err
	}
	t, err = c.token(ctx, &types.CreateOAuth2TokenRequestBody{ClientId: &r.ClientID,
		GrantType: aws.String("authorization_code"), Code: &code, CodeVerifier: &v.Verifier,
		RedirectUri: &v.RedirectURI}, t, key)
	if err != nil {
		return grant.Token{}, err
	}
	who := Subject(t)
	switch {
	case who == "":
		return grant.Token{}, c.incomplete()
	case c.grant.ARN != "" && who != c.grant.ARN:
		return grant.Token{}, &grant.Error{Kind: grant.WrongPerson, Grant: c.grant.Name(), Subject: who,
			Reason: fmt.Sprintf("you are signed in to the console as %s, not as %s: nothing was stored", who, c.grant.ARN)}
	}
	t.User = grant.PersonOf(who)
	return t, nil
}

// Refresh spends the token's refresh token. What it returns is the same sign-in's token.
func (c *Client) Refresh(ctx context.Context, t grant.Token) (grant.Token, error) {
	key, err := decodeKey(t.Console.DPoPKey)
	if err != nil {
		return grant.Token{}, &grant.Error{Kind: grant.GrantEnded, Grant: c.grant.Name(), Err: err,
			Reason: "the sign-in to " + c.grant.Name() + " cannot be renewed: " + err.Error()}
	}
	in := &types.CreateOAuth2TokenRequestBody{ClientId: &t.Client.ClientID, GrantType: aws.String("refresh_token"),
		RefreshToken: &t.Refresh}
	got, err := c.token(ctx, in, t, key)
	if e, ok := errors.AsType[*grant.Error](err); ok && e.Code == invalidRequest {
		// AWS has said so of good refresh tokens (aws/aws-cli#10613): the second such answer counts.
		if got, err = c.token(ctx, in, t, key); err != nil {
			if e, ok := errors.AsType[*grant.Error](err); ok && e.Code == invalidRequest {
				e.Kind, e.Reason = grant.GrantEnded, c.words(grant.GrantEnded)+" ("+e.Code+")"
			}
		}
	}
	return got, err
}

// token creates a token; t is what is known of it already.
func (c *Client) token(ctx context.Context, in *types.CreateOAuth2TokenRequestBody, t grant.Token,
	key *ecdsa.PrivateKey) (grant.Token, error) {
	now := c.calls.Now()
	got, err := c.signin.CreateOAuth2Token(ctx, &signin.CreateOAuth2TokenInput{TokenInput: in},
		func(o *signin.Options) {
			o.HTTPClient, o.Retryer = c.calls.HTTPClient(awsclient.Creates), c.calls.Retryer(ctx, awsclient.Creates)
		}, proved(key, c.calls.Now))
	if err != nil {
		return grant.Token{}, c.refusal(aws.ToString(in.GrantType), err)
	}
	out := got.TokenOutput
	if out == nil || out.AccessToken == nil {
		return grant.Token{}, c.incomplete()
	}
	life := time.Duration(aws.ToInt32(out.ExpiresIn)) * time.Second
	t.Access, t.Expires = aws.ToString(out.AccessToken.AccessKeyId), now.Add(life)
	t.Console.SecretAccessKey = aws.ToString(out.AccessToken.SecretAccessKey)
	t.Console.SessionToken = aws.ToString(out.AccessToken.SessionToken)
	if refresh := aws.ToString(out.RefreshToken); refresh != "" {
		t.Refresh = refresh
	}
	if id := aws.ToString(out.IdToken); id != "" && t.Console.IDToken == "" {
		t.Console.IDToken = id
	}
	kind := aws.ToString(out.TokenType)
	if t.Access == "" || t.Console.SecretAccessKey == "" || t.Console.SessionToken == "" || life <= 0 ||
		kind != "" && kind != tokenType {
		return grant.Token{}, c.incomplete()
	}
	return t, nil
}

// incomplete is the error of an answer that lacks what it is made for.
func (c *Client) incomplete() error {
	return &grant.Error{Kind: grant.BadAnswer, Grant: c.grant.Name(), Call: createToken,
		Reason: fmt.Sprintf("sign-in to %s: AWS's answer to %s is incomplete", c.grant.Name(), createToken)}
}

// Subject is the ARN of who has signed in; "" if the token does not say. The signature of the ID token, which says it,
// is not looked at: it came from AWS over TLS, with the code's token (OpenID Connect Core, section 3.1.3.7).
func Subject(t grant.Token) string {
	parts := strings.Split(t.Console.IDToken, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	if json.Unmarshal(payload, &claims) != nil || text.OneLine(claims.Subject) != claims.Subject {
		return ""
	}
	return strings.TrimSpace(claims.Subject)
}
