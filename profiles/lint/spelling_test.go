package lint

import (
	"strings"
	"testing"

	"hatstand/profiles"
)

func TestMisspeltSettings(t *testing.T) {
	for _, row := range []struct{ line, text, next string }{
		{"mfa-serial = arn:aws:iam::111111111111:mfa/alice", `"mfa-serial" is ignored: no program reads it`, "write mfa_serial"},
		{"mfa_device = x", `"mfa_device" is ignored: no program reads it`, "write mfa_serial"},
		{"aws_mfa_device = x", `"aws_mfa_device" is ignored: no program reads it`, "write mfa_serial"},
		{"duration = 3600", `"duration" is ignored: no program reads it`, "write duration_seconds"},
		{"durationseconds = 3600", `"durationseconds" is ignored: no program reads it`, "write duration_seconds"},
		{"source_profle = me", `"source_profle" is ignored: no program reads it`, "write source_profile"},
		{"aws_role_arn = x", `"aws_role_arn" is ignored: no program reads it`, "write role_arn"},
		{"\u00a0mfa_serial = x", "the name of mfa_serial has an invisible character in it (U+00A0), so that it is ignored", "type the line again: mfa_serial = ..."},
		{"mfa_serial\u200b = x", "the name of mfa_serial has an invisible character in it (U+200B), so that it is ignored", "type the line again: mfa_serial = ..."},
		{"\ufeffregion = x", "the name of region has an invisible character in it (U+FEFF), so that it is ignored", "type the line again: region = ..."},
		{"mfa_seri\u0430l = x", "the name of mfa_serial has a character in it that only looks like the right one (U+0430), so that it is ignored", "type the line again: mfa_serial = ..."},
		{"r\u03bfle_arn = x", "the name of role_arn has a character in it that only looks like the right one (U+03BF), so that it is ignored", "type the line again: role_arn = ..."},
		{"\uff52\uff45\uff47\uff49\uff4f\uff4e = x", "the name of region has a character in it that only looks like the right one (U+FF52), so that it is ignored", "type the line again: region = ..."},
		{"export role_arn = x", `"export role_arn" is ignored: no program reads it`, "write role_arn"},
		{"set\tregion = x", `"set\tregion" is ignored: no program reads it`, "write region"},
		{"source_profile = me\u00a0", "the value of source_profile has an invisible character in it (U+00A0)", "type the line again: source_profile = me"},
		{"source_profile = \"me\"", "the quotes are part of the value of source_profile", "write source_profile = me"},
		{"role_arn = \u201carn:aws:iam::222222222222:role/Admin\u201d", "the quotes are part of the value of role_arn", "write role_arn = arn:aws:iam::222222222222:role/Admin"},
		{"role_arn = arn:aws:iam::222222222222:role/Admin\u201d", "the quotes are part of the value of role_arn", "write role_arn = arn:aws:iam::222222222222:role/Admin"},

		{"saml_provider-arn = x", `"saml_provider-arn" is ignored: no program reads it`, "write saml_provider_arn"},
		{"saml = \"corp\"", "the quotes are part of the value of saml", "write saml = corp"},
		{"session = none", "session is ignored: it counts only in [hatstand a]", "move it there, or write sso_session if you mean that"},

		{"region = eu-west-1", "", ""},
		{"output = json", "", ""},
		{"cli_pager = \"\"", "", ""},
		{"granted_sso_start_url = x", "", ""},
		{"s3 =\n  max_queue_size = 5", "", ""},
		{"credential_process = \"/opt/my tool\"", "", ""},
		{"aws_secret_access_key = \"hushhush\"", "", ""},
		{"policy = {\"a\": \u201cx\u201d}", "", ""},
		{"my_own_note = x", "", ""},
		{"Größe = x", "", ""},
		{"заметка = x", "", ""},
		{"my own note = x", "", ""},
	} {
		s := mustParse(t, "[profile a]\n"+row.line+"\n", "")
		got := Profile(s, "a")
		switch {
		case row.text == "":
			if len(got) > 0 {
				t.Errorf("%s: %+v", row.line, got)
			}
		case len(got) != 1 || got[0].Text != row.text || got[0].Next != row.next || got[0].Location.Line != 2:
			t.Errorf("%s: %+v, want %s | %s", row.line, got, row.text, row.next)
		case len(Files(s)) != 1:
			t.Errorf("%s: doctor says %+v", row.line, Files(s))
		}
	}
	for _, fine := range []string{"[hatstand a]\nsession = none\n", "[hatstand a]\nbrowser = firefox\nbrowser_profile = Work\nbrowser_container = A\n", "[services a]\nsession = none\n[profile a]\nregion = x\n"} {
		if got := Files(mustParse(t, fine, "")); len(got) != 0 {
			t.Errorf("%q: %+v", fine, got)
		}
	}
	if got := Files(mustParse(t, "[default]\nsession = none\n", "[My Keys]\nsession = none\n")); len(got) != 2 ||
		got[0].Text != "session is ignored: it counts only in [hatstand default]" ||
		got[1].Text != "session is ignored: it counts only in [hatstand 'My Keys']" {
		t.Errorf("%+v", got)
	}
	s := mustParse(t, "[hatstand a]\nbackend = file\nmfa-process = x\n", "")
	if got := Profile(s, "a"); len(got) != 2 || got[0].Text != `"backend" is ignored: it is not a setting of hatstand` || got[1].Next != "write mfa_process" {
		t.Errorf("%+v", got)
	}
}

// What is said of a profile is said of the session that it signs in to, and of no other one.
func TestMisspeltSettingsOfASession(t *testing.T) {
	s := mustParse(t, "[profile a]\nsso_session = corp\nsso_acount_id = 1\n[sso-session corp]\nsso-region = x\n[hatstand-session corp]\nsign-in = device\n"+
		"[sso-session a]\nsso-region = x\n[hatstand-session other]\nsign-in = x\n", "")
	var got []string
	for _, r := range Profile(s, "a") {
		got = append(got, r.Location.String()+" "+r.Text+" | "+r.Next)
	}
	const want = `~/.aws/config:3 "sso_acount_id" is ignored: no program reads it | write sso_account_id
~/.aws/config:5 "sso-region" is ignored: no program reads it | write sso_region
~/.aws/config:7 "sign-in" is ignored: no program reads it | write sign_in`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func mustParse(t testing.TB, config, credentials string) *profiles.Set {
	t.Helper()
	s, err := profiles.Parse(profiles.File{Path: "~/.aws/config", Data: []byte(config)}, profiles.File{Path: "~/.aws/credentials", Data: []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSettingsOfASAMLSection(t *testing.T) {
	for _, row := range []struct{ lines, text, next string }{
		{"saml_url = https://x\nsaml-port = 1\n", `"saml-port" is ignored: no program reads it`, "write saml_port"},
		{"saml_url = https://x\nregion = eu-west-1\n", `"region" is ignored: it is not a setting of a SAML sign-in`,
			"the settings it has: saml_url, saml_method, saml_port, saml_process, browser, sync_template, sync_accounts, sync_roles, sync_region"},
		{"saml_url = https://x\nsaml_method = curl\n", `saml_method "curl" is none of chrome, acs, process`, ""},
		{"saml_method = acs\n", "the [hatstand-saml a] section has no saml_url, which saml_method = acs needs", ""},
		{"saml_url = https://x\nsaml_process = \"a b\"\nsync_roles = A,B\n", "", ""},
		{"saml_url = https://x\nsync_roles = A,,B\n", `sync_roles "A,,B" has an empty name in it`, ""},
	} {
		got := Files(mustParse(t, "[hatstand-saml a]\n"+row.lines, ""))
		switch {
		case row.text == "" && len(got) == 0:
		case len(got) != 1 || got[0].Text != row.text || got[0].Next != row.next:
			t.Errorf("%s: %+v", row.lines, got)
		}
	}
}
