package console

import (
	"net/http"
	"testing"
)

func TestDestinations(t *testing.T) {
	for name, row := range map[string]struct {
		partition, destination string
		ok                     bool
	}{
		"the console":                     {"aws", "https://console.aws.amazon.com/", true},
		"a region's console":              {"aws", "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1", true},
		"China's console":                 {"aws-cn", "https://console.amazonaws.cn/", true},
		"GovCloud's console":              {"aws-us-gov", "https://console.amazonaws-us-gov.com/", true},
		"another partition's console":     {"aws-cn", "https://console.aws.amazon.com/", false},
		"the console without TLS":         {"aws", "http://console.aws.amazon.com/", false},
		"a name that ends like it":        {"aws", "https://evilconsole.aws.amazon.com/", false},
		"a name that starts like it":      {"aws", "https://console.aws.amazon.com.example.com/", false},
		"the console as a user name":      {"aws", "https://console.aws.amazon.com@example.com/", false},
		"somewhere else":                  {"aws", "https://example.com/", false},
		"a partition with no known place": {"aws-iso", "https://console.aws.amazon.com/", false},
		"nowhere":                         {"aws", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(row.partition)
			r := &http.Request{Host: "127.0.0.1:1"}
			if got := s.mayGoTo(r, row.destination); got != row.ok {
				t.Errorf("%v", got)
			}
		})
	}
}
