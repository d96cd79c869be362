package sts_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"hatstand/credproc"
	"hatstand/credproc/internal/query/wiretest"
	own "hatstand/credproc/sts"
	"hatstand/profiles"
)

// What the SDK's own client of STS sends, and what it reads out of an answer, is what this one must.

// A wire has either client at its end.
type wire struct{ wiretest.Wire }

func (w *wire) ours(region string, e profiles.Endpoint) *own.Client {
	return own.Connect(w, region, e, wiretest.Keys(), time.Now)
}

func (w *wire) theirs(region string, e profiles.Endpoint) *sts.Client {
	o := sts.Options{Region: region, AppID: "hatstand", HTTPClient: w, Retryer: aws.NopRetryer{}, DisableClockSkewCorrection: true,
		Credentials: wiretest.Provider()}
	if e.URL != "" {
		o.BaseEndpoint = &e.URL
		return sts.New(o)
	}
	if e.FIPS {
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	if e.DualStack {
		o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	return sts.New(o)
}

func TestSTSIsWhereTheSDKSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		regions := strings.Fields(`af-south-1 ap-east-1 ap-northeast-1 ap-southeast-7 ca-west-1 eu-central-2 eu-west-1 il-central-1 me-south-1 mx-central-1
		sa-east-1 us-east-1 us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 eusc-de-east-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1
		eu-isoe-west-1 us-isof-east-1 us-isof-south-1 aws-global mars-north-1 xx-new-12`)
		for _, region := range regions {
			var at []profiles.Endpoint
			for i := range 4 {
				at = append(at, profiles.Endpoint{FIPS: i&1 != 0, DualStack: i&2 != 0})
			}
			for _, u := range []string{"http://127.0.0.1:4566", "https://sts.example/", "https://gate.example/sts", "https://gate.example/sts/"} {
				at = append(at, profiles.Endpoint{URL: u}, profiles.Endpoint{URL: u, FIPS: true, DualStack: true, Legacy: true})
			}
			for _, e := range at {
				var ours, theirs wire
				_, _ = ours.ours(region, e).GetSessionToken(t.Context(), credproc.Step{Serial: "s", Duration: time.Hour}, "000000")
				_, _ = theirs.theirs(region, e).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(3600), SerialNumber: aws.String("s"), TokenCode: aws.String("000000")})
				if !reflect.DeepEqual(ours.Call, theirs.Call) || ours.Call.URL == "" {
					t.Errorf("%s %+v:\n%+v\nthe SDK: %+v", region, e, ours.Call, theirs.Call)
				}
			}
		}
	})
}

func TestACallIsWhatTheSDKSends(t *testing.T) {
	str := aws.String
	const role = "arn:aws:iam::222222222222:role/team/Admin"
	full := profiles.Role{
		ARN: role, ExternalID: "a b+c/d=&e", SourceIdentity: "alice@example.com", Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`,
		PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::222222222222:policy/x"},
		Tags:       []profiles.Tag{{Key: "Team", Value: "a & b"}, {Key: "Empty"}}, TransitiveTags: []string{"Team", "Empty"},
	}
	for _, row := range []struct {
		name   string
		ours   func(context.Context, *own.Client)
		theirs func(context.Context, *sts.Client)
	}{
		{"a session", func(ctx context.Context, c *own.Client) {
			_, _ = c.GetSessionToken(ctx, credproc.Step{Duration: 12 * time.Hour}, "")
		}, func(ctx context.Context, c *sts.Client) {
			_, _ = c.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(43200)})
		}},
		{"a session for a code", func(ctx context.Context, c *own.Client) {
			_, _ = c.GetSessionToken(ctx, credproc.Step{Duration: time.Hour, Serial: "arn:aws:iam::111111111111:mfa/alice"}, "012345")
		}, func(ctx context.Context, c *sts.Client) {
			_, _ = c.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(3600), SerialNumber: str("arn:aws:iam::111111111111:mfa/alice"), TokenCode: str("012345")})
		}},
		{"a role", func(ctx context.Context, c *own.Client) {
			_, _ = c.AssumeRole(ctx, credproc.Step{Duration: time.Hour, Role: profiles.Role{ARN: role}}, "alice@host", "")
		}, func(ctx context.Context, c *sts.Client) {
			_, _ = c.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: str(role), RoleSessionName: str("alice@host"), DurationSeconds: aws.Int32(3600)})
		}},
		{"a role with all that narrows it, for a code", func(ctx context.Context, c *own.Client) {
			_, _ = c.AssumeRole(ctx, credproc.Step{Duration: 900 * time.Second, Serial: "GAHT12345678", Role: full}, "n", "999999")
		}, func(ctx context.Context, c *sts.Client) {
			_, _ = c.AssumeRole(ctx, &sts.AssumeRoleInput{
				RoleArn: str(role), RoleSessionName: str("n"), DurationSeconds: aws.Int32(900), ExternalId: &full.ExternalID, SourceIdentity: &full.SourceIdentity, Policy: &full.Policy,
				SerialNumber: str("GAHT12345678"), TokenCode: str("999999"), TransitiveTagKeys: full.TransitiveTags,
				PolicyArns: []types.PolicyDescriptorType{{Arn: &full.PolicyARNs[0]}, {Arn: &full.PolicyARNs[1]}},
				Tags:       []types.Tag{{Key: str("Team"), Value: str("a & b")}, {Key: str("Empty"), Value: str("")}},
			})
		}},
		{"whose keys they are", func(ctx context.Context, c *own.Client) { _, _ = c.GetCallerIdentity(ctx) },
			func(ctx context.Context, c *sts.Client) {
				_, _ = c.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that tries wait for no time
				var ours, theirs wire
				row.ours(t.Context(), ours.ours("eu-west-1", profiles.Endpoint{}))
				row.theirs(t.Context(), theirs.theirs("eu-west-1", profiles.Endpoint{}))
				if !reflect.DeepEqual(ours.Call, theirs.Call) || ours.Call.Form.Get("Action") == "" {
					t.Errorf("%+v\nthe SDK: %+v", ours.Call, theirs.Call)
				}
			})
		})
	}
}

// issued is what either client reads out of an answer to AssumeRole: the credentials, else the refusal; "?" for neither.
func (w *wire) issued(ctx context.Context) (ours, theirs string) {
	show := func(err error, parts ...any) string {
		var refused smithy.APIError
		switch {
		case errors.As(err, &refused) && refused.ErrorCode() != "UnknownError":
			return refused.ErrorCode() + ": " + refused.ErrorMessage()
		case err != nil:
			return "?"
		}
		return fmt.Sprintf("%q %q %q %d %q", parts...)
	}
	mine, err := w.ours("eu-west-1", profiles.Endpoint{}).AssumeRole(ctx, credproc.Step{Duration: time.Hour}, "n", "")
	ours = show(err, mine.AccessKeyID, mine.SecretAccessKey, mine.SessionToken, mine.Expires.UnixNano(), mine.ARN)
	got, err := w.theirs("eu-west-1", profiles.Endpoint{}).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(""), RoleSessionName: aws.String("n")})
	if err != nil {
		return ours, show(err)
	}
	c, u := got.Credentials, got.AssumedRoleUser
	if c == nil {
		c = &types.Credentials{}
	}
	if u == nil {
		u = &types.AssumedRoleUser{}
	}
	return ours, show(nil, aws.ToString(c.AccessKeyId), aws.ToString(c.SecretAccessKey), aws.ToString(c.SessionToken), aws.ToTime(c.Expiration).UnixNano(), aws.ToString(u.Arn))
}

func TestAnAnswerIsReadAsTheSDKDoes(t *testing.T) {
	const ns = `xmlns="https://sts.amazonaws.com/doc/2011-06-15/"`
	issue := func(inner string) string {
		return "<AssumeRoleResponse " + ns + ">\n <AssumeRoleResult>" + inner + "</AssumeRoleResult>\n <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>\n"
	}
	const user = `<AssumedRoleUser><AssumedRoleId>AROA:n</AssumedRoleId><Arn>arn:aws:sts::222222222222:assumed-role/Admin/n</Arn></AssumedRoleUser>`
	const keys = `<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>a/b+c</SecretAccessKey><SessionToken>t==</SessionToken><Expiration>2026-01-02T03:04:05Z</Expiration></Credentials>`
	const none = "-6795364578871345152" // the zero time
	for _, row := range []struct {
		name, answer string
		status       int
		want         string
	}{
		{"credentials", issue(user + keys), 200, `"ASIAX" "a/b+c" "t==" 1767323045000000000 "arn:aws:sts::222222222222:assumed-role/Admin/n"`},
		{"the other way round, with what is new, in lines", issue("\n<Later><AccessKeyId>no</AccessKeyId></Later>\n" + strings.ReplaceAll(keys+user, "><", ">\n<")), 200, `"ASIAX" "a/b+c" "t==" 1767323045000000000 "arn:aws:sts::222222222222:assumed-role/Admin/n"`},
		{"a token that was escaped", issue(strings.Replace(keys, "t==", "&lt;t&#61;&amp;", 1)), 200, `"ASIAX" "a/b+c" "<t=&" 1767323045000000000 ""`},
		{"parts of a second", issue(strings.Replace(keys, "05Z", "05.678Z", 1)), 200, `"ASIAX" "a/b+c" "t==" 1767323045678000000 ""`},
		{"no credentials", issue(user), 200, `"" "" "" ` + none + ` "arn:aws:sts::222222222222:assumed-role/Admin/n"`},
		{"a time that is none", issue(strings.Replace(keys, "2026-", "soon-", 1)), 200, "?"},
		{"an answer cut short", issue(keys)[:200], 200, "?"},
		{"a page", "<html><body>Sign in</body></html>", 200, "?"},
		{"a refusal", `<ErrorResponse ` + ns + `><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn is not authorized</Message></Error><RequestId>r</RequestId></ErrorResponse>`, 403, "AccessDenied: User: arn is not authorized"},
		{"a refusal that the API model names", `<ErrorResponse><Error><Code>PackedPolicyTooLarge</Code><Message>m</Message></Error></ErrorResponse>`, 400, "PackedPolicyTooLarge: m"},
		{"a refusal without a code", `<ErrorResponse><Error><Message>m</Message></Error></ErrorResponse>`, 400, "?"},
		{"a proxy's page", "<html><head><title>502</title><body>", 502, "?"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that tries wait for no time
				w := &wire{wiretest.Wire{Status: row.status, Kind: "text/xml", Answer: row.answer}}
				if ours, theirs := w.issued(t.Context()); ours != row.want || theirs != row.want {
					t.Errorf("%s\nthe SDK: %s\nwant: %s", ours, theirs, row.want)
				}
			})
		})
	}
}
