package profiles

import (
	"errors"
	"testing"
)

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

// An .envrc may say where calls go, and it may be somebody else's.
func TestWhereTheEnvironmentMaySendCalls(t *testing.T) {
	type env = map[string]string
	const me = "[profile me]\n"
	for _, row := range []struct {
		claim, config, service string
		env                    env
		want                   Kind // Invalid: allowed
	}{
		{"plain http to another machine", me, "sts", env{"AWS_ENDPOINT_URL": "http://evil.example"}, PlainHTTP},
		{"by the service's variable", me, "iam", env{"AWS_ENDPOINT_URL_IAM": "http://10.0.0.1:4566"}, PlainHTTP},
		{"in capitals", me, "sts", env{"AWS_ENDPOINT_URL_STS": "HTTP://evil.example"}, PlainHTTP},
		{"a name that begins like this machine's", me, "sts", env{"AWS_ENDPOINT_URL_STS": "http://localhost.evil.example"}, PlainHTTP},
		{"this machine", me, "sts", env{"AWS_ENDPOINT_URL": "http://localhost:4566"}, Invalid},
		{"this machine over IPv6", me, "sts", env{"AWS_ENDPOINT_URL": "http://[::1]:4566"}, Invalid},
		{"signed calls, over https", me, "sts", env{"AWS_ENDPOINT_URL": "https://gate.example"}, Invalid},
		{"plain http, by the file", me + "endpoint_url = http://gate.example\n", "sts", nil, Invalid},
		{"plain http, by the file's services", me + "services = s\n[services s]\nsts =\n  endpoint_url = http://gate.example\n", "sts", nil, Invalid},
		{"what the file says, handed on by a variable", me + "endpoint_url = http://gate.example\n", "sts", env{"AWS_ENDPOINT_URL": "http://gate.example"}, Invalid},
		{"another host than the file's", me + "endpoint_url = http://gate.example\n", "sts", env{"AWS_ENDPOINT_URL": "http://evil.example"}, PlainHTTP},
		{"role credentials to another host", me, "signin", env{"AWS_ENDPOINT_URL_SIGNIN": "https://evil.example"}, ForeignSignIn},
		{"by the variable for all", me, "signin", env{"AWS_ENDPOINT_URL": "https://evil.example"}, ForeignSignIn},
		{"to a bucket of AWS's", me, "signin", env{"AWS_ENDPOINT_URL_SIGNIN": "https://x.s3.amazonaws.com"}, ForeignSignIn},
		{"to AWS's own", me, "signin", env{"AWS_ENDPOINT_URL_SIGNIN": "https://us-west-2.signin.aws.amazon.com"}, Invalid},
		{"to this machine", me, "signin", env{"AWS_ENDPOINT_URL_SIGNIN": "http://127.0.0.1:1"}, Invalid},
		{"to the host that the file names", "[hatstand]\nsign_in_endpoint = https://gate.example\n" + me, "signin", env{"AWS_ENDPOINT_URL": "https://gate.example/"}, Invalid},
		{"to another port of it", "[hatstand]\nsign_in_endpoint = https://gate.example\n" + me, "signin", env{"AWS_ENDPOINT_URL": "https://gate.example:8443"}, ForeignSignIn},
	} {
		t.Run(row.claim, func(t *testing.T) {
			set := mustParse(t, row.config, "")
			_, err := set.Endpoint(row.service, Request{Target: "me", Getenv: environment(row.env)})
			var e *Error
			if row.want == Invalid && err != nil || row.want != Invalid && (!errors.As(err, &e) || e.Kind != row.want) {
				t.Errorf("%v", err)
			}
		})
	}
	e, err := mustParse(t, "[hatstand]\nsign_in_endpoint = https://gate.example\n"+me, "").Endpoint("signin", Request{Target: "me"})
	if err != nil || e.URL != "https://gate.example" {
		t.Errorf("the file's own sign-in is used: %+v, %v", e, err)
	}
}
