// Package sts calls AWS's Security Token Service with the SDK's own client, and says in a type why it refused. It reads
// no profile, no environment and no keyring: what a call needs is given to it. A call that carries a token code is made
// once, and no answer to it is lost.
package sts

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// An Issue is what STS hands out. What its answer leaves out is empty here.
type Issue struct {
	AccessKeyID, SecretAccessKey, SessionToken string

	Expires time.Time
	// ARN is the assumed role's, with the session's name, or the federated user's; "" of GetSessionToken.
	ARN string
}

// A Client calls STS in one region with one pair of credentials. A code is a token code, "" for none; a call that
// carries one is made once. Others that fail for a passing reason (a dropped connection, an answer that broke off, 5xx,
// throttling) are tried four times in all. Each is over within awsclient.CallLimit.
type Client struct {
	calls awsclient.Config
	api   *sts.Client
}

// Connect makes a client of STS in a region, signing with c; it calls nobody. A URL in e overrides what else is there.
func Connect(calls awsclient.Config, region string, e profiles.Endpoint, c credentials.Value) *Client {
	o := sts.Options{
		Region: region, Credentials: awsclient.Credentials(c), HTTPSignerV4: calls.Signer(), AppID: awsclient.AppID,
		DisableClockSkewCorrection: true, APIOptions: awsclient.QueryAnswers("STS"),
		EndpointResolverV2: resolver{sts.NewDefaultEndpointResolverV2(), e.Legacy && e.URL == ""},
	}
	if e.URL != "" {
		o.BaseEndpoint = &e.URL
		return &Client{calls, sts.New(o)}
	}
	if e.FIPS {
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	if e.DualStack {
		o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	return &Client{calls, sts.New(o)}
}

// A resolver is the SDK's, which knows sts_regional_endpoints = legacy but has no option for it.
type resolver struct {
	sts.EndpointResolverV2
	legacy bool
}

func (r resolver) ResolveEndpoint(ctx context.Context, p sts.EndpointParameters) (smithyendpoints.Endpoint, error) {
	p.UseGlobalEndpoint = &r.legacy
	return r.EndpointResolverV2.ResolveEndpoint(ctx, p)
}

// once sets that a call is made once where it carries a code.
func (c *Client) once(ctx context.Context, code string) func(*sts.Options) {
	repeat := awsclient.Repeatable
	if code != "" {
		repeat = awsclient.Once
	}
	return func(o *sts.Options) {
		o.HTTPClient, o.Retryer = c.calls.HTTPClient(repeat), c.calls.Retryer(ctx, repeat)
	}
}

// GetSessionToken makes that call.
func (c *Client) GetSessionToken(ctx context.Context, s credproc.Step, code string) (Issue, error) {
	in := &sts.GetSessionTokenInput{DurationSeconds: seconds(s.Duration)}
	in.SerialNumber, in.TokenCode = device(s, code)
	out, err := c.api.GetSessionToken(ctx, in, c.once(ctx, code))
	if err != nil {
		return Issue{}, err
	}
	return issue(out.Credentials, nil), nil
}

// GetFederationToken makes a federated user of that name, narrowed by the step's policies.
func (c *Client) GetFederationToken(ctx context.Context, s credproc.Step, name string) (Issue, error) {
	in := &sts.GetFederationTokenInput{Name: &name, DurationSeconds: seconds(s.Duration), Policy: optional(s.Role.Policy)}
	for _, arn := range s.Role.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &arn})
	}
	out, err := c.api.GetFederationToken(ctx, in, c.once(ctx, ""))
	if err != nil {
		return Issue{}, err
	}
	i := issue(out.Credentials, nil)
	if out.FederatedUser != nil {
		i.ARN = aws.ToString(out.FederatedUser.Arn)
	}
	return i, nil
}

// AssumeRole assumes the step's role under a session name.
func (c *Client) AssumeRole(ctx context.Context, s credproc.Step, name, code string) (Issue, error) {
	in := &sts.AssumeRoleInput{
		RoleArn: &s.Role.ARN, RoleSessionName: &name, DurationSeconds: seconds(s.Duration),
		ExternalId:     optional(s.Role.ExternalID),
		SourceIdentity: optional(s.Role.SourceIdentity), Policy: optional(s.Role.Policy),
		TransitiveTagKeys: s.Role.TransitiveTags,
	}
	in.SerialNumber, in.TokenCode = device(s, code)
	for _, arn := range s.Role.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &arn})
	}
	for _, t := range s.Role.Tags {
		in.Tags = append(in.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
	}
	out, err := c.api.AssumeRole(ctx, in, c.once(ctx, code))
	if err != nil {
		return Issue{}, err
	}
	return issue(out.Credentials, out.AssumedRoleUser), nil
}

// AssumeRoleWithWebIdentity assumes the step's role with a token of an OpenID Connect provider. The call is not signed:
// the token is its proof.
func (c *Client) AssumeRoleWithWebIdentity(ctx context.Context, s credproc.Step, name, token string) (Issue, error) {
	in := &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: &s.Role.ARN, RoleSessionName: &name, DurationSeconds: seconds(s.Duration),
		WebIdentityToken: &token, Policy: optional(s.Role.Policy),
	}
	for _, arn := range s.Role.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &arn})
	}
	out, err := c.api.AssumeRoleWithWebIdentity(ctx, in, c.once(ctx, ""))
	if err != nil {
		return Issue{}, err
	}
	return issue(out.Credentials, out.AssumedRoleUser), nil
}

// AssumeRoleWithSAML assumes the step's role with an assertion of the provider that has the ARN in the role's account.
// The call is not signed: the assertion is its proof.
func (c *Client) AssumeRoleWithSAML(ctx context.Context, s credproc.Step, provider, assertion string) (Issue, error) {
	in := &sts.AssumeRoleWithSAMLInput{
		RoleArn: &s.Role.ARN, PrincipalArn: &provider, SAMLAssertion: &assertion, DurationSeconds: seconds(s.Duration),
		Policy: optional(s.Role.Policy),
	}
	for _, arn := range s.Role.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &arn})
	}
	out, err := c.api.AssumeRoleWithSAML(ctx, in, c.once(ctx, ""))
	if err != nil {
		return Issue{}, err
	}
	return issue(out.Credentials, out.AssumedRoleUser), nil
}

// GetCallerIdentity is the ARN that the credentials belong to. It needs no permission.
func (c *Client) GetCallerIdentity(ctx context.Context) (string, error) {
	out, err := c.api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, c.once(ctx, ""))
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Arn), nil
}

func issue(c *types.Credentials, user *types.AssumedRoleUser) (i Issue) {
	if c != nil {
		i = Issue{AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey),
			SessionToken: aws.ToString(c.SessionToken), Expires: aws.ToTime(c.Expiration)}
	}
	if user != nil {
		i.ARN = aws.ToString(user.Arn)
	}
	return i
}

func device(s credproc.Step, code string) (serial, token *string) {
	if code == "" {
		return nil, nil
	}
	return &s.Serial, &code
}

func seconds(d time.Duration) *int32 { return aws.Int32(int32(d.Seconds())) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Whose asks AWS for the ARN that the client's credentials belong to.
func Whose(ctx context.Context, client *Client, profile, region string) (string, error) {
	arn, err := client.GetCallerIdentity(ctx)
	if err != nil {
		f := Facts{Profile: profile, Base: profile, Region: region, Words: profile}
		return "", Refusal(profile, credproc.GetCallerIdentity, "", f, err, client.calls.Now())
	}
	return arn, nil
}
