package iam_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/credproc/iam"
)

// A recorder keeps the form of the last request, and gives every one the same answer.
type recorder struct {
	status       int
	kind, answer string
	form         url.Values
	calls        int
}

func (r *recorder) Do(q *http.Request) (*http.Response, error) {
	r.calls++
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	if r.form, err = url.ParseQuery(string(body)); err != nil {
		return nil, err
	}
	if r.answer == "" {
		return nil, errors.New("not sent")
	}
	return &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {r.kind}}, Body: io.NopCloser(strings.NewReader(r.answer)), Request: q}, nil
}

func (r *recorder) client(user string) *iam.Client {
	return iam.New(iam.Options{
		Calls: awsclient.Config{HTTP: r, Now: time.Now}, Region: "us-east-1", Profile: "me", User: user,
		Credentials: credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"},
	})
}

// Source of the parameters' names: the IAM API reference.
func TestEachCallSaysWhatItIsAbout(t *testing.T) {
	const name, virtual = "team+a@b.c=d,e_f-g", "arn:aws:iam::111111111111:mfa/x"
	for _, row := range []struct {
		call func(context.Context, *iam.Client)
		want string // the form, without Version
	}{
		{func(ctx context.Context, c *iam.Client) { _, _, _ = c.ListAccessKeys(ctx) }, "Action=ListAccessKeys&UserName=" + name},
		{func(ctx context.Context, c *iam.Client) { _, _ = c.CreateAccessKey(ctx) }, "Action=CreateAccessKey&UserName=" + name},
		{func(ctx context.Context, c *iam.Client) { _ = c.UpdateAccessKey(ctx, "AKIAY", true) }, "Action=UpdateAccessKey&UserName=" + name + "&AccessKeyId=AKIAY&Status=Active"},
		{func(ctx context.Context, c *iam.Client) { _ = c.UpdateAccessKey(ctx, "AKIAY", false) }, "Action=UpdateAccessKey&UserName=" + name + "&AccessKeyId=AKIAY&Status=Inactive"},
		{func(ctx context.Context, c *iam.Client) { _ = c.DeleteAccessKey(ctx, "AKIAY") }, "Action=DeleteAccessKey&UserName=" + name + "&AccessKeyId=AKIAY"},
		{func(ctx context.Context, c *iam.Client) { _, _ = c.AccessKeyLastUsed(ctx, "AKIAY") }, "Action=GetAccessKeyLastUsed&AccessKeyId=AKIAY"},
		{func(ctx context.Context, c *iam.Client) { _, _ = c.ListMFADevices(ctx) }, "Action=ListMFADevices&UserName=" + name},
		{func(ctx context.Context, c *iam.Client) { _, _ = c.ListVirtualMFADevices(ctx, true) }, "Action=ListVirtualMFADevices&AssignmentStatus=Assigned"},
		{func(ctx context.Context, c *iam.Client) { _, _ = c.ListVirtualMFADevices(ctx, false) }, "Action=ListVirtualMFADevices&AssignmentStatus=Unassigned"},
		{func(ctx context.Context, c *iam.Client) { _, _ = c.CreateVirtualMFADevice(ctx, "phone") }, "Action=CreateVirtualMFADevice&VirtualMFADeviceName=phone"},
		{func(ctx context.Context, c *iam.Client) {
			_ = c.EnableMFADevice(ctx, name, virtual, "000001", "999999")
		}, "Action=EnableMFADevice&UserName=" + name + "&SerialNumber=" + virtual + "&AuthenticationCode1=000001&AuthenticationCode2=999999"},
		{func(ctx context.Context, c *iam.Client) { _ = c.DeactivateMFADevice(ctx, name, "GAHT12345678") }, "Action=DeactivateMFADevice&UserName=" + name + "&SerialNumber=GAHT12345678"},
		{func(ctx context.Context, c *iam.Client) { _ = c.DeactivateMFADevice(ctx, "", "GAHT12345678") }, "Action=DeactivateMFADevice&SerialNumber=GAHT12345678"},
		{func(ctx context.Context, c *iam.Client) { _ = c.DeleteVirtualMFADevice(ctx, virtual) }, "Action=DeleteVirtualMFADevice&SerialNumber=" + virtual},
	} {
		r := recorder{status: 403, answer: "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"}
		row.call(t.Context(), r.client(name))
		want := url.Values{"Version": {"2010-05-08"}}
		for _, part := range strings.Split(row.want, "&") {
			k, v, _ := strings.Cut(part, "=")
			want.Set(k, v)
		}
		if !reflect.DeepEqual(r.form, want) {
			t.Errorf("%v\nwant %v", r.form, want)
		}
	}
}

func TestAListingIsRead(t *testing.T) {
	const head = `<ListAccessKeysResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccessKeysResult><AccessKeyMetadata>`
	const tail = `</AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListAccessKeysResponse>`
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for _, row := range []struct {
		claim, members string
		want           []iam.Key
	}{
		{"one key", `<member><UserName>al</UserName><AccessKeyId>AKIAY</AccessKeyId><Status>Active</Status><CreateDate>2026-01-02T03:04:05.678Z</CreateDate></member>`, []iam.Key{{ID: "AKIAY", User: "al", Active: true, Created: at}}},
		{"two keys, in lines, with what is new and what is escaped", "\n<member>\n <Later><AccessKeyId>no</AccessKeyId></Later>\n<UserName>a&amp;l</UserName><AccessKeyId>AKIAY</AccessKeyId></member><!-- - --><member><AccessKeyId><![CDATA[AKIAZ]]></AccessKeyId><Status>Inactive</Status></member>\n", []iam.Key{{ID: "AKIAY", User: "a&l"}, {ID: "AKIAZ"}}},
		{"none", "", nil},
	} {
		r := recorder{status: 200, kind: "text/xml", answer: "<?xml version=\"1.0\"?>\n" + head + row.members + tail}
		keys, _, err := r.client("al").ListAccessKeys(t.Context())
		if err != nil || !reflect.DeepEqual(keys, row.want) {
			t.Errorf("%s: %+v, %v", row.claim, keys, err)
		}
	}
}

// The SDK takes any answer to a call without a result for a success, and text that is not XML for a listing without keys.
func TestASignInPageIsNoSuccess(t *testing.T) {
	r := &recorder{status: 200, kind: "text/html; charset=utf-8", answer: "<html><body>Sign in</body></html>"}
	c := r.client("al")
	const want = `profile "me": DeleteAccessKey: iam.amazonaws.com did not answer as IAM does (HTTP 200, text/html)`
	if err := c.DeleteAccessKey(t.Context(), "AKIAY"); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	r.answer = "<DeleteAccessKeyResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteAccessKeyResponse>"
	if err := c.DeleteAccessKey(t.Context(), "AKIAY"); err != nil {
		t.Errorf("%v", err)
	}
	r.answer = "signed in elsewhere"
	if keys, _, err := c.ListAccessKeys(t.Context()); err == nil {
		t.Errorf("%v", keys)
	}
	r.answer = "<ListAccessKeysResponse><ResponseMetadata/></ListAccessKeysResponse>"
	if keys, _, err := c.ListAccessKeys(t.Context()); err == nil {
		t.Errorf("an answer without a result: %v", keys)
	}
}
