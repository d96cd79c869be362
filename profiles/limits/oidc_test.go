package limits

import (
	"strings"
	"testing"
)

func TestSettingsOfAnOpenIDProvider(t *testing.T) {
	for in, want := range map[string]string{ // "": allowed; else the reason, and after " | " what was meant
		"https://login.example.com":                       "",
		"https://login.example.com/":                      "",
		"https://login.microsoftonline.com/tenant/v2.0":   "",
		"http://127.0.0.1:8080/realms/a":                  "",
		"http://login.example.com":                        `issuer "http://login.example.com" must begin with https | https://login.example.com`,
		"https://a:hush@login.example.com":                "issuer must not have a user name in it",
		"https://login.example.com?x=1":                   `issuer "https://login.example.com?x=1" must end before its '?' or '#' | https://login.example.com`,
		"https://login.example.com#":                      `issuer "https://login.example.com#" must end before its '?' or '#' | https://login.example.com`,
		"login.example.com":                               `issuer "login.example.com" must be a URL like https://login.example.com`,
		"https://x/.well-known/openid-configuration":      `issuer "https://x/.well-known/openid-configuration" must end before /.well-known/openid-configuration | https://x`,
		"https://login.example.com\r\nHost: evil.invalid": `issuer "https://login.example.com\r\nHost: evil.invalid" must be a URL like https://login.example.com`,
	} {
		if got := outcome(CheckIssuer(in)); got != want || strings.Contains(got, "hush") {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"hatstand": "", "0oa1b2c3.apps": "", "a b": `client ID "a b" may have visible ASCII characters only`,
		strings.Repeat("a", 256): "client ID may have at most 255 characters, not 256",
	} {
		if got := outcome(CheckClientID(in)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
	for in, want := range map[string][2]string{
		"openid":                   {"openid", ""},
		" openid  offline_access ": {"openid offline_access", ""},
		"email,openid,":            {"email openid", ""},
		"email offline_access":     {"", `list of scopes "email offline_access" must have openid in it | openid email offline_access`},
		"openid \"x\"":             {"", `list of scopes "openid \"x\"" may have visible ASCII characters without " and \ only`},
		"öpenid":                   {"", `list of scopes "öpenid" may have visible ASCII characters without " and \ only`},
	} {
		if got, err := ParseOIDCScopes(in); got != want[0] || outcome(err) != want[1] {
			t.Errorf("%s: %q, %s; want %q", in, got, outcome(err), want)
		}
	}
	for in, want := range map[string]int{"1": 1, "65535": 65535, "0": 0, "65536": 0, "-1": 0, "x": 0, "": 0} {
		if got, err := ParsePort(in); got != want || (err == nil) != (want != 0) {
			t.Errorf("%s: %d, %v", in, got, err)
		}
	}
}
