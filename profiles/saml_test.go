package profiles

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	samlCorp = "[hatstand-saml corp]\nsaml_url = https://idp.example.com/aws?app=1#x\n"
	samlDev  = "[profile dev]\nrole_arn = arn:aws:iam::111111111111:role/Dev\nsaml = corp\n"
)

func TestASAMLBase(t *testing.T) {
	const program = "[hatstand-saml corp]\nsaml_method = process\nsaml_process = idp 'my corp'\n"
	for _, row := range []struct {
		claim, config, target string
		want                  SAMLSetting
		role, provider        string
		roles                 int
	}{
		{"the default is a browser of hatstand's own", samlCorp + samlDev, "dev",
			SAMLSetting{Name: "corp", URL: "https://idp.example.com/aws?app=1#x", Method: SAMLChrome}, "Dev", "", 0},
		{"a port of this machine", samlCorp + "saml_method = acs\nsaml_port = 8443\n" + samlDev, "dev",
			SAMLSetting{Name: "corp", URL: "https://idp.example.com/aws?app=1#x", Method: SAMLACS, Port: 8443}, "Dev", "", 0},
		{"another program needs no page", program + samlDev, "dev",
			SAMLSetting{Name: "corp", Method: SAMLProcess, Process: Setting{Value: "idp 'my corp'", Path: "~/.aws/config", Line: 3}}, "Dev", "", 0},
		{"the profile chooses the provider", samlCorp + samlDev + "saml_provider_arn = arn:aws:iam::111111111111:saml-provider/corp\n", "dev",
			SAMLSetting{Name: "corp", URL: "https://idp.example.com/aws?app=1#x", Method: SAMLChrome}, "Dev",
			"arn:aws:iam::111111111111:saml-provider/corp", 0},
		{"plain http is for this machine", strings.Replace(samlCorp, "https://idp.example.com/aws?app=1#x", "http://127.0.0.1:7000/", 1) + samlDev, "dev",
			SAMLSetting{Name: "corp", URL: "http://127.0.0.1:7000/", Method: SAMLChrome}, "Dev", "", 0},
		{"a role on top of it", samlCorp + samlDev + "[profile prod]\n" + arn + "source_profile = dev\n", "prod",
			SAMLSetting{Name: "corp", URL: "https://idp.example.com/aws?app=1#x", Method: SAMLChrome}, "Dev", "", 1},
		{"keys in the file are not the role's", samlCorp + samlDev + keys, "dev",
			SAMLSetting{Name: "corp", URL: "https://idp.example.com/aws?app=1#x", Method: SAMLChrome}, "Dev", "", 0},
		{"in [hatstand dev]", samlCorp + "[hatstand dev]\n" + strings.TrimPrefix(samlDev, "[profile dev]\n") + "[profile dev]\n", "dev",
			SAMLSetting{Name: "corp", URL: "https://idp.example.com/aws?app=1#x", Method: SAMLChrome}, "Dev", "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target})
			if err != nil {
				t.Fatal(err)
			}
			if b := c.Base; b.Kind != SAML || b.SAML != row.want || b.SAMLRole.Name != row.role || b.SAMLProvider != row.provider ||
				len(c.Roles) != row.roles || !b.Grant.IsZero() || b.SAML.Key() != "saml:corp" {
				t.Errorf("%+v", b)
			}
		})
	}
}

func TestSAMLErrors(t *testing.T) {
	for _, row := range []struct{ claim, config, want string }{
		{"no such section", samlDev, `profile "dev": saml "corp" not found: there is no [hatstand-saml corp] section (~/.aws/config:3)`},
		{"no role", samlCorp + "[profile dev]\nsaml = corp\n", `profile "dev": saml needs role_arn (~/.aws/config:4)`},
		{"two sources", samlCorp + samlDev + "source_profile = me\n", `profile "dev": source_profile and saml exclude each other (~/.aws/config:5)`},
		{"a web identity as well", samlCorp + samlDev + "web_identity_token_file = /t\n",
			`profile "dev": web_identity_token_file and saml exclude each other (~/.aws/config:5)`},
		{"a source for credentials as well", samlCorp + samlDev + "credential_source = Environment\n",
			`profile "dev": credential_source and saml exclude each other (~/.aws/config:5)`},
		{"tags", samlCorp + samlDev + "session_tags = a=b\n",
			`profile "dev": session_tags cannot be asked for with saml: the provider decides (~/.aws/config:6)`},
		{"a session's name", samlCorp + samlDev + "role_session_name = me\n",
			`profile "dev": role_session_name cannot be asked for with saml: the provider decides (~/.aws/config:6)`},
		{"a provider that is none", samlCorp + samlDev + "saml_provider_arn = arn:aws:iam::111111111111:role/corp\n",
			`profile "dev": saml_provider_arn "arn:aws:iam::111111111111:role/corp" is not like arn:aws:iam::ACCOUNT:saml-provider/NAME (~/.aws/config:6)`},
		{"a provider without its zero", samlCorp + samlDev + "saml_provider_arn = arn:aws:iam::11111111111:saml-provider/corp\n",
			`profile "dev": saml_provider_arn "arn:aws:iam::11111111111:saml-provider/corp" must have an account ID of 12 digits, not 11 (~/.aws/config:6)`},
		{"no page", "[hatstand-saml corp]\n" + samlDev,
			`the [hatstand-saml corp] section has no saml_url, which saml_method = chrome needs (~/.aws/config:1)`},
		{"no port", samlCorp + "saml_method = acs\n" + samlDev,
			`the [hatstand-saml corp] section has no saml_port, which saml_method = acs needs (~/.aws/config:1)`},
		{"no program", samlCorp + "saml_method = process\n" + samlDev,
			`the [hatstand-saml corp] section has no saml_process, which saml_method = process needs (~/.aws/config:1)`},
		{"a method that is none", samlCorp + "saml_method = firefox\n" + samlDev,
			`saml_method "firefox" is none of chrome, acs, process (~/.aws/config:3)`},
		{"a port that is none", samlCorp + "saml_port = 0\n" + samlDev,
			`saml_port "0" is not a port: give a number from 1 to 65535 (~/.aws/config:3)`},
		{"an open quote", samlCorp + "saml_process = idp \"x\n" + samlDev, `saml_process has a quote that is not closed (~/.aws/config:3)`},
		{"an open quote of a browser", samlCorp + "browser = chromium \"x\n" + samlDev,
			`browser: the command has a quote that is not closed (~/.aws/config:3)`},
		{"plain http", "[hatstand-saml corp]\nsaml_url = http://idp.example.com/\n" + samlDev,
			`saml_url "http://idp.example.com/" must begin with https (~/.aws/config:2)`},
		{"a password", "[hatstand-saml corp]\nsaml_url = https://a:hushhush@idp.example.com/\n" + samlDev,
			`saml_url must not have a user name in it (~/.aws/config:2)`},
		{"a script", "[hatstand-saml corp]\nsaml_url = javascript:alert(1)\n" + samlDev,
			`saml_url "javascript:alert(1)" must be a URL like https://corp.example.com/saml/aws (~/.aws/config:2)`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := mustParse(t, row.config, "").Chain(Request{Target: "dev"})
			if err == nil || err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}

func TestTheAssertionGoesToAWSAlone(t *testing.T) {
	set := mustParse(t, samlCorp+samlDev, "")
	for url, kind := range map[string]Kind{"https://sts.example.com": ForeignSignIn, "http://sts.example.com": PlainHTTP} {
		_, err := set.Chain(Request{Target: "dev", Getenv: environment(map[string]string{"AWS_ENDPOINT_URL_STS": url})})
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != kind {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestSAMLSections(t *testing.T) {
	set := mustParse(t, samlCorp+"[hatstand-saml other]\nsaml_url = https://x.example.com\n"+samlCorp+samlDev+
		"[profile prod]\n"+arn+"source_profile = dev\n[profile broken]\nsaml = corp\n", "")
	if got := set.SAMLSections(); !slices.Equal(got, []string{"corp", "other"}) {
		t.Errorf("%q", got)
	}
	_, err := set.SAML("crop")
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != UnknownSAML || !slices.Equal(e.Near().Names, []string{"corp"}) ||
		e.Error() != "[hatstand-saml crop] not found in ~/.aws/config" {
		t.Errorf("%v", err)
	}
}
