package lint

import (
	"testing"

	"hatstand/profiles/internal/grammar"
)

func kindOf(inside string, credentials bool) grammar.Kind {
	for sec := range (&grammar.File{Data: []byte("[" + inside + "]"), Credentials: credentials}).Sections() {
		return sec.Kind
	}
	return grammar.Ignored
}

func TestOverlooked(t *testing.T) {
	for _, row := range []struct{ inside, config, credentials string }{
		{"prod", "write [profile prod]", ""},
		{"'prod'", "write [profile prod]", "write [prod]"},
		{"DEFAULT", "write [default]", ""},
		{"Hatstand", "write [hatstand]", ""},
		{"", "write [profile NAME]: " + grammar.NameRule, grammar.NameRule},
		{"pröd", "write [profile pröd]", ""},
		{"profile", "write [profile NAME]", ""},
		{"profile my prod", "write [profile 'my prod']", `write [my prod]: the credentials file takes names without "profile"`},
		{`profile "prod"`, "write [profile prod]", `write [prod]: the credentials file takes names without "profile"`},
		{"Profiles\tprod", "write [profile prod]", grammar.NameRule},
		{"services my s", "write [services 'my s']", "move it into the config file"},
		{"sso-session", "write [sso-session NAME]", ""},
		{"hatstand x", "", "move it into the config file"},
		{"hatstand-session x", "", "move it into the config file"},
		{"hatstand-sesion x", "write [hatstand-session x]", grammar.NameRule},
		{"hatstand_session x", "write [hatstand-session x]", grammar.NameRule},
		{"Hatstand-OIDC x", "write [hatstand-oidc x]", grammar.NameRule},
		{"hatstand-saml", "write [hatstand-saml NAME]", ""},
		{"sso-sesion x", "write [sso-session x]", grammar.NameRule},
		{"ssosession x", "write [sso-session x]", grammar.NameRule},
		{"hatstands x", "write [hatstand x]", grammar.NameRule},
		{"my prod", "a profile is written [profile NAME]; if another program reads this section, leave it", grammar.NameRule},
		{"plugins", "", ""},
		{"preview", "", ""},
		{"granted_registry_start mine", "", grammar.NameRule},
	} {
		for _, file := range []struct {
			credentials bool
			meant       func(string) string
			want        string
		}{{false, meantInConfig, row.config}, {true, meantInCredentials, row.credentials}} {
			if kind := kindOf(row.inside, file.credentials); kind != grammar.Ignored {
				continue
			}
			if got := file.meant(row.inside); got != file.want {
				t.Errorf("[%s], credentials %v: %q, want %q", row.inside, file.credentials, got, file.want)
			}
		}
	}
}
