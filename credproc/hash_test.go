package credproc_test

import (
	"strings"
	"testing"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// hashed is what the edits below start from.
const hashed = `
[profile me]
region = us-east-1
mfa_serial = arn:aws:iam::111111111111:mfa/alice
[profile other]
region = us-east-1
mfa_serial = arn:aws:iam::111111111111:mfa/alice
[profile between]
role_arn = arn:aws:iam::222222222222:role/Between
source_profile = me
[profile prod]
region = eu-west-1
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
`

func itemOf(t *testing.T, config, credentials string, o credproc.Options) credproc.Item {
	t.Helper()
	p, err := credproc.NewPlan(chainOf(t, config, credentials, profiles.Request{}), o)
	if err != nil {
		t.Fatal(err)
	}
	return p.Steps[len(p.Steps)-1].Item
}

func TestWhateverSTSSeesMakesAnotherItem(t *testing.T) {
	add := func(lines string) string { return hashed + lines + "\n" }
	swap := func(old, new string) string {
		s := strings.Replace(hashed, old, new, 1)
		if s == hashed {
			t.Fatalf("%q is not in the config", old)
		}
		return s
	}
	fromKeys := swap("region = us-east-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n", "region = us-east-1\n")
	fromSource := func(line string) string { return strings.TrimSuffix(hashed, "source_profile = me\n") + line + "\n" }
	fromEnvironment := fromSource("credential_source = Environment")

	seen := map[credproc.Item]string{}
	for _, row := range []struct {
		name        string
		config      string
		credentials string
		o           credproc.Options
	}{
		{name: "nothing", config: hashed},
		{name: "the role's name", config: swap("role/Admin", "role/Admin2")},
		{name: "the role's account", config: swap("222222222222:role/Admin", "333333333333:role/Admin")},
		{name: "the role's path", config: swap("role/Admin", "role/path/Admin")},
		{name: "the role's region", config: swap("region = eu-west-1", "region = eu-west-2")},
		{name: "the base profile", config: fromSource("source_profile = other")},
		{name: "a role in between", config: fromSource("source_profile = between")},
		{name: "the base's region", config: swap("region = us-east-1", "region = us-east-2")},
		{name: "the base's device", config: swap("mfa/alice", "mfa/alice2")},
		{name: "no device", config: fromKeys},
		{name: "the role's own device", config: add("mfa_serial = arn:aws:iam::111111111111:mfa/own")},
		{name: "the session's duration", config: add("[hatstand]\nmfa_session_duration = 1h")},
		{name: "the role's duration", config: add("duration_seconds = 900")},
		{name: "another duration", config: add("duration_seconds = 901")},
		{name: "a duration that needs another plan", config: add("duration_seconds = 7200")},
		{name: "an external ID", config: add("external_id = text")},
		{name: "a session name", config: add("role_session_name = text")},
		{name: "a source identity", config: add("source_identity = text")},
		{name: "a policy", config: add("policy = {}")},
		{name: "another policy", config: add(`policy = {"Version":"2012-10-17"}`)},
		{name: "a policy's ARN", config: add("policy_arns = arn:aws:iam::aws:policy/A")},
		{name: "two policies' ARNs", config: add("policy_arns = arn:aws:iam::aws:policy/A,arn:aws:iam::aws:policy/B")},
		{name: "a tag", config: add("session_tags = ab=c")},
		{name: "the same letters in another tag", config: add("session_tags = a=bc")},
		{name: "a tag's value", config: add("session_tags = ab=d")},
		{name: "two tags", config: add("session_tags = ab=c,x=y")},
		{name: "a reason", config: add("reason = required")},
		{name: "a transitive tag", config: add("session_tags = ab=c\ntransitive_session_tags = ab")},
		{name: "an endpoint", config: add("endpoint_url = https://a.example")},
		{name: "another endpoint", config: add("endpoint_url = https://b.example")},
		{name: "FIPS", config: add("use_fips_endpoint = true")},
		{name: "dual-stack", config: add("use_dualstack_endpoint = true")},
		{name: "the global endpoint", config: add("sts_regional_endpoints = legacy")},
		{name: "keys in a file", config: hashed, credentials: "[me]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s"},
		{name: "other keys in a file", config: hashed, credentials: "[me]\naws_access_key_id = AKIAIOSFODNN7EXAMPL2\naws_secret_access_key = s"},
		{name: "another program", config: strings.Replace(fromKeys, "[profile me]\n", "[profile me]\ncredential_process = a\n", 1)},
		{name: "another argument of the program", config: strings.Replace(fromKeys, "[profile me]\n", "[profile me]\ncredential_process = a b\n", 1)},
		{name: "the environment's keys", config: fromEnvironment, o: credproc.Options{Ambient: credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE"}}},
		{name: "other keys of the environment", config: fromEnvironment, o: credproc.Options{Ambient: credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPL2"}}},
		{name: "--policy", config: hashed, o: credproc.Options{Policy: "{ }"}},
		{name: "--policy-arn", config: hashed, o: credproc.Options{PolicyARNs: []string{"arn:aws:iam::aws:policy/C"}}},
		{name: "--read-only", config: hashed, o: credproc.Options{ReadOnly: true}},
		{name: "--tag", config: hashed, o: credproc.Options{Tags: []profiles.Tag{{Key: "flag", Value: "1"}}}},
		{name: "--session-name", config: hashed, o: credproc.Options{SessionName: "flag"}},
		{name: "--source-identity", config: hashed, o: credproc.Options{SourceIdentity: "flag"}},
	} {
		i := itemOf(t, row.config, row.credentials, row.o)
		if was, ok := seen[i]; ok {
			t.Errorf("%q and %q have the same item", row.name, was)
		}
		seen[i] = row.name
	}
}

func TestWhatSTSDoesNotSeeLeavesTheItemAlone(t *testing.T) {
	want := itemOf(t, hashed, "", credproc.Options{})
	for _, row := range []struct{ name, config string }{
		{"the CA bundle", hashed + "ca_bundle = /etc/ssl/other.pem\n"},
		{"keys for other programs", hashed + "output = json\ncli_pager =\ncolor = ff0000\ns3 =\n  max_queue_size = 1000\n"},
		{"where a code comes from", hashed + "mfa_process = show-code\n"},
		{"another profile", hashed + "[profile unrelated]\nregion = us-west-2\n"},
		{"a comment and a space", strings.Replace(hashed, "region = eu-west-1", "# note\nregion=eu-west-1", 1)},
		{"the role's default duration, spelled out", hashed + "duration_seconds = 3600\n"},
		{"the role moved to a [hatstand] section", strings.Replace(hashed, "region = eu-west-1\n", "region = eu-west-1\ncredential_process = hatstand credential-process prod\n[hatstand prod]\n", 1)},
		{"FIPS off, spelled out", hashed + "use_fips_endpoint = false\n"},
	} {
		if got := itemOf(t, row.config, "", credproc.Options{}); got != want {
			t.Errorf("%s: another item", row.name)
		}
	}
	if got := itemOf(t, hashed, "", credproc.Options{Ambient: credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE"}}); got != want {
		t.Error("the environment's keys, which the profile does not ask for: another item")
	}
	if got := itemOf(t, hashed+"[profile spare]\n", "[spare]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s", credproc.Options{}); got != want {
		t.Error("another profile's keys: another item")
	}
}

// One session serves every role of a base, or each would ask for a code of its own.
func TestOneSessionServesEveryRoleOfABaseAndASerial(t *testing.T) {
	const config = hashed + `
[profile dev]
region = ap-south-1
role_arn = arn:aws:iam::333333333333:role/Dev
source_profile = me
duration_seconds = 900
external_id = text
ca_bundle = /etc/ssl/other.pem
[profile deep]
role_arn = arn:aws:iam::333333333333:role/Deep
source_profile = prod
[profile own]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
mfa_serial = arn:aws:iam::111111111111:mfa/own
[profile elsewhere]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = other
`
	session := func(req profiles.Request) credproc.Item {
		t.Helper()
		p := planOf(t, config, req, credproc.Options{})
		if p.Steps[0].Call != credproc.GetSessionToken {
			t.Fatalf("no session:\n%s", sketch(p))
		}
		return p.Steps[0].Item
	}
	want := session(profiles.Request{Target: "prod"})
	for _, same := range []profiles.Request{
		{Target: "me"}, {Target: "dev"}, {Target: "deep"},
		{Target: "444444444444:AdHoc", Source: "me"},
		{Target: "prod", Region: "us-west-2"},
		{Target: "dev", Getenv: func(k string) string { return map[string]string{"AWS_REGION": "us-west-2"}[k] }},
	} {
		if got := session(same); got != want {
			t.Errorf("%s %s: another session, and so another prompt", same.Target, same.Region)
		}
	}
	seen := map[credproc.Item]bool{want: true}
	for _, other := range []string{"own", "elsewhere"} {
		got := session(profiles.Request{Target: other})
		if seen[got] {
			t.Errorf("%s: the session of another base or serial", other)
		}
		seen[got] = true
	}
}

// What alchemy-run/distilled#568 reports cannot be: credentials of another account, from a cache whose key leaves it out.
func TestWhateverIdentityCenterSeesMakesAnotherItem(t *testing.T) {
	const (
		session = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
		dev     = "[profile prod]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
		older   = "[profile prod]\nregion = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
		onTop   = "[profile role]\nrole_arn = arn:aws:iam::222222222222:role/R\nsource_profile = prod\n"
	)
	swap := func(old, new string) string {
		s := strings.Replace(session+dev, old, new, -1)
		if s == session+dev {
			t.Fatalf("%q is not in the config", old)
		}
		return s
	}
	itemsOf := func(config string) []credproc.Item {
		var items []credproc.Item
		for _, name := range []string{"prod", "role"} {
			p, err := credproc.NewPlan(chainOf(t, config+onTop, "", profiles.Request{Target: name}), credproc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, p.Steps[len(p.Steps)-1].Item)
		}
		return items
	}
	seen := map[credproc.Item]string{}
	for _, row := range []struct{ name, config string }{
		{"nothing", session + dev},
		{"the account", swap("111111111111", "222222222222")},
		{"the permission set", swap("= Admin", "= ReadOnly")},
		{"its case", swap("= Admin", "= admin")},
		{"the session", swap("corp\n", "other\n") + strings.Replace(session, "corp]", "other]", 1)},
		{"the start URL", swap("/corp.", "/other.")},
		{"Identity Center's region", swap("sso_region = eu-west-1", "sso_region = eu-west-2")},
		{"an endpoint", session + dev + "endpoint_url = https://a.example\n"},
		{"the older form", older},
	} {
		for i, item := range itemsOf(row.config) {
			name := row.name + []string{"", ", of a role on top"}[i]
			if was, ok := seen[item]; ok {
				t.Errorf("%q and %q have the same item", name, was)
			}
			seen[item] = name
		}
	}
	for name, config := range map[string]string{
		"the region of the profile's calls, that Identity Center does not see": strings.Replace(session+dev, "region = eu-west-1\nsso_s", "region = eu-north-1\nsso_s", 1),
		"what a browser leaves at the end of the start URL":                    swap("com/start\n", "com/start/#/\n"),
	} {
		if was := seen[itemsOf(config)[0]]; was != "nothing" {
			t.Errorf("%s: the item is another one (%q)", name, was)
		}
	}
}
