package advice

import (
	"errors"
	"strings"
	"testing"

	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/lint"
	"hatstand/profiles/naming"
)

const (
	me   = "[profile me]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
	arn  = "role_arn = arn:aws:iam::222222222222:role/path/Admin\n"
	prod = "[profile prod]\n" + arn + "source_profile = me\n"
)

func parse(t *testing.T, config, credentials string) *profiles.Set {
	t.Helper()
	s, err := profiles.Parse(profiles.File{Path: "~/.aws/config", Data: []byte(config)}, profiles.File{Path: "~/.aws/credentials", Data: []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// message is the error's line and its hints, as a user reads them.
func message(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	exit, hints := For(err)
	if exit != Usage {
		t.Errorf("%v: exit %d", err, exit)
	}
	lines := append([]string{err.Error()}, hints...)
	for _, line := range lines {
		if strings.ContainsAny(line, "\n\x1b") || line == "" {
			t.Errorf("%q is not one printable line", line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestErrorsSayWhereWhatAndWhatNext(t *testing.T) {
	const role = "[profile p]\n" + arn
	for _, row := range []struct {
		claim, config, credentials, target, source, want string
	}{
		{"no profiles at all", "", "", "prod", "", "profile \"prod\" not found: there are no profiles in ~/.aws/config or ~/.aws/credentials\nwrite a [profile prod] section into ~/.aws/config"},
		{"a slip of the keyboard", me + prod, "", "prdo", "", "profile \"prdo\" not found in ~/.aws/config or ~/.aws/credentials\ndid you mean \"prod\"?"},
		{"another case", me + prod, "", "PROD", "", "profile \"PROD\" not found in ~/.aws/config or ~/.aws/credentials\ndid you mean \"prod\"?"},
		{"nothing like it", me, "", "production", "", "profile \"production\" not found in ~/.aws/config or ~/.aws/credentials\nhatstand list shows the profiles"},
		{"no profile named", me, "", "", "", "no profile was named\nname a profile, or set AWS_PROFILE\nhatstand list shows the profiles"},
		{"a terminal escape in the name", me, "", "\x1b[2Jprod", "", "profile \"\\x1b[2Jprod\" not found in ~/.aws/config or ~/.aws/credentials\nhatstand list shows the profiles"},
		{"the section lacks its word", "[prod]\n", "", "prod", "", "profile \"prod\" not found: there are no profiles in ~/.aws/config or ~/.aws/credentials\nwrite [profile prod] at ~/.aws/config:1"},
		{"the section is indented", me + "  [profile prod]\n", "", "prod", "", "profile \"prod\" not found in ~/.aws/config or ~/.aws/credentials\nremove the spaces before '[' at ~/.aws/config:4"},
		{"the section has the word where it may not", me, "[profile prod]\n", "prod", "", "profile \"prod\" not found in ~/.aws/config or ~/.aws/credentials\nwrite [prod] at ~/.aws/credentials:1: the credentials file takes names without \"profile\""},
		{"the section's name has other characters", me + "[profile my prod]\n", "", "my prod", "", "profile \"my prod\" not found in ~/.aws/config or ~/.aws/credentials\nwrite [profile 'my prod'] at ~/.aws/config:4"},
		{"an unknown source", "[profile base]\n" + role + "source_profile = bsae\n", "", "p", "", "profile \"p\": source_profile \"bsae\" not found (~/.aws/config:4)\ndid you mean \"base\"?"},
		{"an unknown included profile", "[profile p]\ninclude_profile = nowhere\n", "", "p", "", "profile \"p\": include_profile \"nowhere\" not found (~/.aws/config:2)\nhatstand list shows the profiles"},

		{"a loop", "[profile prod]\n" + arn + "source_profile = base\n[profile base]\n" + arn + "source_profile = prod\n", "", "prod", "", "profile \"prod\": source_profile goes round in a loop: prod -> base -> prod (~/.aws/config:6)\nchange source_profile at ~/.aws/config:6"},
		{"a loop of inclusions", "[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", "", "a", "", "profile \"a\": include_profile goes round in a loop: a -> b -> a (~/.aws/config:4)\nchange include_profile at ~/.aws/config:4"},
		{"a profile that includes itself", "[profile a]\ninclude_profile = a\n", "", "a", "", "profile \"a\": include_profile goes round in a loop: a -> a (~/.aws/config:2)\nchange include_profile at ~/.aws/config:2"},

		{"both sources", me + role + "source_profile = me\ncredential_source = Environment\n", "", "p", "", "profile \"p\": source_profile and credential_source exclude each other (~/.aws/config:7)\nremove source_profile (~/.aws/config:6) or credential_source (~/.aws/config:7)"},
		{"no source", role, "", "p", "", "profile \"p\": role_arn needs source_profile or credential_source (~/.aws/config:2)\nadd source_profile = NAME, the profile whose keys may assume the role"},
		{"an unknown credential_source", role + "credential_source = Env\n", "", "p", "", "profile \"p\": credential_source \"Env\" is unknown (~/.aws/config:3)\nwrite Environment, Ec2InstanceMetadata or EcsContainer"},
		{"an ID with no secret", "[profile p]\naws_access_key_id = AKIA1\n", "", "p", "", "profile \"p\": aws_access_key_id is set and aws_secret_access_key is not (~/.aws/config:2)\nadd aws_secret_access_key beside it, or move the keys into the keyring: hatstand keys add p"},
		{"a secret with no ID", "", "[p]\naws_secret_access_key = hushhush\n", "p", "", "profile \"p\": aws_secret_access_key is set and aws_access_key_id is not (~/.aws/credentials:2)\nadd aws_access_key_id beside it, or move the keys into the keyring: hatstand keys add p"},
		{"half a pair in a source", "[profile p]\naws_access_key_id = AKIA1\n" + prod + "[hatstand prod]\nsource_profile = p\n", "", "prod", "", "profile \"p\": aws_access_key_id is set and aws_secret_access_key is not (~/.aws/config:2)\nadd aws_secret_access_key beside it, or move the keys into the keyring: hatstand keys add p"},
		{"a pair in two files", "[profile p]\naws_secret_access_key = hushhush\n", "[p]\naws_access_key_id = AKIA1\n", "p", "", "profile \"p\": aws_access_key_id and aws_secret_access_key are in different files, here and at ~/.aws/config:2 (~/.aws/credentials:2)\nput both into one file"},
		{"a web identity without a role", "[profile p]\nweb_identity_token_file = /t\n", "", "p", "", "profile \"p\": web_identity_token_file needs role_arn (~/.aws/config:2)\nadd role_arn = ARN, the role to assume with it"},
		{"a process with an open quote", "[profile p]\ncredential_process = tool \"x\n", "", "p", "", "profile \"p\": credential_process has a quote that is not closed (~/.aws/config:2)"},

		{"a garbage duration", me + prod + "duration_seconds = soon\n", "", "prod", "", "profile \"prod\": duration_seconds \"soon\" is not a number of seconds (~/.aws/config:7)"},
		{"a duration in hours", me + prod + "duration_seconds = 2h\n", "", "prod", "", "profile \"prod\": duration_seconds \"2h\" is not a number of seconds (~/.aws/config:7)\nwrite duration_seconds = 7200"},
		{"a role's duration beyond 12 h", me + prod + "duration_seconds = 43201\n", "", "prod", "", "profile \"prod\": duration_seconds 12h0m1s must be from 900 to 43200 seconds (15m to 12h) (~/.aws/config:7)"},
		{"a session's duration beyond 36 h", me + "duration_seconds = 129601\n", "", "me", "", "profile \"me\": duration_seconds 36h0m1s must be from 900 to 129600 seconds (15m to 36h) (~/.aws/config:4)"},
		{"the program's garbage duration", me + "[hatstand]\nmfa_session_duration = soon\n", "", "me", "", "mfa_session_duration \"soon\" is not a number of seconds, nor like 1h30m (~/.aws/config:5)"},
		{"a session name with é", me + prod + "role_session_name = zoé\n", "", "prod", "", "profile \"prod\": role_session_name \"zoé\" may only have the characters A-Z a-z 0-9 _ + = , . @ - (~/.aws/config:7)"},
		{"an external ID of one character", me + prod + "external_id = x\n", "", "prod", "", "profile \"prod\": external_id \"x\" must have 2 to 1224 characters, not 1 (~/.aws/config:7)"},
		{"a value in quotes", me + prod + "external_id = \"abc\"\n", "", "prod", "", "profile \"prod\": external_id \"\\\"abc\\\"\" may only have the characters A-Z a-z 0-9 _ + = , . @ : / - (~/.aws/config:7)\nremove the quotes around the value: they are part of it"},
		{"a bad serial of the base", me + "mfa_serial = alice\n" + prod, "", "prod", "", "profile \"me\": mfa_serial \"alice\" must have 9 to 256 characters, not 5 (~/.aws/config:4)"},
		{"a bad serial of the role", me + prod + "mfa_serial = alice\n", "", "prod", "", "profile \"prod\": mfa_serial \"alice\" must have 9 to 256 characters, not 5 (~/.aws/config:7)"},
		{"a bad source identity", me + prod + "source_identity = a b\n", "", "prod", "", "profile \"prod\": source_identity \"a b\" may only have the characters A-Z a-z 0-9 _ + = , . @ - (~/.aws/config:7)"},
		{"a tag with no value", me + prod + "session_tags = team\n", "", "prod", "", "profile \"prod\": session_tags \"team\" must be like key=value (~/.aws/config:7)"},
		{"a tag that is there twice", me + prod + "session_tags = a=1,A=2\n", "", "prod", "", "profile \"prod\": session_tags \"A\" is there twice (upper and lower case are one) (~/.aws/config:7)"},
		{"a policy that is no JSON", me + prod + "policy = {\n", "", "prod", "", "profile \"prod\": policy is not a JSON object: unexpected end of JSON input (~/.aws/config:7)"},
		{"a policy ARN that is none", me + prod + "policy_arns = ReadOnlyAccess-and-more\n", "", "prod", "", "profile \"prod\": policy_arns \"ReadOnlyAccess-and-more\" must be like arn:aws:iam::ACCOUNT:policy/NAME (~/.aws/config:7)"},
		{"a role ARN that is none", "[profile p]\nrole_arn = Admin\nsource_profile = p\n", "", "p", "", "profile \"p\": role_arn \"Admin\" is not like arn:aws:iam::ACCOUNT:role/NAME (~/.aws/config:2)"},
		{"a role ARN that lost a zero", "[profile p]\nrole_arn = arn:aws:iam::12345678901:role/Admin\nsource_profile = p\n", "", "p", "", "profile \"p\": role_arn \"arn:aws:iam::12345678901:role/Admin\" must have an account ID of 12 digits, not 11 (~/.aws/config:2)"},
		{"a role session's ARN", "[profile p]\nrole_arn = arn:aws:sts::222222222222:assumed-role/Admin/me\nsource_profile = p\n", "", "p", "", "profile \"p\": role_arn \"arn:aws:sts::222222222222:assumed-role/Admin/me\" is a role session's, not a role's (~/.aws/config:2)\nwrite the role's own ARN: arn:aws:iam::222222222222:role/NAME"},
		{"a region that is another host", me + "region = x@evil/\n", "", "me", "", "profile \"me\": region \"x@evil/\" must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 - (~/.aws/config:4)"},
		{"a base's region that is another host", me + "region = x@evil/\n" + prod, "", "prod", "", "profile \"me\": region \"x@evil/\" must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 - (~/.aws/config:4)"},

		{"an ad-hoc role with no source", me, "", "222222222222:Admin", "", "\"222222222222:Admin\" is a role, not a profile: it needs a source profile\nadd --source PROFILE, the profile that may assume the role"},
		{"an ad-hoc role with an unknown source", me, "", "222222222222:Admin", "mee", "--source \"mee\": profile not found\ndid you mean \"me\"?"},
		{"an ad-hoc role of a short account", me, "", "2222:Admin", "me", "role \"2222:Admin\" must have an account ID of 12 digits, not 4"},
		{"an ad-hoc role of a name that none has", me, "", "222222222222:Ad min", "me", "role ARN \"arn:aws:iam::222222222222:role/Ad min\" is not like arn:aws:iam::ACCOUNT:role/NAME"},
		{"an ad-hoc ARN that is not a role's", me, "", "arn:aws:iam::222222222222:user/me", "me", "role ARN \"arn:aws:iam::222222222222:user/me\" is not like arn:aws:iam::ACCOUNT:role/NAME"},
		{"a permission set of an unknown session", me + "[sso-session corp]\n", "", "111111111111:Admin@crop", "", "session \"crop\" not found in ~/.aws/config\ndid you mean \"corp\"?"},
		{"... where there is none like it", me, "", "111111111111:Admin@corp", "", "session \"corp\" not found in ~/.aws/config\nwrite an [sso-session corp] section, or run aws configure sso-session"},
		{"two sources of a role", "[profile p]\nrole_arn = arn:aws:iam::222222222222:role/A\nsource_profile = p\nweb_identity_token_file = /t\n", "", "p", "", "profile \"p\": source_profile and web_identity_token_file exclude each other (~/.aws/config:4)\nremove source_profile (~/.aws/config:3) or web_identity_token_file (~/.aws/config:4)"},
		{"a SAML section that is misspelt", "[hatstand-saml corp]\nsaml_url = https://x\n" + role + "saml = crop\n", "", "p", "", "profile \"p\": saml \"crop\" not found: there is no [hatstand-saml crop] section (~/.aws/config:5)\ndid you mean \"corp\"?"},
		{"a SAML section that is not there", role + "saml = corp\n", "", "p", "", "profile \"p\": saml \"corp\" not found: there is no [hatstand-saml corp] section (~/.aws/config:3)\nwrite a [hatstand-saml corp] section, with saml_url = https://..."},
		{"a SAML section without what it needs", "[hatstand-saml corp]\n" + role + "saml = corp\n", "", "p", "", "the [hatstand-saml corp] section has no saml_url, which saml_method = chrome needs (~/.aws/config:1)\nadd saml_url to it"},
		{"a setting that does not go with SAML", "[hatstand-saml corp]\nsaml_url = https://x\n" + role + "saml = corp\nexternal_id = abc\n", "", "p", "", "profile \"p\": external_id cannot be asked for with saml: the provider decides (~/.aws/config:6)\nremove it, or set it in a role on top, whose source_profile is this one"},
		{"a source for a profile", me + prod, "", "prod", "me", "profile \"prod\": a source goes with a role, and this is a profile\nleave --source out, or give the role itself, as ACCOUNT:ROLE or ARN"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := parse(t, row.config, row.credentials).Chain(profiles.Request{Target: row.target, Source: row.source})
			if got := message(t, err); got != row.want {
				t.Errorf("got  %s\nwant %s\n(chain %v)", got, row.want, c)
			}
			if strings.Contains(message(t, err), "hushhush") {
				t.Errorf("a secret shows")
			}
		})
	}
}

func TestSyntaxErrorsNameTheLineAndShowNoneOfIt(t *testing.T) {
	for claim, row := range map[string]struct{ config, credentials, want string }{
		"no equals sign":              {"[profile a]\n\n# c\naws_secret_access_key hushhush\n", "", "~/.aws/config:4: a setting must have an '='\nwrite it as name = value"},
		"a wide equals sign":          {"[profile a]\nregion \uff1d x\n", "", "~/.aws/config:2: a setting must have an '=', and the one on this line is another character that looks like it\nwrite it as name = value"},
		"only in a comment":           {"[profile a]\nkey # hushhush = b\n", "", "~/.aws/config:2: a setting must have an '='\nwrite it as name = value"},
		"no name":                     {"", "[a]\n= hushhush\n", "~/.aws/credentials:2: a setting must have a name before its '='"},
		"an open bracket":             {"[profile a\n", "", "~/.aws/config:1: the line of a section must end with ']'"},
		"nothing above":               {"hushhush = 1\n", "", "~/.aws/config:1: a setting comes before the first section\nput a line like [profile NAME] above it"},
		"nothing above, and indented": {"  hushhush = 1\n", "", "~/.aws/config:1: a setting comes before the first section"},
		"nothing to continue":         {"[profile a]\r\n hushhush = 1\r\n", "", "~/.aws/config:2: an indented line continues the setting above it, and there is none\nremove the spaces at the start of the line"},
		"a nested one with no equals": {"[profile a]\ns3 =\n hushhush\n", "", "~/.aws/config:3: a nested setting must have an '='"},
		"a nested one with no name":   {"[profile a]\ns3 =\n = hushhush\n", "", "~/.aws/config:3: a nested setting must have a name before its '='"},
		"an indented section":         {"[profile a]\nb = c\n [profile hushhush]\n", "", "~/.aws/config:3: the line of a section must not be indented: it would continue the setting above it\nremove the spaces before '['"},
		"indented, in credentials":    {"", "[a]\nb = c\n\t[hushhush]\n", "~/.aws/credentials:3: the line of a section must not be indented: it would continue the setting above it\nremove the spaces before '['"},
		"UTF-16":                      {"\xff\xfe[\x00", "", "~/.aws/config:1: the file is in UTF-16\nsave the file as UTF-8"},
	} {
		t.Run(claim, func(t *testing.T) {
			set, err := profiles.Parse(profiles.File{Path: "~/.aws/config", Data: []byte(row.config + "\n[profile other]\nregion = x-1\n")}, profiles.File{Path: "~/.aws/credentials", Data: []byte(row.credentials)})
			if err == nil { // it is inside a section: its profile's own error
				if _, err := set.Chain(profiles.Request{Target: "other"}); err != nil {
					t.Errorf("another profile fails: %v", err)
				}
				_, err = set.Chain(profiles.Request{Target: "a"})
			}
			if _, ok := errors.AsType[*profiles.Error](err); !ok {
				t.Fatalf("error is %v", err)
			}
			if got := message(t, err); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestUnusableProfilesAreToldOnceWithAHint(t *testing.T) {
	const (
		me      = "[profile me]\nregion = eu-west-1\n"
		roleARN = "role_arn = arn:aws:iam::222222222222:role/Admin\n"
	)
	role := func(name, source string) string {
		return "[profile " + name + "]\n" + roleARN + "source_profile = " + source + "\n"
	}
	for _, row := range []struct {
		claim, config, credentials string
		want                       []string // PLACE: text | next
	}{
		{"good profiles have none", me + role("prod", "me") + role("audit", "prod"), "[keys]\naws_access_key_id = AKIA\naws_secret_access_key = s\n", nil},
		{"profiles of other programs have none", "[profile plain]\nregion = eu-west-1\n[profile empty]\n[sso-session x]\nsso_start_url = https://x\nsso_region = eu-west-1\n" +
			"[profile sso]\nsso_session = x\nsso_account_id = 111111111111\nsso_role_name = A\n[profile token]\nsso_session = x\n" +
			"[profile start]\nsso_start_url = https://x\nsso_region = eu-west-1\n" + role("via", "sso") +
			"[profile tool]\ncredential_process = tool --x\n[profile own]\n" + roleARN + "source_profile = own\n" +
			"[profile web]\n" + roleARN + "web_identity_token_file = /t\n[services s]\ns3 =\n  endpoint_url = https://x\n[profile s]\nservices = s\n" +
			"[profile ec2]\n" + roleARN + "credential_source = Ec2InstanceMetadata\n", "[temp]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\n", nil},
		{"a sign-in that cannot be", "[sso-session x]\nsso_region = eu-west-1\n[profile a]\nsso_session = x\nsso_account_id = 11111111111\nsso_role_name = A\n" +
			"[profile b]\nsso_session = x\nsso_account_id = 111111111111\nsso_role_name = A\n[profile c]\nsso_session = xx\nsso_account_id = 111111111111\nsso_role_name = A\n" +
			"[profile d]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_role_name = A\n", "", []string{
			`c:5: profile "a": sso_account_id "11111111111" must have 12 digits, not 11: a leading 0 is missing? | write 011111111111`,
			`c:8: profile "b": the [sso-session x] section has no sso_start_url | add sso_start_url to it`,
			`c:12: profile "c": sso_session "xx" not found | did you mean "x"?`,
			`c:18: profile "d": sso_role_name is set and sso_account_id is not | add sso_account_id, or run aws configure sso`}},
		{"a source that is not there", me + role("prod", "mee"), "", []string{`c:5: profile "prod": source_profile "mee" not found | did you mean "me"?`}},
		{"a base's fault is told once", "[profile me]\nmfa_serial = alice\n" + role("prod", "me") + role("audit", "prod"), "", []string{`c:2: profile "me": mfa_serial "alice" must have 9 to 256 characters, not 5 | `}},
		{"a loop is told once, without what leads into it", role("in", "a") + role("a", "b") + role("b", "c") + role("c", "a"), "", []string{`c:12: profile "a": source_profile goes round in a loop: a -> b -> c -> a | change source_profile at c:12`}},
		{"two loops are two", role("a", "b") + role("b", "a") + role("c", "d") + role("d", "c"), "", []string{
			`c:6: profile "a": source_profile goes round in a loop: a -> b -> a | change source_profile at c:6`,
			`c:12: profile "c": source_profile goes round in a loop: c -> d -> c | change source_profile at c:12`}},
		{"half a pair", "", "[p]\naws_access_key_id = AKIA1\n", []string{`k:2: profile "p": aws_access_key_id is set and aws_secret_access_key is not | add aws_secret_access_key beside it, or move the keys into the keyring: hatstand keys add p`}},
		{"the same fault in two", me + role("a", "x") + role("b", "x"), "", []string{`c:5: profile "a": source_profile "x" not found; the same in profile "b" (c:8) | hatstand list shows the profiles`}},
		{"... in six", role("a", "x1") + role("b", "x1") + role("c", "x1") + role("d", "x1") + role("e", "x1") + role("f", "x1"), "", []string{
			`c:3: profile "a": source_profile "x1" not found; the same in profile "b" (c:6), "c" (c:9), "d" (c:12) and 2 more | hatstand list shows the profiles`}},
		{"the program's own setting", "[hatstand]\nmfa_session_duration = soon\n" + me + role("prod", "me"), "", []string{`c:2: mfa_session_duration "soon" is not a number of seconds, nor like 1h30m | `}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			set, err := profiles.Parse(profiles.File{Path: "c", Data: []byte(row.config)}, profiles.File{Path: "k", Data: []byte(row.credentials)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range lint.Unusable(set, profiles.Request{Target: "counts for nothing"}) {
				got = append(got, r.Location.String()+": "+r.Text+" | "+Remark(r))
			}
			if strings.Join(got, "\n") != strings.Join(row.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
			}
		})
	}
}

func TestHintsOfBlocks(t *testing.T) {
	for _, row := range []struct {
		err  *edit.Error
		want string
	}{
		{&edit.Error{Kind: edit.InBlock, Profile: "dev", Key: "my corp", Reason: "no"}, "hatstand profiles sync 'my corp' writes it anew"},
		{&edit.Error{Kind: edit.RepeatedBlock, Reason: "no"}, "remove one of the two: hatstand profiles sync writes the other anew"},
		{&edit.Error{Kind: edit.BrokenBlock, Reason: "no"}, "put the missing line back, or remove what is left of the block: hatstand profiles sync writes it again"},
		{&edit.Error{Kind: edit.EditedBlock, Key: "corp", Reason: "no"}, "hatstand profiles sync corp --dry-run shows what it would write instead; your own settings belong in [hatstand PROFILE] outside the block"},
		{&edit.Error{Kind: edit.AfterBlock, Reason: "no"}, "move the setting above the block, or below a line like [profile NAME]"},
	} {
		if exit, hints := For(row.err); exit != Usage || len(hints) != 1 || hints[0] != row.want {
			t.Errorf("%v: %d, %q", row.err.Kind, exit, hints)
		}
	}
	exists := &edit.Error{Kind: edit.Exists, Profile: "my dev", Reason: "no"}
	if exit, hints := For(exists); exit != Usage || strings.Join(hints, "|") !=
		"change it there, or choose another name|what it does: hatstand explain 'my dev'" {
		t.Errorf("%d, %q", exit, hints)
	}
	if exit, hints := For(&naming.Error{Name: "-x", Reason: "no"}); exit != Usage || len(hints) != 1 ||
		hints[0] != "choose another template, such as {account}-{role}: sync_template in [hatstand-session NAME], or --template" {
		t.Errorf("%d, %q", exit, hints)
	}
	if exit, hints := For(&naming.Error{Reason: "no"}); exit != Usage || len(hints) != 0 {
		t.Errorf("%d, %q", exit, hints)
	}
}
