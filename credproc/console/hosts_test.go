package console

import (
	"errors"
	"testing"
)

func TestPlaces(t *testing.T) {
	for name, row := range map[string]struct{ partition, region, endpoint, signIn, console string }{
		"aws":                          {"aws", "", "", "https://signin.aws.amazon.com", "https://console.aws.amazon.com"},
		"aws in a region":              {"aws", "eu-west-1", "", "https://eu-west-1.signin.aws.amazon.com", "https://eu-west-1.console.aws.amazon.com"},
		"China":                        {"aws-cn", "", "", "https://signin.amazonaws.cn", "https://console.amazonaws.cn"},
		"China in a region":            {"aws-cn", "cn-northwest-1", "", "https://cn-northwest-1.signin.amazonaws.cn", "https://cn-northwest-1.console.amazonaws.cn"},
		"GovCloud":                     {"aws-us-gov", "", "", "https://signin.amazonaws-us-gov.com", "https://console.amazonaws-us-gov.com"},
		"GovCloud in a region":         {"aws-us-gov", "us-gov-east-1", "", "https://us-gov-east-1.signin.amazonaws-us-gov.com", "https://us-gov-east-1.console.amazonaws-us-gov.com"},
		"EU sovereign: its one region": {"aws-eusc", "", "", "https://eusc-de-east-1.signin.amazonaws-eusc.eu", "https://eusc-de-east-1.console.amazonaws-eusc.eu"},
		"an endpoint stands for both":  {"aws", "eu-west-1", "http://127.0.0.1:4711/", "http://127.0.0.1:4711", "http://127.0.0.1:4711"},
		"an endpoint over https":       {"aws", "", "https://signin.example", "https://signin.example", "https://signin.example"},
		"an endpoint on localhost":     {"aws", "", "http://localhost:1", "http://localhost:1", "http://localhost:1"},
		"an endpoint on IPv6":          {"aws", "", "http://[::1]:1", "http://[::1]:1", "http://[::1]:1"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := NewHosts(row.partition, row.region, row.endpoint)
			if err != nil || p.signIn != row.signIn || p.console(p.Region) != row.console {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
}

func TestNoSuchPlace(t *testing.T) {
	for name, row := range map[string]struct {
		partition, region, endpoint, want string
		kind                              Kind
	}{
		"a partition without a known console": {"aws-iso", "us-iso-east-1", "", `the console of partition "aws-iso" is not known`, UnknownPartition},
		"a partition of tomorrow":             {"aws-moon", "", "", `the console of partition "aws-moon" is not known`, UnknownPartition},
		"... even at another endpoint":        {"aws-moon", "", "https://x.example", `the console of partition "aws-moon" is not known`, UnknownPartition},
		"a region that would be a host":       {"aws", "evil.example/", "", `region "evil.example/" is not a region's name`, BadRegion},
		"a region of China for aws":           {"aws", "cn-north-1", "", "region cn-north-1 is not in partition aws, where the role is", OtherRegion},
		"a region of aws for China":           {"aws-cn", "us-east-1", "", "region us-east-1 is not in partition aws-cn, where the role is", OtherRegion},
		"a secret region for aws":             {"aws", "us-isob-east-1", "", "region us-isob-east-1 is not in partition aws, where the role is", OtherRegion},
		"an endpoint without TLS elsewhere":   {"aws", "", "http://signin.example", "the sign-in endpoint: credentials are not sent over http to another machine", PlainHTTP},
		"... that only looks like localhost":  {"aws", "", "http://localhost.example", "the sign-in endpoint: credentials are not sent over http to another machine", PlainHTTP},
		"an endpoint that is no URL":          {"aws", "", "127.0.0.1:1", "the sign-in endpoint is not a URL like https://HOST", BadEndpoint},
		"an endpoint with a user":             {"aws", "", "https://u:p@signin.example", "the sign-in endpoint must not have a user name in it", BadEndpoint},
		"an endpoint with a path":             {"aws", "", "https://signin.example/x", "the sign-in endpoint must end after the host", BadEndpoint},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewHosts(row.partition, row.region, row.endpoint)
			var e *Error
			if !errors.As(err, &e) || err.Error() != row.want || e.Kind != row.kind {
				t.Errorf("%v", err)
			}
		})
	}
}
