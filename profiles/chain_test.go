package profiles

import (
	"strings"
	"testing"
	"time"
)

// road is a chain in one line: "keyring me > prod:Admin".
func road(c *Chain) string {
	kinds := [...]string{"keyring", "static", "environment", "process", "sso", "web identity", "oidc", "saml", "login session", "ec2", "ecs"}
	out := kinds[c.Base.Kind] + " " + c.Base.Profile
	for _, r := range c.Roles {
		out += " > " + r.Profile + ":" + r.Name
	}
	return out
}

const (
	me   = "[profile me]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
	keys = "aws_access_key_id = AKIA1\naws_secret_access_key = secret1\n"
	arn  = "role_arn = arn:aws:iam::222222222222:role/path/Admin\n"
	prod = "[profile prod]\n" + arn + "source_profile = me\n"
)

func TestChainFollowsTheRules(t *testing.T) {
	const self = "/usr/local/bin/hs-dev"
	for _, row := range []struct {
		claim, config, credentials, target, source, want string
	}{
		{"a profile with nothing but a serial is a keyring base", me, "", "me", "", "keyring me"},
		{"an empty profile is a keyring base", "[profile me]\n", "", "me", "", "keyring me"},
		{"a role starts from its source's keys", me + prod, "", "prod", "", "keyring me > prod:Admin"},
		{"keys of the credentials file are static ones", me + prod, "[me]\n" + keys, "prod", "", "static me > prod:Admin"},
		{"role_arn beats keys in the profile asked for", me + prod + keys, "", "prod", "", "keyring me > prod:Admin"},
		{"keys end the walk from the second profile on", me + prod + keys + "[profile deep]\n" + arn + "source_profile = prod\n", "", "deep", "", "static prod > deep:Admin"},
		{"a chain of roles is in the order of its calls", me + prod + "[profile deep]\nrole_arn = arn:aws:iam::333333333333:role/Deep\nsource_profile = prod\n", "", "deep", "", "keyring me > prod:Admin > deep:Deep"},
		{"a role whose source is itself starts from its own keys", "[profile p]\n" + arn + "source_profile = p\n" + keys, "", "p", "", "static p > p:Admin"},
		{"a role whose source is itself and has no keys is in the keyring", "[profile p]\n" + arn + "source_profile = p\n", "", "p", "", "keyring p > p:Admin"},
		{"a self-reference may end a longer chain", "[profile p]\n" + arn + "source_profile = p\n[profile deep]\n" + arn + "source_profile = p\n", "", "deep", "", "keyring p > p:Admin > deep:Admin"},
		{"credential_source names the base", "[profile p]\n" + arn + "credential_source = Environment\n", "", "p", "", "environment p > p:Admin"},
		{"credential_source beats keys in the profile asked for", "[profile p]\n" + arn + "credential_source = EcsContainer\n" + keys, "", "p", "", "ecs p > p:Admin"},
		{"credential_source is read in any case", "[profile p]\n" + arn + "credential_source = ec2instancemetadata\n", "", "p", "", "ec2 p > p:Admin"},
		{"credential_source needs no role", "[profile p]\ncredential_source = Environment\n", "", "p", "", "environment p"},
		{"a web identity's role is the base", "[profile p]\n" + arn + "web_identity_token_file = /t\n", "", "p", "", "web identity p"},
		{"a web identity beats keys in the profile asked for", "[profile p]\n" + arn + "web_identity_token_file = /t\n" + keys, "", "p", "", "web identity p"},
		{"keys beat a web identity in a source", "[profile p]\n" + arn + "web_identity_token_file = /t\n" + keys + "[profile q]\n" + arn + "source_profile = p\n", "", "q", "", "static p > q:Admin"},
		{"login_session is a base", "[profile p]\nlogin_session = arn:aws:iam::111111111111:user/x\n", "", "p", "", "login session p"},
		{"another program is a base", "[profile p]\ncredential_process = /opt/tool x\n", "", "p", "", "process p"},
		{"sso beats a process", "[profile p]\ncredential_process = /opt/tool x\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = r\n", "", "p", "", "sso p"},
		{"keys beat everything in a base", "[profile p]\ncredential_process = /opt/tool x\nsso_session = x\nlogin_session = y\n" + keys, "", "p", "", "static p"},

		{"hatstand for the same profile is not a source", "[profile p]\ncredential_process = /usr/bin/hatstand credential-process p\n", "", "p", "", "keyring p"},
		{"nor is the running program under another name", "[profile p]\ncredential_process = " + self + " credential-process --no-cache p\n", "", "p", "", "keyring p"},
		{"nor with no profile named", "[profile p]\ncredential_process = hatstand credential-process\n", "", "p", "", "keyring p"},
		{"hatstand for another profile is a source", me + "[profile p]\ncredential_process = hatstand credential-process me\n", "", "p", "", "process p"},
		{"role_arn counts beside hatstand as credential_process", me + prod + "credential_process = hatstand credential-process prod\n", "", "prod", "", "keyring me > prod:Admin"},
		{"an adopted profile has its role in its own section", me + "[profile prod]\nregion = x-1\ncredential_process = hatstand credential-process prod\n[hatstand prod]\n" + arn + "source_profile = me\n", "", "prod", "", "keyring me > prod:Admin"},
		{"a profile may stand in its own section alone", me + "[hatstand prod]\n" + arn + "source_profile = me\n", "", "prod", "", "keyring me > prod:Admin"},
		{"its own section wins by key", me + "[profile you]\n" + prod + "[hatstand prod]\nsource_profile = you\n", "[prod]\nsource_profile = x\n", "prod", "", "keyring you > prod:Admin"},

		{"included settings fill the gaps", me + "[profile p]\ninclude_profile = common\nrole_arn = arn:aws:iam::222222222222:role/Own\n[profile common]\n" + arn + "include_profile = more\n[profile more]\nsource_profile = me\n", "", "p", "", "keyring me > p:Own"},
		{"keys are never included", "[profile p]\ninclude_profile = common\n[profile common]\n" + keys, "", "p", "", "keyring p"},
		{"default is not inherited", "[default]\n" + keys + "[profile p]\n", "", "p", "", "keyring p"},

		{"an account and a role are a target", me, "", "222222222222:Admin", "me", "keyring me > :Admin"},
		{"a role's path may stand in the target", me, "", "222222222222:/path/Admin", "me", "keyring me > :Admin"},
		{"a role's ARN is a target", me, "", "arn:aws:iam::222222222222:role/Admin", "me", "keyring me > :Admin"},
		{"an ad-hoc role comes after its source's", me + prod, "", "333333333333:Audit", "prod", "keyring me > prod:Admin > :Audit"},
		{"keys of an ad-hoc role's source end the walk", me + prod + keys, "", "333333333333:Audit", "prod", "static prod > :Audit"},
		{"a profile of that very name wins", me + "[profile 222222222222:Admin]\n", "", "222222222222:Admin", "", "keyring 222222222222:Admin"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, row.credentials).Chain(Request{Target: row.target, Source: row.source, Self: self})
			if err != nil {
				t.Fatal(err)
			}
			if got := road(c); got != row.want {
				t.Errorf("chain is %q, want %q", got, row.want)
			}
			if c.Target != row.target {
				t.Errorf("target is %q, want %q", c.Target, row.target)
			}
		})
	}
}

func TestRoleTakesItsOwnSettings(t *testing.T) {
	c, err := mustParse(t, me+prod+`role_session_name = alice
external_id = ext/1
duration_seconds = 7200
source_identity = alice@example.com
session_tags = team=ops, cost center = 1=2
transitive_session_tags = team, cost center
policy = {
 "Version": "2012-10-17",
 "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
 }
policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess, arn:aws:iam::222222222222:policy/x
mfa_serial = arn:aws:iam::111111111111:mfa/other
`, "").Chain(Request{Target: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	r := c.Roles[0]
	for _, pair := range [][2]any{
		{r.ARN, "arn:aws:iam::222222222222:role/path/Admin"}, {r.Partition, "aws"}, {r.AccountID, "222222222222"}, {r.Name, "Admin"}, {r.Profile, "prod"},
		{r.SessionName, "alice"}, {r.ExternalID, "ext/1"}, {r.Duration, 2 * time.Hour}, {r.SourceIdentity, "alice@example.com"},
		{len(r.Tags), 2}, {r.Tags[1], Tag{Key: "cost center", Value: "1=2"}}, {strings.Join(r.TransitiveTags, "|"), "team|cost center"},
		{strings.HasPrefix(r.Policy, "{\n\"Version\""), true}, {len(r.PolicyARNs), 2},
		{r.MFASerial, Setting{Value: "arn:aws:iam::111111111111:mfa/other", Path: "~/.aws/config", Line: 18}},
		{c.Base.MFASerial, Setting{Value: "arn:aws:iam::111111111111:mfa/alice", Path: "~/.aws/config", Line: 3}},
	} {
		if pair[0] != pair[1] {
			t.Errorf("got %#v, want %#v", pair[0], pair[1])
		}
	}
}

func TestSessionDuration(t *testing.T) {
	const program = "[hatstand]\nmfa_session_duration = 20h\n"
	for claim, row := range map[string]struct {
		config, target string
		want           time.Duration
	}{
		"nothing is set": {me, "me", 0},
		"duration_seconds where the base is what is asked for": {me + "duration_seconds = 129600\n" + program, "me", 36 * time.Hour},
		"but not where a role is":                              {me + "duration_seconds = 129600\n" + prod, "prod", 0},
		"then the base's own setting":                          {me + "mfa_session_duration = 7200\n" + prod + program, "prod", 2 * time.Hour},
		"then the program's":                                   {me + prod + program, "prod", 20 * time.Hour},
		"which the role's profile has no part in":              {me + prod + "mfa_session_duration = 3600\n", "prod", 0},
	} {
		t.Run(claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target})
			if err != nil || c.Base.SessionDuration != row.want {
				t.Errorf("%v, %v, want %v", c, err, row.want)
			}
		})
	}
}

func TestStaticKeysOfOneFileStayTogether(t *testing.T) {
	for claim, row := range map[string]struct{ config, credentials, id, token string }{
		"the credentials file's pair wins":                  {"[profile p]\n" + keys, "[p]\naws_access_key_id = AKIA2\naws_secret_access_key = s2\n", "AKIA2", ""},
		"without the other pair's token":                    {"[profile p]\n" + keys + "aws_session_token = t1\n", "[p]\naws_access_key_id = AKIA2\naws_secret_access_key = s2\n", "AKIA2", ""},
		"with its own token":                                {"[profile p]\n" + keys, "[p]\naws_access_key_id = AKIA2\naws_secret_access_key = s2\naws_session_token = t2\n", "AKIA2", "t2"},
		"a token in another file than the keys is no one's": {"[profile p]\n" + keys, "[p]\naws_session_token = t2\n", "AKIA1", ""},
	} {
		t.Run(claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, row.credentials).Chain(Request{Target: "p"})
			if err != nil || c.Base.AccessKeyID != row.id || c.Base.SessionToken.Reveal() != row.token {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

func TestMFAProcessIsTheSelectedProfilesThenTheBases(t *testing.T) {
	set := mustParse(t, me+"mfa_process = base code\n"+prod+"[profile own]\n"+arn+"source_profile = prod\nmfa_process = own code\n", "")
	for target, want := range map[string]string{"prod": "base code", "own": "own code", "me": "base code"} {
		if c, err := set.Chain(Request{Target: target}); err != nil || c.MFAProcess.Value != want {
			t.Errorf("%s: %v, %v, want %q", target, c, err, want)
		}
	}
}

func TestNamesAreInFileOrderEachOnce(t *testing.T) {
	set := mustParse(t, "[profile z]\n[hatstand h]\n[default]\n[hatstand z]\n[profile z]\n[hatstand]\n[services s]\n[sso-session o]\n[plain]\n[profile b!]\n", "[c]\n[z]\n[hatstand x]\n")
	if got := strings.Join(set.Names(), " "); got != "z h default c" {
		t.Errorf("names are %q", got)
	}
	if got := set.Program("backend"); got != (Setting{}) {
		t.Errorf("a setting that is not there is %+v", got)
	}
	set = mustParse(t, "[hatstand]\nbackend = file\n[hatstand]\nBackend = pass # later\n", "")
	if got := set.Program("backend"); got.Value != "pass" || got.Line != 4 {
		t.Errorf("backend is %+v", got)
	}
}

func TestSelectedProfile(t *testing.T) {
	getenv := environment(map[string]string{"AWS_PROFILE": "env"})
	if got := SelectedProfile("arg", getenv); got != "arg" {
		t.Errorf("the argument loses to %q", got)
	}
	if got := SelectedProfile("", getenv); got != "env" {
		t.Errorf("AWS_PROFILE loses to %q", got)
	}
	if got := SelectedProfile("", environment(nil)); got != "" {
		t.Errorf("%q out of nowhere", got)
	}
}
