// Package sts calls AWS's Security Token Service and says in a type why it refused. It reads no profile, no clock and
// no keyring: what a call needs is given to it, and it never retries a call that carries a token code.
package sts

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/internal/query"
	"hatstand/profiles"
)

// An Issue is what STS hands out. What its answer leaves out is empty here.
type Issue struct {
	AccessKeyID, SecretAccessKey, SessionToken string

	Expires time.Time
	// ARN is the assumed role's, with the session's name; "" of GetSessionToken.
	ARN string
}

// An HTTPClient sends requests; *http.Client is one.
type HTTPClient = query.HTTPClient

// Connect makes a client of STS in a region, signing with c at what now gives. Calls that fail for a passing reason
// (a dropped connection, 5xx, throttling) are tried four times in all, with backoff of at most 4 s.
func Connect(client HTTPClient, region string, e profiles.Endpoint, c credentials.Value, now func() time.Time) *Client {
	return &Client{client, region, e, c, now}
}

// A Client calls STS in one region with one pair of credentials. A code is a token code, "" for none; a call that
// carries one is made once.
type Client struct {
	http   HTTPClient
	region string
	at     profiles.Endpoint
	keys   credentials.Value
	now    func() time.Time
}

func (c *Client) call(ctx context.Context, code string, action credproc.Call, params url.Values, out any) error {
	at, region := placeOf(c.region, c.at)
	tries := query.Again()
	if code != "" {
		tries = query.Once()
	}
	s := query.Service{Name: "STS", Signed: "sts", Version: "2011-06-15", HTTP: c.http, URL: at, Region: region, Credentials: c.keys, Now: c.now}
	_, err := s.Call(ctx, tries, string(action), params, out)
	return err
}

// credentialsAnswer is STS's Credentials.
type credentialsAnswer struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

func (a credentialsAnswer) issue(arn string) Issue {
	return Issue{a.AccessKeyID, a.SecretAccessKey, a.SessionToken, a.Expiration, arn}
}

// GetSessionToken makes that call.
func (c *Client) GetSessionToken(ctx context.Context, s credproc.Step, code string) (Issue, error) {
	var out struct{ Credentials credentialsAnswer }
	err := c.call(ctx, code, credproc.GetSessionToken, paramsOf(s, code), &out)
	return out.Credentials.issue(""), err
}

// AssumeRole assumes the step's role under a session name.
func (c *Client) AssumeRole(ctx context.Context, s credproc.Step, name, code string) (Issue, error) {
	params := paramsOf(s, code)
	params.Set("RoleArn", s.Role.ARN)
	params.Set("RoleSessionName", name)
	for k, v := range map[string]string{"ExternalId": s.Role.ExternalID, "SourceIdentity": s.Role.SourceIdentity, "Policy": s.Role.Policy} {
		if v != "" {
			params.Set(k, v)
		}
	}
	member := func(list string, i int, part, value string) {
		params.Set(list+".member."+strconv.Itoa(i+1)+part, value)
	}
	for i, arn := range s.Role.PolicyARNs {
		member("PolicyArns", i, ".arn", arn)
	}
	for i, t := range s.Role.Tags {
		member("Tags", i, ".Key", t.Key)
		member("Tags", i, ".Value", t.Value)
	}
	for i, key := range s.Role.TransitiveTags {
		member("TransitiveTagKeys", i, "", key)
	}
	var out struct {
		Credentials credentialsAnswer
		ARN         string `xml:"AssumedRoleUser>Arn"`
	}
	err := c.call(ctx, code, credproc.AssumeRole, params, &out)
	return out.Credentials.issue(out.ARN), err
}

// paramsOf are those that both calls for credentials have.
func paramsOf(s credproc.Step, code string) url.Values {
	v := url.Values{"DurationSeconds": {strconv.Itoa(int(s.Duration.Seconds()))}}
	if code != "" {
		v.Set("SerialNumber", s.Serial)
		v.Set("TokenCode", code)
	}
	return v
}

// GetCallerIdentity is the ARN that the credentials belong to. It needs no permission.
func (c *Client) GetCallerIdentity(ctx context.Context) (string, error) {
	var out struct{ Arn string }
	err := c.call(ctx, "", credproc.GetCallerIdentity, nil, &out)
	return out.Arn, err
}

// Whose asks AWS for the ARN that the client's credentials belong to.
func Whose(ctx context.Context, client *Client, profile, region string, now func() time.Time) (string, error) {
	arn, err := client.GetCallerIdentity(ctx)
	if err != nil {
		f := Facts{Profile: profile, Base: profile, Region: region, Words: profile}
		return "", Refusal(profile, credproc.GetCallerIdentity, "", f, err, now())
	}
	return arn, nil
}
