package limits

import (
	"strings"
	"testing"
)

func TestAnEndpointIsTheURLOfAHost(t *testing.T) {
	for _, row := range []struct{ url, want string }{
		{"https://sts.example", ""},
		{"http://127.0.0.1:4566", ""},
		{"https://[::1]:8443/path", ""},
		{"", `endpoint "" is not a URL like https://HOST`},
		{"sts.example", `endpoint "sts.example" is not a URL like https://HOST`},
		{"ftp://sts.example", `endpoint "ftp://sts.example" is not a URL like https://HOST`},
		{"https://", `endpoint "https://" is not a URL like https://HOST`},
		{"https://:443", `endpoint "https://:443" is not a URL like https://HOST`},
		{"https://sts.example/a b", `endpoint "https://sts.example/a b" is not a URL like https://HOST`},
		{"https://alice:hunter2@sts.example", "endpoint must not have a user name in it"},
		{"https://alice:hunter2@sts.example:port", "endpoint is not a URL"},
	} {
		got := ""
		if err := CheckEndpoint(row.url); err != nil {
			got = err.Error()
		}
		if got != row.want || strings.Contains(got, "hunter2") {
			t.Errorf("%q: %q, want %q", row.url, got, row.want)
		}
	}
}
