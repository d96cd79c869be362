package signin

import (
	neturl "net/url"
	"strings"
	"testing"
	"unicode"

	"hatstand/credproc/grant"
	"hatstand/profiles"
)

var corp = profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1"}

func TestPage(t *testing.T) {
	const url = "https://device.sso.eu-west-1.amazonaws.com/"
	const (
		notURL   = "the sign-in to corp: the page's address is not a URL"
		notHTTPS = "the sign-in to corp: the page's address is not https"
	)
	for _, tt := range []struct {
		name, url, complete, code string
		text, opened, err         string
	}{
		{"as AWS sends it", url, url + "?user_code=ABCD-EFGH", "ABCD-EFGH",
			"To sign in to corp, open this page and go on only if it shows this code:\n  " + url + "\n  ABCD-EFGH\n", url + "?user_code=ABCD-EFGH", ""},
		{"without a complete address the other is opened", url, "", "ABCD-EFGH",
			"To sign in to corp, open this page and go on only if it shows this code:\n  " + url + "\n  ABCD-EFGH\n", url, ""},
		{"an AWS on loopback", "http://127.0.0.1:1/device", "http://[::1]:1/device", "A",
			"To sign in to corp, open this page and go on only if it shows this code:\n  http://127.0.0.1:1/device\n  A\n", "http://[::1]:1/device", ""},
		{"a code that steers the terminal", url, "", "\x1b[2J\u009bABCD\r\n-\u202eEFGH\x07",
			"To sign in to corp, open this page and go on only if it shows this code:\n  " + url + "\n  [2JABCD -EFGH\n", url, ""},
		{"an address that turns the order of what is read", url + "\u202e", "", "A",
			"To sign in to corp, open this page and go on only if it shows this code:\n  " + url + "\n  A\n", url + "\u202e", ""},
		{"plain http", "http://device.sso.eu-west-1.amazonaws.com/", "", "A", "", "", notHTTPS},
		{"plain http in the complete address alone", url, "http://device.sso.eu-west-1.amazonaws.com/", "A", "", "", notHTTPS},
		{"a name that begins like loopback", "http://127.0.0.1.example/", "", "A", "", "", notHTTPS},
		{"a file", "file:///etc/passwd", "", "A", "", "", notURL},
		{"a script", "javascript:alert(1)", "", "A", "", "", notURL},
		{"a program's own scheme", "vscode://x/y", "", "A", "", "", notHTTPS},
		{"an option", "--help", "", "A", "", "", notURL},
		{"nothing", "", "", "A", "", "", notURL},
		{"an escape sequence", url + "\x1b[2J", "", "A", "", "", notURL},
		{"a line of its own", url + "\nhttps://evil.example/", "", "A", "", "", notURL},
		{"another host before the @", "https://device.sso.eu-west-1.amazonaws.com@evil.example/", "", "A", "", "", "the sign-in to corp: the page's address has a user's name in it"},
		{"an address without end", url + strings.Repeat("a", 3000), "", "A", "", "", notURL},
		{"no code", url, "", " \x00\n", "", "", "the sign-in to corp: AWS has sent no code to compare"},
		{"a code without end", url, "", strings.Repeat("A", 65), "", "", "the sign-in to corp: the code that AWS has sent is too long for one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := newPage(corp, grant.Authorization{DeviceCode: "SECRET", URL: tt.url, CompleteURL: tt.complete, UserCode: tt.code})
			if err != nil {
				if err.Error() != tt.err {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				return
			}
			if p.text() != tt.text || p.opened != tt.opened || tt.err != "" {
				t.Errorf("got  %q, opened %q\nwant %q, opened %q, %s", p.text(), p.opened, tt.text, tt.opened, tt.err)
			}
		})
	}
	t.Run("the session's name is text too", func(t *testing.T) {
		p, err := newPage(profiles.Grant{Session: "a\x1b[2Jb\nc"}, grant.Authorization{URL: url, UserCode: "A"})
		if err != nil || !strings.HasPrefix(p.text(), "To sign in to a[2Jb c, open this page ") {
			t.Error(p.text(), err)
		}
	})
}

// Whatever AWS sends, what is shown has three lines, none of which can steer a terminal.
func FuzzPage(f *testing.F) {
	f.Add("https://device.sso.eu-west-1.amazonaws.com/", "https://a/?user_code=A", "ABCD-EFGH")
	f.Add("https://a/\u2028b\u202e", "", "A\x1b]0;x\x07B")
	f.Fuzz(func(t *testing.T, url, complete, code string) {
		p, err := newPage(corp, grant.Authorization{URL: url, CompleteURL: complete, UserCode: code})
		if err != nil {
			return
		}
		text := p.text()
		if strings.Count(text, "\n") != 3 || len(text) > 8<<10 {
			t.Fatalf("%q", text)
		}
		for _, r := range strings.ReplaceAll(text, "\n", "") {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q holds %q", text, r)
			}
		}
		if u, err := neturl.Parse(p.opened); err != nil || u.Scheme != "https" && !isLoopback(u.Hostname()) {
			t.Fatalf("%q is opened", p.opened)
		}
	})
}

func TestAnErrorNamesWhoSentThePage(t *testing.T) {
	idp := profiles.Grant{Kind: profiles.OIDC, Session: "idp", Issuer: "https://idp.example.com"}
	for code, want := range map[string]string{
		"":                      "the sign-in to idp: https://idp.example.com has sent no code to compare",
		strings.Repeat("A", 65): "the sign-in to idp: the code that https://idp.example.com has sent is too long for one",
	} {
		_, err := newPage(idp, grant.Authorization{URL: "https://idp.example.com/device", UserCode: code})
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
