package profiles

import (
	"errors"
	"testing"
)

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
		{"tokens to another host", me, "sso", env{"AWS_ENDPOINT_URL_SSO": "https://evil.example"}, ForeignSignIn},
		{"tokens, by the variable for all", me, "sso", env{"AWS_ENDPOINT_URL": "https://evil.example"}, ForeignSignIn},
		{"tokens to another service of AWS's", me, "sso", env{"AWS_ENDPOINT_URL_SSO": "https://oidc.eu-west-1.amazonaws.com"}, ForeignSignIn},
		{"tokens to AWS's own", me, "sso", env{"AWS_ENDPOINT_URL_SSO": "https://portal.sso.eu-west-1.amazonaws.com"}, Invalid},
		{"tokens to this machine", me, "sso", env{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, Invalid},
		{"tokens to the host in the file", me + "endpoint_url = https://gate.example\n", "sso", env{"AWS_ENDPOINT_URL": "https://gate.example"}, Invalid},
		{"tokens to the sign-in that the file names", "[hatstand]\nsign_in_endpoint = https://gate.example\n" + me, "sso", env{"AWS_ENDPOINT_URL": "https://gate.example"}, Invalid},
		{"refresh tokens to another host", me, "sso_oidc", env{"AWS_ENDPOINT_URL_SSO_OIDC": "https://evil.example"}, ForeignSignIn},
		{"refresh tokens to AWS's own", me, "sso_oidc", env{"AWS_ENDPOINT_URL_SSO_OIDC": "https://oidc.eu-west-1.amazonaws.com"}, Invalid},
		{"to AWS's own", me, "signin", env{"AWS_ENDPOINT_URL_SIGNIN": "https://us-west-2.signin.aws.amazon.com"}, Invalid},
		{"to this machine", me, "signin", env{"AWS_ENDPOINT_URL_SIGNIN": "http://127.0.0.1:1"}, Invalid},
		{"to the host that the file names", "[hatstand]\nsign_in_endpoint = https://gate.example\n" + me, "signin", env{"AWS_ENDPOINT_URL": "https://gate.example/"}, Invalid},
		{"to another port of it", "[hatstand]\nsign_in_endpoint = https://gate.example\n" + me, "signin", env{"AWS_ENDPOINT_URL": "https://gate.example:8443"}, ForeignSignIn},
		{"to another service of AWS's", me, "sso_oidc", env{"AWS_ENDPOINT_URL_SSO_OIDC": "https://oidc.s3.eu-west-1.amazonaws.com"}, ForeignSignIn},
		{"to the host that the file has", me + "endpoint_url = https://gate.example\n", "sso", nil, Invalid},
		{"to that host on another path", me + "endpoint_url = https://gate.example\n", "sso", env{"AWS_ENDPOINT_URL_SSO": "https://gate.example/sso"}, Invalid},
		{"to the sign-in's host that the file names", "[hatstand]\nsign_in_endpoint = https://gate.example\n" + me, "sso_oidc", env{"AWS_ENDPOINT_URL": "https://gate.example/"}, Invalid},
		{"by plain http, by the file", me + "services = s\n[services s]\nsso =\n  endpoint_url = http://gate.example\n", "sso", nil, Invalid},
		{"by plain http, by the environment", me, "sso", env{"AWS_ENDPOINT_URL_SSO": "http://portal.sso.eu-west-1.amazonaws.com"}, PlainHTTP},
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
	const sso = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n[profile p]\nsso_session = corp\n" +
		"sso_account_id = 111111111111\nsso_role_name = Admin\n"
	getenv := environment(env{"AWS_ENDPOINT_URL": "https://evil.example"})
	set := mustParse(t, sso, "")
	_, of := set.Chain(Request{Target: "p", Getenv: getenv})
	_, session := set.Session("corp", Request{Getenv: getenv})
	const want = `endpoint_url "https://evil.example" is not one of AWS's sign-in hosts, and the secrets of the sign-in are sent there (AWS_ENDPOINT_URL)`
	if message(t, of) != want || message(t, session) != want {
		t.Errorf("%v\n%v", of, session)
	}
	if e, err := set.Endpoint("sso", Request{Target: "p"}); err != nil || e.URL != "" {
		t.Errorf("the file's own sign-in is the console's: %+v, %v", e, err)
	}
}

// A chain that is only shown says which endpoint refuses it; what else is wrong is an error as ever.
func TestAChainToShow(t *testing.T) {
	for _, row := range []struct {
		claim, url string
		refused    string
	}{
		{"an endpoint of AWS's", "https://sts.eu-west-1.amazonaws.com", ""},
		{"plain http to another machine", "http://evil.example", `endpoint_url "http://evil.example" is plain http to another machine (AWS_ENDPOINT_URL)`},
	} {
		c, err := mustParse(t, me, "").Chain(Request{Target: "me", ToShow: true, Getenv: environment(map[string]string{"AWS_ENDPOINT_URL": row.url})})
		if err != nil {
			t.Errorf("%s: %v", row.claim, err)
			continue
		}
		got := ""
		if c.Refused != nil {
			got = c.Refused.Error()
		}
		if got != row.refused || c.STS.URL != row.url {
			t.Errorf("%s: refused %q, STS %+v", row.claim, got, c.STS)
		}
	}
	if _, err := mustParse(t, me, "").Chain(Request{Target: "me", ToShow: true, Getenv: environment(map[string]string{"AWS_ENDPOINT_URL": "file:///etc"})}); err == nil {
		t.Error("what is no URL was taken")
	}
}
