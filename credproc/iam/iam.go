// Package iam makes the calls to IAM that keys and MFA devices need, as one IAM user. It reads no
// ambient configuration, never repeats a call that must not be made twice, and turns every refusal into
// an error that names what to do. Secrets that IAM hands out are in the answers and nowhere else.
package iam

import (
	"context"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"hatstand/credproc/credentials"
	"hatstand/credproc/internal/query"
)

// An HTTPClient sends requests; *http.Client is one.
type HTTPClient = query.HTTPClient

// Options say who asks, and where IAM is. HTTP, Region, Credentials and Now are required.
type Options struct {
	HTTP HTTPClient
	// Region is the one that the partition's IAM, which is global, signs for: us-east-1 in aws, cn-north-1
	// in aws-cn, us-gov-west-1 in aws-us-gov, ...; profiles.LeaderRegion knows it.
	Region string
	// URL, FIPS and DualStack are how to get there; URL overrides the other two.
	URL             string
	FIPS, DualStack bool
	Credentials     credentials.Value
	// MFA: the credentials were given for a token code. Refusals of credentials without one say that MFA
	// may be what is wanted.
	MFA bool
	// User is the IAM user's name, which every call about the user gives: for a session IAM does not know
	// it otherwise, and policies on user/${aws:username} do not match where it is left out. "": root's.
	User string
	// Profile is whose credentials they are, for messages.
	Profile string
	Now     func() time.Time
}

// A Client makes calls. Its methods may be called at the same time. Their errors are *RefusedError or
// *UnreachableError.
//
// A call that may be repeated is, four times in all where the failure is a passing one; one that makes
// something is repeated only where IAM says that it was not even looked at (throttling); one that carries
// token codes never.
type Client struct{ o Options }

// New makes a client; it calls nobody.
func New(o Options) *Client { return &Client{o} }

// call makes one call; tries is one of query's.
func (c *Client) call(ctx context.Context, tries aws.Retryer, action string, params url.Values, out any) (middleware.Metadata, error) {
	at, region := c.o.place()
	s := query.Service{Name: "IAM", Signed: "iam", Version: "2010-05-08", HTTP: c.o.HTTP, URL: at, Region: region, Credentials: c.o.Credentials, Now: c.o.Now}
	return s.Call(ctx, tries, action, params, out)
}

// about adds a user's name, if there is one, to a call's parameters; IAM takes a call without one for its caller's.
func about(user string, params url.Values) url.Values {
	if params == nil {
		params = url.Values{}
	}
	if user != "" {
		params.Set("UserName", user)
	}
	return params
}

// User is the IAM user's name.
func (c *Client) User() string { return c.o.User }

// Profile is whose credentials the client has.
func (c *Client) Profile() string { return c.o.Profile }

// MFA tells whether the credentials were given for a token code.
func (c *Client) MFA() bool { return c.o.MFA }
