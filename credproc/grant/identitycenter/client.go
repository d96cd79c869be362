// Package identitycenter makes the calls of IAM Identity Center for one grant: it registers, signs a person in by
// browser or code, refreshes and ends the sign-in, turns it into a permission set's credentials, and lists what there
// is.
//
// It promises that a call which makes something, or spends a code or a refresh token, is repeated only where AWS cannot
// have acted on it; that no call hangs; and that each refusal of AWS's is an *grant.Error that says what it means. It
// keeps nothing: package grant does.
package identitycenter

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go/middleware"

	"hatstand/credproc/awsclient"
	"hatstand/profiles"
)

// tryLimit bounds one try of a call: a person waits for it.
const tryLimit = 10 * time.Second

// A Client calls the two services of one grant: the one that signs in (sso-oidc) and the one that gives credentials
// (sso, "the portal"). Calls that only read are repeated where the failure is a passing one; those that make something
// or spend a code or a refresh token only where AWS cannot have acted on them. Errors of its methods are *Error.
type Client struct {
	calls  awsclient.Config
	grant  profiles.Grant
	oidc   *ssooidc.Client
	portal *sso.Client
	pace   *pace // of calls to the portal; nil: none
}

// Connect makes a client for a grant; it calls nobody. No call is signed: it needs no credentials.
func Connect(c awsclient.Config, g profiles.Grant) *Client {
	c.HTTP = awsclient.WithoutRedirects(c.HTTP)
	c.Try = cmp.Or(c.Try, tryLimit)
	if c.Waits == (awsclient.Waits{}) {
		c.Waits = awsclient.Waits{Tries: 6, First: time.Second / 2, Longest: 8 * time.Second}
	}
	oidc := ssooidc.Options{Region: g.Region, Credentials: aws.AnonymousCredentials{}, AppID: awsclient.AppID,
		DisableClockSkewCorrection: true, APIOptions: answers("the sign-in service")}
	at := &oidc.EndpointOptions
	oidc.BaseEndpoint, at.UseFIPSEndpoint, at.UseDualStackEndpoint = reach(g.Service)
	portal := sso.Options{Region: g.Region, Credentials: aws.AnonymousCredentials{}, AppID: awsclient.AppID,
		DisableClockSkewCorrection: true, APIOptions: answers("IAM Identity Center", logout)}
	portal.BaseEndpoint, portal.EndpointOptions.UseFIPSEndpoint, portal.EndpointOptions.UseDualStackEndpoint =
		reach(g.Portal)
	return &Client{calls: c, grant: g, oidc: ssooidc.New(oidc), portal: sso.New(portal)}
}

func answers(service string, bodiless ...string) []func(*middleware.Stack) error {
	return awsclient.JSONAnswers(service, bodiless...)
}

// reach is an endpoint as the SDK's clients have it. A URL overrides what else is there.
func reach(e profiles.Endpoint) (url *string, fips aws.FIPSEndpointState, dualStack aws.DualStackEndpointState) {
	if e.URL != "" {
		return &e.URL, fips, dualStack
	}
	if e.FIPS {
		fips = aws.FIPSEndpointStateEnabled
	}
	if e.DualStack {
		dualStack = aws.DualStackEndpointStateEnabled
	}
	return nil, fips, dualStack
}

func (c *Client) oidcCall(ctx context.Context, r awsclient.Repeat) func(*ssooidc.Options) {
	return func(o *ssooidc.Options) { o.HTTPClient, o.Retryer = c.calls.HTTPClient(r), c.calls.Retryer(ctx, r) }
}

func (c *Client) portalCall(ctx context.Context, r awsclient.Repeat) func(*sso.Options) {
	return func(o *sso.Options) {
		o.HTTPClient, o.Retryer = c.calls.HTTPClient(r), c.calls.Retryer(ctx, r)
		if c.pace != nil {
			o.HTTPClient, o.Retryer = c.pace.client(o.HTTPClient), unthrottled{o.Retryer}
		}
	}
}

// oidcURL is where the service that signs in is; nil where there is none, such as in a partition without it.
func (c *Client) oidcURL() *url.URL {
	e := c.grant.Service
	if e.URL != "" {
		u, err := url.Parse(e.URL)
		if err != nil {
			return nil
		}
		return u
	}
	found, err := ssooidc.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(),
		ssooidc.EndpointParameters{Region: &c.grant.Region, UseFIPS: &e.FIPS, UseDualStack: &e.DualStack})
	if err != nil {
		return nil
	}
	return &found.URI
}
