package iam_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"hatstand/credproc/iam"
	"hatstand/credproc/internal/query/wiretest"
	"hatstand/profiles"
)

// What the SDK's own client of IAM sends, and what it reads out of an answer, is what this one must.

// A wire has either client at its end.
type wire struct{ wiretest.Wire }

func (w *wire) ours(o iam.Options) *iam.Client {
	o.HTTP, o.Credentials, o.Profile, o.Now = w, wiretest.Keys(), "me", time.Now
	return iam.New(o)
}

func (w *wire) theirs(o iam.Options) *api.Client {
	c := api.Options{Region: o.Region, AppID: "hatstand", HTTPClient: w, Retryer: aws.NopRetryer{}, DisableClockSkewCorrection: true,
		Credentials: wiretest.Provider()}
	if o.URL != "" {
		c.BaseEndpoint = &o.URL
	}
	if o.FIPS {
		c.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	if o.DualStack {
		c.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	return api.New(c)
}

func TestIAMIsWhereTheSDKSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o []iam.Options
		regions := []string{"mars-north-1", ""}
		for _, p := range []string{"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"} {
			regions = append(regions, profiles.LeaderRegion(p))
		}
		for _, region := range regions {
			for i := range 4 {
				o = append(o, iam.Options{Region: region, FIPS: i&1 != 0, DualStack: i&2 != 0})
			}
			for _, u := range []string{"http://127.0.0.1:4566", "https://iam.example/", "https://gate.example/iam", "https://gate.example/iam/"} {
				o = append(o, iam.Options{Region: region, URL: u})
			}
		}
		for _, o := range o {
			if o.Region == "" {
				continue // the SDK asks for one; profiles.Chain gives one
			}
			var ours, theirs wire
			_, _ = ours.ours(o).CreateAccessKey(t.Context())
			_, _ = theirs.theirs(o).CreateAccessKey(t.Context(), &api.CreateAccessKeyInput{})
			if !reflect.DeepEqual(ours.Call, theirs.Call) || ours.Call.URL == "" {
				t.Errorf("%s %s, FIPS %v, dual stack %v: %+v\nthe SDK: %+v", o.Region, o.URL, o.FIPS, o.DualStack, ours.Call, theirs.Call)
			}
		}
	})
}

func TestACallIsWhatTheSDKSends(t *testing.T) {
	const name = "team+a@b.c=d,e_f-g"
	str := aws.String
	for _, row := range []struct {
		action string
		ours   func(context.Context, *iam.Client)
		theirs func(context.Context, *api.Client)
	}{
		{"ListAccessKeys", func(ctx context.Context, c *iam.Client) { _, _, _ = c.ListAccessKeys(ctx) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.ListAccessKeys(ctx, &api.ListAccessKeysInput{UserName: str(name)})
			}},
		{"CreateAccessKey", func(ctx context.Context, c *iam.Client) { _, _ = c.CreateAccessKey(ctx) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.CreateAccessKey(ctx, &api.CreateAccessKeyInput{UserName: str(name)})
			}},
		{"UpdateAccessKey", func(ctx context.Context, c *iam.Client) { _ = c.UpdateAccessKey(ctx, "AKIAY", true) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.UpdateAccessKey(ctx, &api.UpdateAccessKeyInput{UserName: str(name), AccessKeyId: str("AKIAY"), Status: types.StatusTypeActive})
			}},
		{"UpdateAccessKey", func(ctx context.Context, c *iam.Client) { _ = c.UpdateAccessKey(ctx, "AKIAY", false) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.UpdateAccessKey(ctx, &api.UpdateAccessKeyInput{UserName: str(name), AccessKeyId: str("AKIAY"), Status: types.StatusTypeInactive})
			}},
		{"DeleteAccessKey", func(ctx context.Context, c *iam.Client) { _ = c.DeleteAccessKey(ctx, "AKIAY") },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.DeleteAccessKey(ctx, &api.DeleteAccessKeyInput{UserName: str(name), AccessKeyId: str("AKIAY")})
			}},
		{"GetAccessKeyLastUsed", func(ctx context.Context, c *iam.Client) { _, _ = c.AccessKeyLastUsed(ctx, "AKIAY") },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.GetAccessKeyLastUsed(ctx, &api.GetAccessKeyLastUsedInput{AccessKeyId: str("AKIAY")})
			}},
		{"ListMFADevices", func(ctx context.Context, c *iam.Client) { _, _ = c.ListMFADevices(ctx) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.ListMFADevices(ctx, &api.ListMFADevicesInput{UserName: str(name)})
			}},
		{"ListVirtualMFADevices", func(ctx context.Context, c *iam.Client) { _, _ = c.ListVirtualMFADevices(ctx, true) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.ListVirtualMFADevices(ctx, &api.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeAssigned})
			}},
		{"ListVirtualMFADevices", func(ctx context.Context, c *iam.Client) { _, _ = c.ListVirtualMFADevices(ctx, false) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.ListVirtualMFADevices(ctx, &api.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeUnassigned})
			}},
		{"CreateVirtualMFADevice", func(ctx context.Context, c *iam.Client) { _, _ = c.CreateVirtualMFADevice(ctx, name) },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.CreateVirtualMFADevice(ctx, &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: str(name)})
			}},
		{"EnableMFADevice", func(ctx context.Context, c *iam.Client) {
			_ = c.EnableMFADevice(ctx, name, "arn:aws:iam::111111111111:mfa/x", "000001", "999999")
		}, func(ctx context.Context, c *api.Client) {
			_, _ = c.EnableMFADevice(ctx, &api.EnableMFADeviceInput{UserName: str(name), SerialNumber: str("arn:aws:iam::111111111111:mfa/x"), AuthenticationCode1: str("000001"), AuthenticationCode2: str("999999")})
		}},
		{"DeactivateMFADevice", func(ctx context.Context, c *iam.Client) { _ = c.DeactivateMFADevice(ctx, name, "GAHT12345678") },
			func(ctx context.Context, c *api.Client) {
				_, _ = c.DeactivateMFADevice(ctx, &api.DeactivateMFADeviceInput{UserName: str(name), SerialNumber: str("GAHT12345678")})
			}},
		{"DeleteVirtualMFADevice", func(ctx context.Context, c *iam.Client) {
			_ = c.DeleteVirtualMFADevice(ctx, "arn:aws:iam::111111111111:mfa/x")
		}, func(ctx context.Context, c *api.Client) {
			_, _ = c.DeleteVirtualMFADevice(ctx, &api.DeleteVirtualMFADeviceInput{SerialNumber: str("arn:aws:iam::111111111111:mfa/x")})
		}},
	} {
		t.Run(row.action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that tries wait for no time
				var ours, theirs wire
				row.ours(t.Context(), ours.ours(iam.Options{Region: "us-east-1", User: name}))
				row.theirs(t.Context(), theirs.theirs(iam.Options{Region: "us-east-1"}))
				if !reflect.DeepEqual(ours.Call, theirs.Call) || ours.Call.Form.Get("Action") != row.action {
					t.Errorf("%+v\nthe SDK: %+v", ours.Call, theirs.Call)
				}
			})
		})
	}
}

// listing is what either client reads out of an answer to ListAccessKeys: the keys, else the refusal; "?" for neither.
func listing[K any](keys []K, show func(K) string, err error) string {
	var refused smithy.APIError
	var ours *iam.RefusedError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode() != "UnknownError":
		return refused.ErrorCode() + ": " + refused.ErrorMessage()
	case errors.As(err, &ours):
		return string(ours.Code) + ": " + ours.Message
	case err != nil:
		return "?"
	}
	s := fmt.Sprint(len(keys))
	for _, k := range keys {
		s += "; " + show(k)
	}
	return s
}

func (w *wire) listings(ctx context.Context) (ours, theirs string) {
	o := iam.Options{Region: "us-east-1"}
	mine, _, err := w.ours(o).ListAccessKeys(ctx)
	ours = listing(mine, func(k iam.Key) string {
		return fmt.Sprintf("%q of %q %v %d", k.ID, k.User, k.Active, k.Created.UnixNano())
	}, err)
	got, err := w.theirs(o).ListAccessKeys(ctx, &api.ListAccessKeysInput{})
	if err != nil {
		got = &api.ListAccessKeysOutput{}
	}
	theirs = listing(got.AccessKeyMetadata, func(k types.AccessKeyMetadata) string {
		return fmt.Sprintf("%q of %q %v %d", aws.ToString(k.AccessKeyId), aws.ToString(k.UserName), k.Status == types.StatusTypeActive, aws.ToTime(k.CreateDate).UnixNano())
	}, err)
	return ours, theirs
}

func TestAnAnswerIsReadAsTheSDKDoes(t *testing.T) {
	const ns = `xmlns="https://iam.amazonaws.com/doc/2010-05-08/"`
	keys := func(members string) string {
		return `<ListAccessKeysResponse ` + ns + `><ListAccessKeysResult><AccessKeyMetadata>` + members + `</AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListAccessKeysResponse>`
	}
	for _, row := range []struct {
		claim, answer string
		status        int
		want          string
	}{
		{"one key", keys(`<member><UserName>al</UserName><AccessKeyId>AKIAY</AccessKeyId><Status>Active</Status><CreateDate>2026-01-02T03:04:05Z</CreateDate></member>`), 200, `1; "AKIAY" of "al" true 1767323045000000000`},
		{"two keys, in lines, with what is new and what is escaped", "<?xml version=\"1.0\"?>\n" + keys("\n<member>\n <Later><AccessKeyId>no</AccessKeyId></Later>\n<UserName>a&amp;l</UserName><AccessKeyId>AKIAY</AccessKeyId></member><!-- - --><member><AccessKeyId><![CDATA[AKIAZ]]></AccessKeyId><Status>Inactive</Status></member>\n"), 200, `2; "AKIAY" of "a&l" false -6795364578871345152; "AKIAZ" of "" false -6795364578871345152`},
		{"parts of a second", keys(`<member><AccessKeyId>AKIAY</AccessKeyId><CreateDate>2026-01-02T03:04:05.678Z</CreateDate></member>`), 200, `1; "AKIAY" of "" false 1767323045678000000`},
		{"none", keys(""), 200, "0"},
		{"a time that is none", keys(`<member><CreateDate>today</CreateDate></member>`), 200, "?"},
		{"an answer cut short", keys("")[:160], 200, "?"},
		{"a page", "<html><body>Sign in</body></html>", 200, "?"},
		{"a refusal", `<ErrorResponse ` + ns + `><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name al cannot be found.</Message></Error><RequestId>r</RequestId></ErrorResponse>`, 404, "NoSuchEntity: The user with name al cannot be found."},
		{"a refusal of a kind that is new", `<ErrorResponse><Error><Code>Whatever</Code><Message>a&lt;b</Message></Error></ErrorResponse>`, 400, "Whatever: a<b"},
		{"a refusal without a code", `<ErrorResponse><Error><Message>m</Message></Error></ErrorResponse>`, 400, "?"},
		{"a proxy's page", "<html><head><title>502</title><body>", 502, "?"},
		{"a redirection that nobody followed", "moved", 302, "?"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that tries wait for no time
				w := &wire{wiretest.Wire{Status: row.status, Kind: "text/xml", Answer: row.answer}}
				ours, theirs := w.listings(t.Context())
				if ours != row.want || theirs != row.want {
					t.Errorf("%s\nthe SDK: %s\nwant: %s", ours, theirs, row.want)
				}
			})
		})
	}
}

// Here the two differ: the SDK takes any answer to a call without a result for a success, and text that is not XML for a
// listing without keys.
func TestASignInPageIsNoSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{wiretest.Wire{Status: 200, Kind: "text/html; charset=utf-8", Answer: "<html><body>Sign in</body></html>"}}
		c := w.ours(iam.Options{Region: "us-east-1"})
		const want = `profile "me": DeleteAccessKey got no answer from IAM: what answered is not IAM (HTTP 200, text/html)`
		if err := c.DeleteAccessKey(t.Context(), "AKIAY"); err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
		w.Answer = "<DeleteAccessKeyResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteAccessKeyResponse>"
		if err := c.DeleteAccessKey(t.Context(), "AKIAY"); err != nil {
			t.Errorf("%v", err)
		}
		w.Answer = "signed in elsewhere"
		if keys, _, err := c.ListAccessKeys(t.Context()); err == nil {
			t.Errorf("%v", keys)
		}
	})
}
