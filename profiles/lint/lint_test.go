package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/profiles"
)

// What is remarked on is what botocore, if it is here, takes differently.
func TestRemarks(t *testing.T) {
	for _, row := range []struct {
		name, config, credentials string
		want                      []string // PLACE: a part of the text
		botocore                  string   // what it makes of [profile a]'s region; "error" if of nothing
	}{
		{"nothing", "[profile a]\nregion = eu-west-1\n", "[a]\nx = 1\n", nil, "eu-west-1"},
		{"a comment behind a value", "[profile a]\nregion = eu-west-1 # mine\n", "", []string{`c:2: a comment follows the value of "region"`}, "eu-west-1 # mine"},
		{"a comment with a semicolon", "[profile a]\nregion = eu-west-1 ;mine\n", "", []string{`c:2: a comment follows the value`}, "eu-west-1 ;mine"},
		{"no space before it: a value", "[profile a]\nregion = eu#1\n", "", nil, "eu#1"},
		{"comments on lines of their own", "# a\n[profile a] # b\n; c\nregion = eu-west-1\n  # d\n", "", nil, "eu-west-1"},
		{"a section twice", "[profile a]\nregion = x\n[profile b]\n[profile a]\noutput = json\n", "", []string{`c:4: section "a" is on line 1 already`}, "error"},
		{"a section twice, once in quotes", "[profile a]\nregion = x\n[profile 'a']\nregion = y\n", "", []string{`c:3: section "a" is on line 1 already: botocore takes only this one`}, "y"},
		{"a section of hatstand's twice, once in quotes", "[profile a]\nregion = x\n[hatstand a]\ncolor = red\n[hatstand 'a']\nexternal_id = abc\n", "", nil, "x"},
		{"a section of hatstand's twice", "[profile a]\nregion = x\n[hatstand a]\ncolor = red\n[hatstand a]\nexternal_id = abc\n", "", []string{`c:5: section "a" is on line 3 already: botocore refuses the whole file`}, "error"},
		{"one name, two kinds", "[profile a]\nregion = x\n[hatstand a]\nrole_arn = y\n[sso-session a]\nsso_start_url = https://x\nsso_region = eu-west-1\n", "", nil, "x"},
		{"a section twice in the other file", "", "[a]\n[b]\n\n[a]\n", []string{`k:4: section "a" is on line 1 already`}, ""},
		{"a setting twice", "[profile a]\nregion = x\nREGION = y\n", "", []string{`c:3: "region" is set on line 2`}, "error"},
		{"a role beside a process", "[profile a]\nregion = x\ncredential_process = p\nrole_arn = r\n", "", []string{"c:4: botocore ignores the process"}, "x"},
		{"a process that starts aws-vault", "[profile a]\nregion = x\ncredential_process = aws-vault exec a --json\n", "", []string{"c:3: profile \"a\" starts aws-vault"}, "x"},
		{"... for another profile", "[profile a]\nregion = x\ncredential_process = aws-vault exec b --json\n", "", nil, "x"},
		{"a role that is adopted", "[profile a]\nregion = x\ncredential_process = p\n[hatstand a]\nrole_arn = r\n", "", nil, "x"},
		{"sections of no kind", "[prod]\n[profile]\n[profile my prod]\n[Profile b]\n[profile ''c]\n[my prod]\n[Default]\n[hatstand x!]\n[]\n", "", []string{
			`c:1: section "prod" is ignored`, `c:2: section "profile"`, `c:3: section "profile my prod"`, `c:4: section "Profile b"`, `c:5: section "profile ''c"`,
			`c:6: section "my prod"`, `c:7: section "Default"`, `c:8: section "hatstand x!"`, `c:9: section ""`}, ""},
		{"sections of no kind in the credentials", "", "[profile prod]\n[my!prod]\n[hatstand x]\n[\"q]\n", []string{
			`k:1: section "profile prod" is ignored`, `k:2: section "my!prod"`, `k:3: section "hatstand x"`, `k:4: section "\"q"`}, ""},
		{"sections that others read", "[plugins]\nx = y\n[preview]\n[sso-session a]\nsso_start_url = https://x\nsso_region = eu-west-1\n[hatstand-session a]\nsign_in = device\n[hatstand-oidc o]\noidc_issuer = https://x\noidc_client_id = x\n[hatstand-saml s]\nsaml_url = https://x\n[services a]\n[hatstand]\n[default]\n[granted_registry_start a]\n[granted_registry_end a]\n[profile a]\nregion = x\n", "", nil, "x"},
		{"sign-ins of one name", "[profile p]\nregion = x\n[hatstand-oidc a]\noidc_issuer = https://x\noidc_client_id = x\n[hatstand-saml a]\nsaml_url = https://x\n", "", []string{`c:6: "a" is the name of several sign-ins, and login and logout take oidc:a`}, ""},
		{"settings of a session for nothing", "[hatstand-session corp]\nsign_in = device\n[hatstand-session a]\nsign_in = phone\n[sso-session a]\nsso_start_url = http://x.example\nsso_region = eu-west-1\n[profile a]\nregion = x\n", "", []string{
			"c:1: there is no [sso-session corp]", `c:4: sign_in "phone" is none of auto, browser, device`, `c:6: sso_start_url "http://x.example" must begin with https`}, "x"},
		{"misspelt settings of sessions", "[sso-session a]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_registration_scope = x\noutput = json\n[hatstand-session a]\nsignin = device\nsso_region = x\nbrowser = \"my browser\"\nsync_region = \"eu-west-1\"\n[profile a]\nregion = x\nsso_account = 1\n", "", []string{
			`c:4: "sso_registration_scope" is ignored`, `c:7: "signin" is ignored`, `c:8: "sso_region" is ignored: it is not a setting of a session`,
			`c:10: the quotes are part of the value of sync_region`, `c:13: "sso_account" is ignored`, `c:10: sync_region "\"eu-west-1\"" must be a region's name`}, "x"},
		{"settings of OpenID providers", "[hatstand-oidc a]\noidc_issuer = http://x.example\noidc_client_id = x\nclient_secret = x\n[hatstand-oidc b]\noidc_issuer = \"https://x\"\noidc_client_id = x\n[profile p]\nregion = x\n", "", []string{
			`c:4: "client_secret" is ignored: it is not a setting of an OpenID provider`, `c:6: the quotes are part of the value of oidc_issuer`,
			`c:2: oidc_issuer "http://x.example" must begin with https`, `c:6: oidc_issuer "\"https://x\"" must be a URL like`}, ""},
		{"sections for sessions that are misspelt", "[hatstand-sesion a]\n[hatstand_session b]\n[Hatstand-Session c]\n[hatstand-session]\n[hatstandsession d]\n[sso-sesion e]\n[hatstand-oidc x!]\n", "[hatstand-session a]\n", []string{
			`c:1: section "hatstand-sesion a" is ignored`, `c:2: section "hatstand_session b" is ignored`, `c:3: section "Hatstand-Session c"`, `c:4: section "hatstand-session" is ignored`,
			`c:5: section "hatstandsession d"`, `c:6: section "sso-sesion e"`, `c:7: section "hatstand-oidc x!"`, `k:1: section "hatstand-session a" is ignored`}, ""},
		{"the last line has no end", "[profile a]\nregion = x #", "", []string{"c:2: a comment follows the value"}, "x #"},
		{"Windows' line ends", "[profile a]\r\nregion = x\r\n", "", nil, "x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			set, err := profiles.Parse(profiles.File{Path: "c", Data: []byte(row.config)}, profiles.File{Path: "k", Data: []byte(row.credentials)})
			if err != nil {
				t.Fatal(err)
			}
			got := Files(set)
			if len(got) != len(row.want) {
				t.Fatalf("%+v, want %q", got, row.want)
			}
			for i, r := range got {
				place, text, _ := strings.Cut(row.want[i], ": ")
				if r.Location.String() != place || !strings.Contains(r.Text, text) || r.Next == "" && r.Profile == "" && r.Err == nil {
					t.Errorf("%+v, want %q", r, row.want[i])
				}
			}
			if row.botocore == "" {
				return
			}
			if theirs, ok := botocoresRegion(t, row.config); ok && theirs != row.botocore {
				t.Errorf("botocore reads %q, want %q", theirs, row.botocore)
			}
		})
	}
}

// botocoresRegion is what botocore takes for the region of [profile a].
func botocoresRegion(t *testing.T, config string) (string, bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	const program = `
import sys
try:
    import botocore.session
except ImportError:
    sys.exit(3)
try:
    print(botocore.session.Session().full_config["profiles"]["a"]["region"])
except Exception:
    print("error")
`
	cmd := exec.Command("python3", "-c", program)
	cmd.Env = slices.Concat(os.Environ(), []string{"AWS_CONFIG_FILE=" + path, "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_PROFILE="})
	out, err := cmd.Output()
	if err != nil {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatalf("botocore: %v: apt-get install python3-boto3", err)
		}
		return "", false
	}
	return strings.TrimSuffix(string(out), "\n"), true
}
