package profiles

import (
	"errors"
	"testing"
	"time"
)

const (
	idp    = "[hatstand-oidc idp]\noidc_issuer = https://login.example.com/t1\noidc_client_id = cli\n"
	worker = "[profile w]\nrole_arn = arn:aws-cn:iam::222222222222:role/R\noidc = idp\nduration_seconds = 7200\n"
)

func TestAnOpenIDProvidersProfile(t *testing.T) {
	whole := Grant{Kind: OIDC, Session: "idp", Issuer: "https://login.example.com/t1", ClientID: "cli", Scopes: "openid"}
	more := whole
	more.Scopes, more.RedirectPort, more.Service.CABundle = "openid email offline_access", 8400, "/ca.pem"
	for _, row := range []struct {
		claim, config, target string
		want                  Grant
		roles                 int
	}{
		{"signs in to it", idp + worker, "w", whole, 0},
		{"has the section's settings", idp + "oidc_scopes = openid, email offline_access\noidc_redirect_port = 8400\n" + worker + "ca_bundle = /ca.pem\n", "w", more, 0},
		{"may have them in its [hatstand] section", idp + "[hatstand w]\nrole_arn = arn:aws-cn:iam::222222222222:role/R\noidc = idp\nduration_seconds = 7200\n", "w", whole, 0},
		{"is a base for other roles", idp + worker + "[profile top]\n" + arn + "source_profile = w\n", "top", whole, 1},
		{"beats keys in a file", idp + worker + keys, "w", whole, 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target})
			if err != nil {
				t.Fatal(err)
			}
			b := c.Base
			if b.Kind != OIDC || b.Grant != row.want || b.Grant.Key() != "oidc:idp" || len(c.Roles) != row.roles ||
				b.WebIdentityRole.Name != "R" || b.WebIdentityRole.Duration != 2*time.Hour || row.roles == 0 && c.Partition != "aws-cn" {
				t.Errorf("got  %+v\nwant %+v", b, row.want)
			}
		})
	}
	set := mustParse(t, idp+worker+"ca_bundle = /ca.pem\n", "")
	g, err := set.OIDC("idp", Request{})
	whole.Service.CABundle = "/ca.pem"
	if err != nil || g != whole {
		t.Errorf("%+v, %v", g, err)
	}
	if got := set.OIDCSections(); len(got) != 1 || got[0] != "idp" {
		t.Errorf("%q", got)
	}
}

func TestFaultsOfAnOpenIDProvidersSettings(t *testing.T) {
	for _, row := range []struct {
		claim, config string
		kind          Kind
		want          string
	}{
		{"an unknown section", "[hatstand-oidc ipd]\n" + worker, UnknownOIDC, `profile "w": oidc "idp" not found: there is no [hatstand-oidc idp] section (c:4)`},
		{"no issuer", "[hatstand-oidc idp]\noidc_client_id = cli\n" + worker, SectionLacks, "the [hatstand-oidc idp] section has no oidc_issuer (c:1)"},
		{"no client ID", "[hatstand-oidc idp]\noidc_issuer = https://x\n" + worker, SectionLacks, "the [hatstand-oidc idp] section has no oidc_client_id (c:1)"},
		{"an issuer without TLS", "[hatstand-oidc idp]\noidc_issuer = http://login.example.com\noidc_client_id = cli\n" + worker, Invalid, `profile "w": oidc_issuer "http://login.example.com" must begin with https (c:2)`},
		{"scopes without an ID token", idp + "oidc_scopes = email\n" + worker, Invalid, `profile "w": oidc_scopes "email" must have openid in it (c:4)`},
		{"no port", idp + "oidc_redirect_port = 0\n" + worker, Invalid, `profile "w": oidc_redirect_port "0" is not a port: give a number from 1 to 65535 (c:4)`},
		{"no role", idp + "[profile w]\noidc = idp\n", TokenWithoutRole, `profile "w": oidc needs role_arn (c:5)`},
		{"another source", idp + worker + "source_profile = x\n", TwoSources, `profile "w": source_profile and oidc exclude each other (c:6)`},
		{"another token", idp + worker + "web_identity_token_file = /x\n", TwoSources, `profile "w": web_identity_token_file and oidc exclude each other (c:6)`},
		{"the environment's keys", idp + worker + "credential_source = Environment\n", TwoSources, `profile "w": credential_source and oidc exclude each other (c:6)`},
		{"what the provider decides", idp + worker + "session_tags = a=b\n", NotWithToken, `profile "w": session_tags cannot be asked for with oidc: the provider decides (c:8)`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			set, err := Parse(File{Path: "c", Data: []byte(row.config)}, File{})
			if err == nil {
				_, err = set.Chain(Request{Target: "w"})
			}
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != row.kind || err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
	_, err := mustParse(t, "[hatstand-oidc ipd]\n", "").Chain(Request{Target: "x"})
	if err == nil {
		t.Error("a section is a profile")
	}
	e, ok := errors.AsType[*Error](func() error { _, err := mustParse(t, "[hatstand-oidc ipd]\n", "").OIDC("idp", Request{}); return err }())
	if near := e.Near().Names; !ok || len(near) != 1 || near[0] != "ipd" {
		t.Errorf("%v", near)
	}
}
