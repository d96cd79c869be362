package partitions

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// Each host that AWS's own endpoint rules give for a sign-in service is AWS's here.
func TestAWSsEndpointRulesGiveAWSHosts(t *testing.T) {
	for service, folder := range map[string]string{"sso": "sso", "sso_oidc": "sso-oidc"} {
		path := filepath.Join("..", "..", "..", "shared", "conformance", "signin", "aws-cli", "tests", "functional",
			"botocore", "endpoint-rules", folder, "endpoint-tests-1.json")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Skipf("AWS's cases are not here: %s", path)
		}
		var cases struct {
			TestCases []struct {
				Params struct{ Endpoint string }
				Expect struct{ Endpoint struct{ URL string } }
			}
		}
		if err := json.Unmarshal(data, &cases); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, c := range cases.TestCases {
			u, err := url.Parse(c.Expect.Endpoint.URL)
			if err != nil || u.Host == "" || c.Params.Endpoint != "" {
				continue
			}
			seen++
			if !AWSHost(service, u.Host) {
				t.Errorf("%s is not AWS's for %s", u.Host, service)
			}
		}
		if seen < 30 {
			t.Errorf("%s: only %d hosts were compared", service, seen)
		}
	}
}

func TestAWSHosts(t *testing.T) {
	for _, row := range []struct {
		service, host string
		want          bool
	}{
		{"sts", "sts.amazonaws.com", true},
		{"sts", "sts.eu-west-1.amazonaws.com", true},
		{"sts", "STS-FIPS.us-gov-west-1.amazonaws.com", true},
		{"sts", "sts.eu-west-1.api.aws", true},
		{"sts", "sts.cn-north-1.amazonaws.com.cn", true},
		{"sts", "vpce-1a2b-3c.sts.eu-west-1.vpce.amazonaws.com", true},
		{"iam", "iam.amazonaws.com", true},
		{"iam", "iam.us-gov.amazonaws.com", true},
		{"iam", "sts.eu-west-1.amazonaws.com", false},
		{"sts", "sts.s3.amazonaws.com.evil.example", false},
		{"sts", "sts.evil.example", false},
		{"sts", "mine.s3.amazonaws.com", false},
		{"sts", "sts.execute-api.eu-west-1.amazonaws.com", false},
		{"sts", "x.sts.eu-west-1.elb.amazonaws.com", false},
		{"sts", "vpce-1.vpce-svc-2.eu-west-1.vpce.amazonaws.com", false},
		{"sts", "amazonaws.com", false},
		{"sso", "portal.sso.eu-west-1.amazonaws.com", true},
		{"sso", "portal.sso-fips.us-gov-west-1.amazonaws.com", true},
		{"sso", "portal.sso.us-east-1.api.aws", true},
		{"sso", "portal.sso.cn-north-1.amazonaws.com.cn", true},
		{"sso", "portal.sso.us-iso-east-1.c2s.ic.gov", true},
		{"sso", "sso.eu-west-1.amazonaws.com", false}, // the administrators' service
		{"sso", "portal.s3.eu-west-1.amazonaws.com", false},
		{"sso", "x.portal.sso.eu-west-1.amazonaws.com", false},
		{"sso", "portal.sso..amazonaws.com", false},
		{"sso", "portal.sso.eu-west-1.amazonaws.com.evil.example", false},
		{"sso_oidc", "oidc.eu-west-1.amazonaws.com", true},
		{"sso_oidc", "OIDC-FIPS.us-east-1.api.aws", true},
		{"sso_oidc", "oidc.amazonaws.com", false},
		{"sso_oidc", "oidc.s3.eu-west-1.amazonaws.com", false},
		{"sso_oidc", "portal.sso.eu-west-1.amazonaws.com", false},
		{"sso_oidc", "sso_oidc.eu-west-1.amazonaws.com", false},
		{"signin", "signin.aws.amazon.com", true},
		{"signin", "eu-west-1.signin.aws.amazon.com", true},
		{"signin", "signin.amazonaws.cn", true},
		{"signin", "evil.example", false},
		{"signin", "a.b.signin.aws.amazon.com", false},
		{"signin", "xsignin.aws.amazon.com", false},
		{"signin", "signin.aws.amazon.com.evil.example", false},
	} {
		if got := AWSHost(row.service, row.host); got != row.want {
			t.Errorf("%s at %s: %v", row.service, row.host, got)
		}
	}
}

func TestDomains(t *testing.T) {
	for host, want := range map[string]bool{
		"sts.amazonaws.com": true, "bucket.s3.eu-west-1.amazonaws.com": true, "S3.CN-NORTH-1.amazonaws.com.cn.": true,
		"signin.aws.amazon.com": true, "eu-west-1.console.aws.amazon.com": true, "d-1234567890.awsapps.com": true,
		"portal.sso.eu-west-1.amazonaws.com": true, "lambda.eu-west-1.api.aws": true,
		"": false, "example.com": false, "amazonaws.com.example.com": false, "xamazonaws.com": false, "amazon.com": false,
		"127.0.0.1": false, "localhost": false, "169.254.169.254": false,
	} {
		if got := Domain(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func TestRegions(t *testing.T) {
	want := map[string]int{"aws": 34, "aws-cn": 2, "aws-eusc": 1, "aws-us-gov": 2, "aws-iso": 2, "aws-iso-b": 2, "aws-iso-e": 1, "aws-iso-f": 2}
	got := map[string]int{}
	for _, r := range Regions() {
		got[Of(r)]++
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
