package main

import (
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/oidc"
)

// idpCommands are about a story's OpenID provider that people sign in to, which "idp start" starts. Its client is
// hatstand, alice@example.com sits at the browser; what she does there, "ssoperson always" says. Account 222222222222
// takes its tokens: role Engineer there trusts everybody, role Alice alice alone.
func idpCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"idp": idp, "idpcalls": idpCalls}
}

// idp start puts the issuer into IDP_ISSUER.
// idp is USER puts another user before the browser; idp approve answers the device that waits; idp end ends every sign-in.
// idp SETTING[=VALUE]... changes how it works: the settings start from none each time.
func idp(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	switch args[0] {
	case "start":
		site, err := oidc.Listen("hatstand", s.aws.Now)
		ts.Check(err)
		ts.Defer(func() { _ = site.Close() })
		s.site = site
		s.addSite(site)
		ts.Setenv("IDP_ISSUER", site.Issuer)
		return
	case "is":
		s.site.SetPerson(args[1])
		return
	case "approve":
		for end := time.Now().Add(patience); !s.site.Answer("", true); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				ts.Fatalf("no device ever waited")
			}
		}
		return
	case "end":
		s.site.EndSessions()
		return
	}
	s.site.Change(func(c *oidc.Settings) {
		*c = oidc.Settings{TokenLife: time.Hour, DeviceLife: 10 * time.Minute}
		for _, a := range args {
			name, value, _ := strings.Cut(a, "=")
			value = strings.ReplaceAll(value, `\r`, "\r")
			switch name {
			case "default":
			case "issuer":
				c.Issuer = value
			case "nonce":
				c.Nonce = value
			case "id-token":
				c.IDToken = value
			case "long-token":
				c.IDToken = strings.Repeat("a", 20001)
			case "no-id-token":
				c.NoIDToken = true
			case "no-id-token-on-refresh":
				c.NoIDTokenOnRefresh = true
			case "no-device":
				c.NoDevice = true
			case "authorize-error":
				c.AuthorizeError = value
			case "token-life":
				life, err := time.ParseDuration(value)
				ts.Check(err)
				c.TokenLife = life
			default:
				ts.Fatalf("idp: unknown %q", a)
			}
		}
	})
}

// addSite has AWS take a site's tokens.
func (s *story) addSite(site *oidc.Site) {
	s.aws.TakeTokens(work, site.Provider, "hatstand")
	host := strings.TrimPrefix(site.Issuer, "http://")
	for name, subject := range map[string]string{"Engineer": "id-of-*", "Alice": "id-of-alice@example.com"} {
		s.aws.AddRole("arn:aws:iam::"+work+":role/"+name, awstest.Role{MaxSession: 12 * time.Hour,
			Trust: []awstest.Trust{{Federated: host, Audience: "hatstand", Subject: subject}}})
	}
	s.aws.AddRole("arn:aws:iam::"+work+":role/Top", awstest.Role{Trust: []awstest.Trust{{Principal: work}}})
}

// idpcalls [CALL...] holds the provider to the calls that it had since the last time, in their order.
func idpCalls(ts *testscript.TestScript, _ bool, args []string) {
	if got, want := strings.Join(of(ts).site.Calls(), " "), strings.Join(args, " "); got != want {
		ts.Fatalf("the provider saw %q, want %q", got, want)
	}
}

// idpSecrets are what the story's provider has given out.
func (s *story) idpSecrets() []string {
	if s.site == nil {
		return nil
	}
	return s.site.Secrets()
}
