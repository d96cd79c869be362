package profiles

import "testing"

func TestOverlooked(t *testing.T) {
	for _, row := range []struct{ inside, config, credentials string }{
		{"prod", "write [profile prod]", ""},
		{"'prod'", "write [profile prod]", "write [prod]"},
		{"DEFAULT", "write [default]", ""},
		{"Hatstand", "write [hatstand]", ""},
		{"", "write [profile NAME]: " + nameRule, nameRule},
		{"pröd", "write [profile NAME]: " + nameRule, nameRule},
		{"profile", "write [profile NAME]", ""},
		{"profile my prod", nameRule, nameRule},
		{`profile "prod"`, "write [profile prod]", `write [prod]: the credentials file takes names without "profile"`},
		{"Profiles\tprod", "write [profile prod]", nameRule},
		{"services my s", nameRule, "move it into the config file"},
		{"sso-session", "write [sso-session NAME]", ""},
		{"hatstand x", "", "move it into the config file"},
		{"my prod", "a profile is written [profile NAME]; if another program reads this section, leave it", nameRule},
		{"plugins", "", ""},
		{"preview", "", ""},
		{"granted_registry_start mine", "", nameRule},
	} {
		for _, file := range []struct {
			credentials bool
			meant       func(string) string
			want        string
		}{{false, overlooked, row.config}, {true, overlookedCredentials, row.credentials}} {
			if kind, _ := classify([]byte(row.inside), file.credentials); kind != ignored {
				continue
			}
			if got := file.meant(row.inside); got != file.want {
				t.Errorf("[%s], credentials %v: %q, want %q", row.inside, file.credentials, got, file.want)
			}
		}
	}
}
