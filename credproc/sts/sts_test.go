package sts_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// noted refuses every request and keeps the last.
type noted struct{ last *http.Request }

func (n *noted) Do(r *http.Request) (*http.Response, error) {
	n.last = r
	body := `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`
	return &http.Response{StatusCode: 403, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// Hosts as AWS's "AWS STS endpoints and quotas" and the SDK reference guide give them.
func TestEndpoints(t *testing.T) {
	for _, row := range []struct {
		name   string
		region string
		e      profiles.Endpoint
		want   string // URL, and the region that the signature is for
	}{
		{"a region's own by default", "us-east-1", profiles.Endpoint{}, "https://sts.us-east-1.amazonaws.com us-east-1"},
		{"a region newer than the global endpoint", "ap-southeast-4", profiles.Endpoint{}, "https://sts.ap-southeast-4.amazonaws.com ap-southeast-4"},
		{"China", "cn-north-1", profiles.Endpoint{}, "https://sts.cn-north-1.amazonaws.com.cn cn-north-1"},
		{"GovCloud", "us-gov-west-1", profiles.Endpoint{}, "https://sts.us-gov-west-1.amazonaws.com us-gov-west-1"},
		{"the European sovereign cloud", "eusc-de-east-1", profiles.Endpoint{}, "https://sts.eusc-de-east-1.amazonaws.eu eusc-de-east-1"},
		{"an isolated region", "us-iso-east-1", profiles.Endpoint{}, "https://sts.us-iso-east-1.c2s.ic.gov us-iso-east-1"},
		{"a region not known yet", "eu-somewhere-9", profiles.Endpoint{}, "https://sts.eu-somewhere-9.amazonaws.com eu-somewhere-9"},
		{"FIPS", "us-west-2", profiles.Endpoint{FIPS: true}, "https://sts-fips.us-west-2.amazonaws.com us-west-2"},
		{"FIPS in GovCloud is its only one", "us-gov-west-1", profiles.Endpoint{FIPS: true}, "https://sts.us-gov-west-1.amazonaws.com us-gov-west-1"},
		{"dual-stack", "eu-west-1", profiles.Endpoint{DualStack: true}, "https://sts.eu-west-1.api.aws eu-west-1"},
		{"FIPS and dual-stack", "us-east-1", profiles.Endpoint{FIPS: true, DualStack: true}, "https://sts-fips.us-east-1.api.aws us-east-1"},
		{"dual-stack in China", "cn-north-1", profiles.Endpoint{DualStack: true}, "https://sts.cn-north-1.api.amazonwebservices.com.cn cn-north-1"},
		{"legacy: the global endpoint", "eu-west-1", profiles.Endpoint{Legacy: true}, "https://sts.amazonaws.com us-east-1"},
		{"legacy in a newer region: its own", "ap-southeast-4", profiles.Endpoint{Legacy: true}, "https://sts.ap-southeast-4.amazonaws.com ap-southeast-4"},
		{"legacy in China: its own", "cn-north-1", profiles.Endpoint{Legacy: true}, "https://sts.cn-north-1.amazonaws.com.cn cn-north-1"},
		{"legacy and FIPS: FIPS", "us-west-2", profiles.Endpoint{Legacy: true, FIPS: true}, "https://sts-fips.us-west-2.amazonaws.com us-west-2"},
		{"an endpoint of one's own, signed for the region", "eu-west-1", profiles.Endpoint{URL: "https://sts.example:8443/base"}, "https://sts.example:8443/base eu-west-1"},
		{"an endpoint of one's own wins over all the rest", "eu-west-1", profiles.Endpoint{URL: "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com", FIPS: true, DualStack: true, Legacy: true}, "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com eu-west-1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var n noted
			client := sts.Connect(awsclient.Config{HTTP: &n, Now: time.Now}, row.region, row.e, credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s"})
			if _, err := client.GetSessionToken(t.Context(), credproc.Step{}, ""); err == nil {
				t.Fatal("no error")
			}
			if n.last == nil {
				t.Fatal("no request was made")
			}
			scope := strings.Split(n.last.Header.Get("Authorization"), "/")
			if len(scope) < 5 {
				t.Fatalf("Authorization: %q", n.last.Header.Get("Authorization"))
			}
			u := *n.last.URL
			if u.Path == "/" {
				u.Path = ""
			}
			if got := u.String() + " " + scope[2]; got != row.want {
				t.Errorf("want %s, got %s", row.want, got)
			}
			if n.last.Method != http.MethodPost || u.RawQuery != "" {
				t.Errorf("%s with the query %q: parameters belong into the body", n.last.Method, u.RawQuery)
			}
		})
	}
}

// A wrong clock is told, not corrected: no expiry could be judged by it either.
func TestTheClockIsNotCorrected(t *testing.T) {
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	k := server.AddUser("111111111111", "alice").AddKey()
	server.SetSkew(time.Hour)
	client := sts.Connect(awsclient.Config{HTTP: http.DefaultClient, Now: time.Now}, "us-east-1", profiles.Endpoint{URL: server.URL}, credentials.Value{AccessKeyID: k.ID, SecretAccessKey: k.Secret})
	for range 2 {
		if _, err := client.GetCallerIdentity(t.Context()); err == nil {
			t.Error("the call worked")
		}
	}
	if n := len(server.Calls()); n != 2 {
		t.Errorf("AWS saw %d calls", n)
	}
}
