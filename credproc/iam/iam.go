// Package iam makes the calls to IAM that keys and MFA devices need, as one IAM user, with the SDK's own client. It
// reads no ambient configuration, never repeats a call that must not be made twice, and turns every refusal into an
// error with IAM's code. Secrets that IAM hands out are in the answers and nowhere else.
package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
)

// Options say who asks, and where IAM is. Calls, Region and Credentials are required.
type Options struct {
	Calls awsclient.Config
	// Region is the one that the partition's IAM, which is global, signs for: us-east-1 in aws, cn-north-1
	// in aws-cn, us-gov-west-1 in aws-us-gov, ...; partitions.LeaderRegion knows it.
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
}

// A Client makes calls. Its methods may be called at the same time. Their errors are *RefusedError or
// *UnreachableError.
//
// A call that may be repeated is, four times in all where the failure is a passing one; one that makes
// something is repeated only where IAM says that it was not even looked at (throttling); one that carries
// token codes never. Each is over within awsclient.CallLimit.
type Client struct {
	o   Options
	api *iam.Client
}

// maxReport is the most that is read of an answer, in MiB: the credential report of 5,000 users, which is IAM's quota, has
// about 3.
const maxReport = 8

// New makes a client; it calls nobody.
func New(o Options) *Client {
	o.Calls.Answer = maxReport
	c := iam.Options{
		Region: o.Region, Credentials: awsclient.Credentials(o.Credentials), HTTPSignerV4: o.Calls.Signer(),
		AppID:                      awsclient.AppID,
		DisableClockSkewCorrection: true, APIOptions: awsclient.QueryAnswers("IAM"),
	}
	switch {
	case o.URL != "":
		c.BaseEndpoint = &o.URL
	default:
		if o.FIPS {
			c.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if o.DualStack {
			c.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
	}
	return &Client{o, iam.New(c)}
}

// repeat sets how often one call may be made.
func (c *Client) repeat(ctx context.Context, r awsclient.Repeat) func(*iam.Options) {
	return func(o *iam.Options) { o.HTTPClient, o.Retryer = c.o.Calls.HTTPClient(r), c.o.Calls.Retryer(ctx, r) }
}

// user is the name that calls about the user give; IAM takes a call without one for its caller's.
func (c *Client) user() *string { return optional(c.o.User) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// User is the IAM user's name.
func (c *Client) User() string { return c.o.User }

// Profile is whose credentials the client has.
func (c *Client) Profile() string { return c.o.Profile }

// MFA tells whether the credentials were given for a token code.
func (c *Client) MFA() bool { return c.o.MFA }
