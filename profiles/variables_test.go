package profiles

import (
	"fmt"
	"testing"
)

func TestTheChildsVariables(t *testing.T) {
	type env = map[string]string
	const services = "services = s\n[services s]\ns3 =\n  endpoint_url = http://127.0.0.1:9000\n  other = x\nelastic_beanstalk =\n  endpoint_url = https://eb.example\nsqs =\n"
	for _, row := range []struct {
		claim, settings string
		env             env
		want            string
	}{
		{"nothing said, nothing set", "region = x\n", nil, "[]"},
		{"all of it", "endpoint_url = http://localhost:4566\nca_bundle = /ca.pem\nuse_fips_endpoint = TRUE\nuse_dualstack_endpoint = true\n" + services, nil,
			"[{AWS_ENDPOINT_URL http://localhost:4566} {AWS_ENDPOINT_URL_S3 http://127.0.0.1:9000} {AWS_ENDPOINT_URL_ELASTIC_BEANSTALK https://eb.example} {AWS_CA_BUNDLE /ca.pem} {AWS_USE_FIPS_ENDPOINT true} {AWS_USE_DUALSTACK_ENDPOINT true}]"},
		{"a service of the section without the others", services, nil, "[{AWS_ENDPOINT_URL_S3 http://127.0.0.1:9000} {AWS_ENDPOINT_URL_ELASTIC_BEANSTALK https://eb.example}]"},
		{"the caller's endpoint keeps the section out", "endpoint_url = http://localhost:4566\nca_bundle = /ca.pem\n" + services, env{"AWS_ENDPOINT_URL": "https://mine"}, "[{AWS_CA_BUNDLE /ca.pem}]"},
		{"the caller's endpoint of one service is that service's alone", "endpoint_url = http://localhost:4566\n" + services, env{"AWS_ENDPOINT_URL_S3": "https://mine"}, "[{AWS_ENDPOINT_URL http://localhost:4566} {AWS_ENDPOINT_URL_ELASTIC_BEANSTALK https://eb.example}]"},
		{"the caller's bundle and flags win", "ca_bundle = /ca.pem\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n", env{"AWS_CA_BUNDLE": "/mine", "AWS_USE_FIPS_ENDPOINT": "false"}, "[{AWS_USE_DUALSTACK_ENDPOINT true}]"},
		{"ignored by the profile", "ignore_configured_endpoint_urls = true\nendpoint_url = http://localhost:4566\nca_bundle = /ca.pem\n" + services, nil, "[{AWS_CA_BUNDLE /ca.pem}]"},
		{"ignored by the caller", "endpoint_url = http://localhost:4566\n", env{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "[]"},
	} {
		c, err := mustParse(t, "[profile p]\n"+row.settings, "").Chain(Request{Target: "p", Getenv: environment(row.env)})
		if err != nil {
			t.Errorf("%s: %v", row.claim, err)
		} else if got := fmt.Sprint(c.Variables); got != row.want {
			t.Errorf("%s:\ngot  %s\nwant %s", row.claim, got, row.want)
		}
	}
	// The base's are its own.
	c, err := mustParse(t, me+"endpoint_url = http://localhost:1\n"+prod, "").Chain(Request{Target: "prod"})
	if err != nil || len(c.Variables) > 0 || c.SessionSTS.URL == "" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := mustParse(t, "[profile p]\nservices = s\n[services s]\ns3 =\n  endpoint_url = nonsense\n", "").Chain(Request{Target: "p"}); err == nil {
		t.Error("an endpoint that is no URL was taken")
	}
}
