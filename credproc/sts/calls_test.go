package sts_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// A recorder keeps the form of the last request, and gives every one the same answer.
type recorder struct {
	status int
	answer string
	form   url.Values
	header http.Header
}

func (r *recorder) Do(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	r.form, err = url.ParseQuery(string(body))
	r.header = q.Header
	return &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(r.answer)), Request: q}, err
}

func (r *recorder) client() *sts.Client {
	return sts.Connect(awsclient.Config{HTTP: r, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}, "eu-west-1", profiles.Endpoint{},
		credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s", SessionToken: "t"})
}

// Source of the parameters' names: the STS API reference.
func TestEachCallSaysWhatItIsAbout(t *testing.T) {
	const role, mfa = "arn:aws:iam::222222222222:role/team/Admin", "arn:aws:iam::111111111111:mfa/alice"
	full := profiles.Role{
		ARN: role, ExternalID: "a b+c/d=&e", SourceIdentity: "alice@example.com", Policy: `{"Version":"2012-10-17"}`,
		PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::222222222222:policy/x"},
		Tags:       []profiles.Tag{{Key: "Team", Value: "a & b"}, {Key: "Empty"}}, TransitiveTags: []string{"Team", "Empty"},
	}
	for _, row := range []struct {
		name string
		call func(context.Context, *sts.Client)
		want map[string]string
	}{
		{"a role for an assertion", func(ctx context.Context, c *sts.Client) {
			_, _ = c.AssumeRoleWithSAML(ctx, credproc.Step{Role: full, Duration: time.Hour}, "arn:aws:iam::222222222222:saml-provider/corp", "PD94")
		}, map[string]string{
			"Action": "AssumeRoleWithSAML", "RoleArn": role, "PrincipalArn": "arn:aws:iam::222222222222:saml-provider/corp",
			"SAMLAssertion": "PD94", "DurationSeconds": "3600", "Policy": full.Policy,
			"PolicyArns.member.1.arn": full.PolicyARNs[0], "PolicyArns.member.2.arn": full.PolicyARNs[1],
		}},
		{"a session", func(ctx context.Context, c *sts.Client) {
			_, _ = c.GetSessionToken(ctx, credproc.Step{Duration: 12 * time.Hour}, "")
		}, map[string]string{"Action": "GetSessionToken", "DurationSeconds": "43200"}},
		{"a session without a code names no device", func(ctx context.Context, c *sts.Client) {
			_, _ = c.GetSessionToken(ctx, credproc.Step{Duration: 12 * time.Hour, Serial: mfa}, "")
		}, map[string]string{"Action": "GetSessionToken", "DurationSeconds": "43200"}},
		{"a session for a code", func(ctx context.Context, c *sts.Client) {
			_, _ = c.GetSessionToken(ctx, credproc.Step{Duration: time.Hour, Serial: mfa}, "012345")
		}, map[string]string{"Action": "GetSessionToken", "DurationSeconds": "3600", "SerialNumber": mfa, "TokenCode": "012345"}},
		{"a role", func(ctx context.Context, c *sts.Client) {
			_, _ = c.AssumeRole(ctx, credproc.Step{Duration: time.Hour, Role: profiles.Role{ARN: role}}, "alice@host", "")
		}, map[string]string{"Action": "AssumeRole", "RoleArn": role, "RoleSessionName": "alice@host", "DurationSeconds": "3600"}},
		{"a role with all that narrows it, for a code", func(ctx context.Context, c *sts.Client) {
			_, _ = c.AssumeRole(ctx, credproc.Step{Duration: 900 * time.Second, Serial: "GAHT12345678", Role: full}, "n", "999999")
		}, map[string]string{
			"Action": "AssumeRole", "RoleArn": role, "RoleSessionName": "n", "DurationSeconds": "900", "ExternalId": full.ExternalID, "SourceIdentity": full.SourceIdentity, "Policy": full.Policy,
			"SerialNumber": "GAHT12345678", "TokenCode": "999999", "PolicyArns.member.1.arn": full.PolicyARNs[0], "PolicyArns.member.2.arn": full.PolicyARNs[1],
			"Tags.member.1.Key": "Team", "Tags.member.1.Value": "a & b", "Tags.member.2.Key": "Empty", "Tags.member.2.Value": "",
			"TransitiveTagKeys.member.1": "Team", "TransitiveTagKeys.member.2": "Empty",
		}},
		{"whose keys they are", func(ctx context.Context, c *sts.Client) { _, _ = c.GetCallerIdentity(ctx) }, map[string]string{"Action": "GetCallerIdentity"}},
	} {
		r := recorder{status: 403, answer: "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"}
		row.call(t.Context(), r.client())
		want := url.Values{"Version": {"2011-06-15"}}
		for k, v := range row.want {
			want.Set(k, v)
		}
		if !reflect.DeepEqual(r.form, want) {
			t.Errorf("%s: %v\nwant %v", row.name, r.form, want)
		}
		if want.Has("SAMLAssertion") { // which is the proof
			if r.header.Get("Authorization")+r.header.Get("X-Amz-Security-Token") != "" {
				t.Errorf("%s: it is signed", row.name)
			}
			continue
		}
		if got := r.header.Get("Authorization"); !strings.Contains(got, "Credential=AKIAX/20260102/eu-west-1/sts/aws4_request") || r.header.Get("X-Amz-Date") != "20260102T030405Z" || r.header.Get("X-Amz-Security-Token") != "t" {
			t.Errorf("%s: signed %q at %q", row.name, got, r.header.Get("X-Amz-Date"))
		}
		if got := r.header.Get("User-Agent"); strings.Count(got, "app/hatstand") != 1 {
			t.Errorf("%s: user agent %q", row.name, got)
		}
	}
}

func TestAnAnswerIsRead(t *testing.T) {
	answer := func(inner string) string {
		return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n <AssumeRoleResult>" + inner + "</AssumeRoleResult>\n <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>\n"
	}
	const arn = "arn:aws:sts::222222222222:assumed-role/Admin/n"
	const user = `<AssumedRoleUser><AssumedRoleId>AROA:n</AssumedRoleId><Arn>` + arn + `</Arn></AssumedRoleUser>`
	const keys = `<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>a/b+c</SecretAccessKey><SessionToken>t==</SessionToken><Expiration>2026-01-02T03:04:05Z</Expiration></Credentials>`
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	whole := sts.Issue{AccessKeyID: "ASIAX", SecretAccessKey: "a/b+c", SessionToken: "t==", Expires: at, ARN: arn}
	edit := func(change func(*sts.Issue)) sts.Issue { i := whole; change(&i); return i }
	for _, row := range []struct {
		name, answer string
		want         sts.Issue // zero: an error
	}{
		{"credentials", answer(user + keys), whole},
		{"the other way round, with what is new, in lines", answer("\n<Later><AccessKeyId>no</AccessKeyId></Later>\n" + strings.ReplaceAll(keys+user, "><", ">\n<")), whole},
		{"a token that was escaped", answer(user + strings.Replace(keys, "t==", "&lt;t&#61;&amp;", 1)), edit(func(i *sts.Issue) { i.SessionToken = "<t=&" })},
		{"parts of a second", answer(user + strings.Replace(keys, "05Z", "05.678Z", 1)), edit(func(i *sts.Issue) { i.Expires = at.Add(678 * time.Millisecond) })},
		{"no credentials", answer(user), sts.Issue{ARN: arn}},
		{"a time that is none", answer(strings.Replace(keys, "2026-", "soon-", 1)), sts.Issue{}},
		{"no result", "<AssumeRoleResponse><ResponseMetadata/></AssumeRoleResponse>", sts.Issue{}},
		{"a page", "<html><body>Sign in</body></html>", sts.Issue{}},
	} {
		r := recorder{status: 200, answer: row.answer}
		got, err := r.client().AssumeRole(t.Context(), credproc.Step{Duration: time.Hour}, "n", "")
		if got != row.want || (err != nil) != (row.want == sts.Issue{}) {
			t.Errorf("%s: %+v, %v", row.name, got, err)
		}
	}
}
