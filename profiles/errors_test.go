package profiles

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type hinted interface{ Hints() []string }

// message is the error's line and its hints, as a user reads them.
func message(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	lines := []string{err.Error()}
	if h, ok := err.(hinted); ok {
		lines = append(lines, h.Hints()...)
	}
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
		{"the section's name is in quotes", me + "[profile \"prod\"]\n", "", "prod", "", "profile \"prod\" not found in ~/.aws/config or ~/.aws/credentials\nwrite [profile prod] at ~/.aws/config:4"},
		{"the section has the word where it may not", me, "[profile prod]\n", "prod", "", "profile \"prod\" not found in ~/.aws/config or ~/.aws/credentials\nwrite [prod] at ~/.aws/credentials:1: the credentials file takes names without \"profile\""},
		{"the section's name has other characters", me + "[profile my prod]\n", "", "my prod", "", "profile \"my prod\" not found in ~/.aws/config or ~/.aws/credentials\nthe section at ~/.aws/config:4 is ignored: a name may have A-Z a-z 0-9 - _ / . % @ : + only"},
		{"an unknown source", "[profile base]\n" + role + "source_profile = bsae\n", "", "p", "", "profile \"p\": source_profile \"bsae\" not found (~/.aws/config:4)\ndid you mean \"base\"?"},
		{"an unknown included profile", "[profile p]\ninclude_profile = nowhere\n", "", "p", "", "profile \"p\": include_profile \"nowhere\" not found (~/.aws/config:2)\nhatstand list shows the profiles"},

		{"a loop", "[profile prod]\n" + arn + "source_profile = base\n[profile base]\n" + arn + "source_profile = prod\n", "", "prod", "", "profile \"prod\": source_profile goes round in a loop: prod -> base -> prod (~/.aws/config:6)\nchange source_profile at ~/.aws/config:6"},
		{"a loop of inclusions", "[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", "", "a", "", "profile \"a\": include_profile goes round in a loop: a -> b -> a (~/.aws/config:4)\nchange include_profile at ~/.aws/config:4"},
		{"a profile that includes itself", "[profile a]\ninclude_profile = a\n", "", "a", "", "profile \"a\": include_profile goes round in a loop: a -> a (~/.aws/config:2)\nchange include_profile at ~/.aws/config:2"},

		{"both sources", me + role + "source_profile = me\ncredential_source = Environment\n", "", "p", "", "profile \"p\": source_profile and credential_source exclude each other (~/.aws/config:7)\nremove source_profile (~/.aws/config:6) or credential_source (~/.aws/config:7)"},
		{"no source", role, "", "p", "", "profile \"p\": role_arn needs source_profile or credential_source (~/.aws/config:2)\nadd source_profile = NAME, the profile whose keys may assume the role"},
		{"a source and no role", me + "[profile p]\nsource_profile = me\n", "", "p", "", "profile \"p\": source_profile is set and role_arn is not (~/.aws/config:5)\nadd role_arn = arn:aws:iam::ACCOUNT:role/NAME, or remove source_profile"},
		{"an unknown credential_source", role + "credential_source = Env\n", "", "p", "", "profile \"p\": credential_source \"Env\" is unknown (~/.aws/config:3)\nwrite Environment, Ec2InstanceMetadata or EcsContainer"},
		{"an ID with no secret", "[profile p]\naws_access_key_id = AKIA1\n", "", "p", "", "profile \"p\": aws_access_key_id is set and aws_secret_access_key is not (~/.aws/config:2)\nadd aws_secret_access_key beside it, or move the keys into the keyring: hatstand keys add p"},
		{"a secret with no ID", "", "[p]\naws_secret_access_key = hushhush\n", "p", "", "profile \"p\": aws_secret_access_key is set and aws_access_key_id is not (~/.aws/credentials:2)\nadd aws_access_key_id beside it, or move the keys into the keyring: hatstand keys add p"},
		{"half a pair in a source", "[profile p]\naws_access_key_id = AKIA1\n" + prod + "[hatstand prod]\nsource_profile = p\n", "", "prod", "", "profile \"p\": aws_access_key_id is set and aws_secret_access_key is not (~/.aws/config:2)\nadd aws_secret_access_key beside it, or move the keys into the keyring: hatstand keys add p"},
		{"a pair in two files", "[profile p]\naws_secret_access_key = hushhush\n", "[p]\naws_access_key_id = AKIA1\n", "p", "", "profile \"p\": aws_access_key_id and aws_secret_access_key stand in different files, here and at ~/.aws/config:2 (~/.aws/credentials:2)\nput both into one file"},
		{"a web identity without a role", "[profile p]\nweb_identity_token_file = /t\n", "", "p", "", "profile \"p\": web_identity_token_file needs role_arn (~/.aws/config:2)\nadd the role_arn that the token is exchanged for"},
		{"a process with an open quote", "[profile p]\ncredential_process = tool 'x\n", "", "p", "", "profile \"p\": credential_process has a quote that is not closed (~/.aws/config:2)"},

		{"a garbage duration", me + prod + "duration_seconds = soon\n", "", "prod", "", "profile \"prod\": duration_seconds \"soon\" is not a number of seconds (~/.aws/config:7)"},
		{"a duration in hours", me + prod + "duration_seconds = 2h\n", "", "prod", "", "profile \"prod\": duration_seconds \"2h\" is not a number of seconds (~/.aws/config:7)\nwrite duration_seconds = 7200"},
		{"a role's duration beyond 12 h", me + prod + "duration_seconds = 43201\n", "", "prod", "", "profile \"prod\": duration_seconds 12h0m1s must be from 900 to 43200 seconds (15m to 12h) (~/.aws/config:7)"},
		{"a session's duration beyond 36 h", me + "duration_seconds = 129601\n", "", "me", "", "profile \"me\": duration_seconds 36h0m1s must be from 900 to 129600 seconds (15m to 36h) (~/.aws/config:4)"},
		{"the program's garbage duration", me + "[hatstand]\nmfa_session_duration = soon\n", "", "me", "", "mfa_session_duration \"soon\" is not a number of seconds, nor like 1h30m (~/.aws/config:5)"},
		{"a session name with é", me + prod + "role_session_name = zoé\n", "", "prod", "", "profile \"prod\": role_session_name \"zoé\" may only have the characters A-Z a-z 0-9 _ + = , . @ - (~/.aws/config:7)"},
		{"an external ID of one character", me + prod + "external_id = x\n", "", "prod", "", "profile \"prod\": external_id \"x\" must have 2 to 1224 characters, not 1 (~/.aws/config:7)"},
		{"a value in quotes", me + prod + "external_id = \"abc\"\n", "", "prod", "", "profile \"prod\": external_id \"\\\"abc\\\"\" may only have the characters A-Z a-z 0-9 _ + = , . @ : / - (~/.aws/config:7)\nremove the quotes around the value: they are a part of it"},
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
		{"a source for a profile", me + prod, "", "prod", "me", "profile \"prod\": a source goes with a role, and this is a profile\nleave --source out, or give the role itself, as ACCOUNT:ROLE or ARN"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, row.credentials).Chain(Request{Target: row.target, Source: row.source})
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
		"only in a comment":           {"[profile a]\nkey # hushhush = b\n", "", "~/.aws/config:2: a setting must have an '='\nwrite it as name = value"},
		"no name":                     {"", "[a]\n= hushhush\n", "~/.aws/credentials:2: a setting must have a name before its '='"},
		"an open bracket":             {"[profile a\n", "", "~/.aws/config:1: a section's line must end with ']'"},
		"nothing above":               {"hushhush = 1\n", "", "~/.aws/config:1: a setting stands before the first section\nput a line like [profile NAME] above it"},
		"nothing above, and indented": {"  hushhush = 1\n", "", "~/.aws/config:1: a setting stands before the first section"},
		"nothing to continue":         {"[profile a]\r\n hushhush = 1\r\n", "", "~/.aws/config:2: an indented line continues the setting above it, and there is none\nremove the spaces at the start of the line"},
		"a nested one with no equals": {"[profile a]\ns3 =\n hushhush\n", "", "~/.aws/config:3: a nested setting must have an '='"},
		"a nested one with no name":   {"[profile a]\ns3 =\n = hushhush\n", "", "~/.aws/config:3: a nested setting must have a name before its '='"},
		"an indented section":         {"[profile a]\nb = c\n [profile hushhush]\n", "", "~/.aws/config:3: a section's line must not be indented: it would continue the setting above\nremove the spaces before '['"},
		"indented, in credentials":    {"", "[a]\nb = c\n\t[hushhush]\n", "~/.aws/credentials:3: a section's line must not be indented: it would continue the setting above\nremove the spaces before '['"},
		"UTF-16":                      {"\xff\xfe[\x00", "", "~/.aws/config:1: the file is in UTF-16\nsave the file as UTF-8"},
	} {
		t.Run(claim, func(t *testing.T) {
			_, err := Parse(File{"~/.aws/config", []byte(row.config)}, File{"~/.aws/credentials", []byte(row.credentials)})
			if _, ok := errors.AsType[*SyntaxError](err); !ok {
				t.Fatalf("error is %v", err)
			}
			if got := message(t, err); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestWhatIsNotAnError(t *testing.T) {
	for claim, config := range map[string]string{
		"a byte order mark":                  "\xef\xbb\xbf[profile a]\nregion = r\n",
		"no newline at the end":              "[profile a]\nregion = r",
		"an indented comment":                "[profile a]\nregion = r\n  # why\n\t; why\n",
		"an indented comment among nested":   "[profile a]\ns3 =\n  # why\n  x = y\nregion = r\n",
		"a list in brackets, continued":      "[profile a]\npolicy = {\n  [\"a\"]\n  [1]\n  }\nregion = r\n",
		"a setting in an ignored section":    "[plugins]\nx = y\n[profile a]\nregion = r\n",
		"a comment that cuts a header short": "[profile a] # ]\nregion = r\n",
	} {
		t.Run(claim, func(t *testing.T) {
			p, ok := mustParse(t, config, "").Profile("a")
			if !ok || p.Get("region").Value != "r" {
				t.Errorf("profile is %v, region %q", p, p.Get("region").Value)
			}
		})
	}
}

func TestReadTakesWhatIsThere(t *testing.T) {
	home := t.TempDir()
	paths := Locate(environment(map[string]string{"HOME": home}), "linux")
	config, credentials, err := Read(paths)
	if err != nil || len(config.Data)+len(credentials.Data) != 0 || config.Path != "~/.aws/config" {
		t.Fatalf("with no files: %v %v %v", config, credentials, err)
	}
	if err := os.MkdirAll(filepath.Dir(paths.Config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths.Config, []byte("[profile a]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if config, _, err = Read(paths); err != nil || string(config.Data) != "[profile a]\n" {
		t.Errorf("with a file: %q, %v", config.Data, err)
	}
	if err := os.Mkdir(paths.Credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, err = Read(paths)
	if _, ok := errors.AsType[*ReadError](err); !ok {
		t.Fatalf("a folder in the file's place: %v", err)
	}
	if got := message(t, err); !strings.HasPrefix(got, "~/.aws/credentials cannot be read: ") || strings.Contains(got, home) {
		t.Errorf("message is %q", got)
	}
	if _, _, err := Read(Paths{}); err != nil {
		t.Errorf("with no home: %v", err)
	}
}
