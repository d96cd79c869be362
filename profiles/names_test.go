package profiles

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hatstand/profiles/internal/show"
)

func TestNamesAreThoseThatTheAWSCLITakes(t *testing.T) {
	for _, row := range []struct {
		claim, config, credentials string
		want                       []string
	}{
		{"double quotes", "[profile \"prod\"]\n[profile \"Acme Prod\"]\n", "", []string{"prod", "Acme Prod"}},
		{"single quotes, as aws configure writes them", "[profile 'Acme Dev']\n", "", []string{"Acme Dev"}},
		{"letters of any script", "[profile Büro]\n[profile 開発]\n[profile 'Бюро 2']\n", "[été]\n", []string{"Büro", "開発", "Бюро 2", "été"}},
		{"a comment behind the quotes", "[profile \"a b\"] # 'x'\n[profile 'c d'];\"\n", "", []string{"a b", "c d"}},
		{"spaces around them", "[ profile\t 'a b' ]\n", "", []string{"a b"}},
		{"bare in the credentials file, as the AWS CLI writes them there", "", "[Acme Prod]\n[ 'q r' ]\n[\"s\"]\n", []string{"Acme Prod", "q r", "s"}},
		{"hatstand's own section", "[hatstand \"Acme Prod\"]\n", "", []string{"Acme Prod"}},
		{"more characters in quotes", "[profile 'a!b (c) & d, e']\n", "", []string{"a!b (c) & d, e"}},
		{"one name is one profile, quoted or not", "[profile 'a']\nx = 1\n[hatstand \"a\"]\n", "[a]\ny = 2\n", []string{"a"}},
		{"quoted words are still no profile in the credentials file", "", "[profile 'a b']\n[sso-session x]\n", nil},
		{"not in quotes", "[profile a b]\n[profile a!b]\n[profile 'a b]\n[profile a 'b']\n[profile '']\n", "[a!b]\n['a]\n", nil},
		{"nothing that moves a cursor, and no brackets", "[profile 'a\x1bb']\n[profile 'a]b']\n[profile 'a\u00a0b']\n[profile a\u200bb]\n", "", nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := mustParse(t, row.config, row.credentials)
			if got := s.Names(); !slices.Equal(got, row.want) {
				t.Errorf("%q, want %q", got, row.want)
			}
			for _, name := range row.want {
				if _, ok := s.Profile(name); !ok || CheckName(name) != nil {
					t.Errorf("%q is not found: %v", name, CheckName(name))
				}
				again := mustParse(t, SectionHeader(name)+"\n", "")
				if !slices.Equal(again.Names(), []string{name}) {
					t.Errorf("%q is written %q", name, SectionHeader(name))
				}
			}
		})
	}
}

func TestQuotedNamesInEveryKindOfSection(t *testing.T) {
	s := mustParse(t, "[profile 'Acme Prod']\nsource_profile = Me Myself\n[hatstand \"Acme Prod\"]\n"+arn+"[profile \"Me Myself\"]\nservices = My S\nsso_session = My Org\nsso_account_id = 111111111111\nsso_role_name = r\n"+
		"[sso-session \"My Org\"]\nsso_region = eu-west-1\nsso_start_url = https://x\n[services 'My S']\nsts =\n  endpoint_url = http://127.0.0.1:1\n", "")
	c, err := s.Chain(Request{Target: "Acme Prod"})
	if err != nil || road(c) != "sso Me Myself > Acme Prod:Admin" || c.Base.SSO.Session != "My Org" || c.SessionSTS.URL != "http://127.0.0.1:1" {
		t.Errorf("%v, %+v", err, c)
	}
}

func TestAProfileOfNothingButASourceIsAnAlias(t *testing.T) {
	for _, row := range []struct{ claim, config, want string }{
		{"of keys in the keyring", me + "[profile x]\nsource_profile = me\nregion = us-east-2\n", "keyring me"},
		{"of a role", me + prod + "[profile x]\nsource_profile = prod\n", "keyring me > prod:Admin"},
		{"of an alias", me + "[profile y]\nsource_profile = me\n[profile x]\nsource_profile = y\n", "keyring me"},
		{"of another program's keys", "[profile p]\ncredential_process = /opt/tool\n[profile x]\nsource_profile = p\n", "process p"},
		{"adopted", me + "[profile x]\ncredential_process = hatstand-credential-process x\n[hatstand x]\nsource_profile = me\n", "keyring me"},
		{"as a role's source", me + "[profile a]\nsource_profile = me\n[profile x]\n" + arn + "source_profile = a\n", "keyring me > x:Admin"},
		{"itself is none", "[profile x]\nsource_profile = x\n", "keyring x"},
		{"not with keys of its own", me + "[profile x]\nsource_profile = me\n" + keys, "static x"},
		{"not beside another program", me + "[profile x]\nsource_profile = me\ncredential_process = /opt/tool\n", "process x"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: "x"})
			if err != nil || road(c) != row.want {
				t.Errorf("%v, %v; want %s", c, err, row.want)
			}
			if err == nil && row.claim == "of keys in the keyring" && (c.Region != "us-east-2" || !c.Base.MFASerial.IsSet()) {
				t.Errorf("region %q, serial %q", c.Region, c.Base.MFASerial.Value)
			}
		})
	}
	for _, key := range []string{"rol_arn", "role-arn", "rolearn", "aws_role_arn", "assume_role_arn", "roel_arn",
		// names that no reader accepts, and any name with a role's ARN
		"r\u043ele_arn", "\u00a0role_arn", "role arn", "export role_arn", "\"role_arn\"", "target"} {
		_, err := mustParse(t, me+"[profile x]\n"+key+" = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n", "").
			Chain(Request{Target: "x"})
		var e *Error
		if want := `profile "x": ` + show.Quoted(key) + ` is not a setting, and without role_arn the profile is another name for "me" (`; !errors.As(err, &e) || e.Meant != "role_arn" ||
			!strings.HasPrefix(e.Error(), want) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := mustParse(t, "[profile a]\nsource_profile = b\n[profile b]\nsource_profile = a\n", "").Chain(Request{Target: "a"}); !isLoop(err) {
		t.Errorf("a loop of aliases: %v", err)
	}
}

func TestKeysThatWereImportedFromAWSVaultCount(t *testing.T) {
	const config = "[profile foo]\ncredential_process = aws-vault export --format=json foo\n[profile prod]\n" + arn + "source_profile = foo\n" +
		"[profile bar]\ncredential_process = aws-vault export --format=json foo\n"
	s := mustParse(t, config, "")
	has := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	for _, row := range []struct {
		target string
		has    func(string) bool
		want   string
	}{
		{"prod", nil, "process foo > prod:Admin"},
		{"prod", has(), "process foo > prod:Admin"},
		{"prod", has("foo"), "keyring foo > prod:Admin"},
		{"foo", has("foo"), "keyring foo"},
		{"bar", has("foo", "bar"), "process bar"}, // another profile's keys
	} {
		c, err := s.Chain(Request{Target: row.target, HasKeys: row.has})
		if err != nil || road(c) != row.want {
			t.Errorf("%s: %v, %v; want %s", row.target, c, err, row.want)
		}
	}
	s = mustParse(t, me+prod, "")
	if _, err := s.Chain(Request{Target: "prod", HasKeys: func(string) bool { t.Error("the keyring was asked"); return false }}); err != nil {
		t.Error(err)
	}
}
