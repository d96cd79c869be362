// Package loginsession makes the calls of a sign-in to the AWS console for one grant, as aws login does: it has a
// person sign in by browser, or with a text that they paste, and renews the credentials that this gives.
//
// It promises that a call which spends a code or a refresh token is repeated only where AWS cannot have acted on it;
// that each is proved with the key of its own sign-in (DPoP, RFC 9449); that nobody is signed in but whom the settings
// name; and that each refusal of AWS's is a *grant.Error that says what it means. It keeps nothing: package grant does.
package loginsession

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin"

	"hatstand/credproc/awsclient"
	"hatstand/profiles"
)

// tryLimit bounds one try of a call: a person waits for it.
const tryLimit = 10 * time.Second

// A Client calls the service that signs in to the console. It is a grant.Service.
type Client struct {
	calls  awsclient.Config
	grant  profiles.Grant
	signin *signin.Client
}

// Connect makes a client for a grant; it calls nobody. No call is signed: it needs no credentials. If the grant has no
// ARN, anybody may sign in.
func Connect(c awsclient.Config, g profiles.Grant) *Client {
	c.HTTP = awsclient.WithoutRedirects(c.HTTP)
	c.Try = cmp.Or(c.Try, tryLimit)
	o := signin.Options{Region: g.Region, Credentials: aws.AnonymousCredentials{}, AppID: awsclient.AppID,
		DisableClockSkewCorrection: true, APIOptions: awsclient.JSONAnswers("AWS Sign-In")}
	o.EndpointOptions.UseFIPSEndpoint, o.EndpointOptions.UseDualStackEndpoint = flags(g.Service)
	if g.Service.URL != "" {
		o.BaseEndpoint = &g.Service.URL
	}
	return &Client{calls: c, grant: g, signin: signin.New(o)}
}

// flags returns an endpoint's flags. A URL overrides them.
func flags(e profiles.Endpoint) (fips aws.FIPSEndpointState, dualStack aws.DualStackEndpointState) {
	if e.URL == "" && e.FIPS {
		fips = aws.FIPSEndpointStateEnabled
	}
	if e.URL == "" && e.DualStack {
		dualStack = aws.DualStackEndpointStateEnabled
	}
	return fips, dualStack
}

// address is where the service is; nil where there is none.
func (c *Client) address() *url.URL {
	e := c.grant.Service
	if e.URL != "" {
		u, err := url.Parse(e.URL)
		if err != nil {
			return nil
		}
		return u
	}
	found, err := signin.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(),
		signin.EndpointParameters{Region: &c.grant.Region, UseFIPS: &e.FIPS, UseDualStack: &e.DualStack,
			IsControlPlane: aws.Bool(false)})
	if err != nil {
		return nil
	}
	return &found.URI
}
