package credproc_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// Profiles that most rows start from: keys in the keyring with and without a device.
const bases = `
[profile me]
mfa_serial = arn:aws:iam::111111111111:mfa/alice
[profile bare]
region = eu-west-1
`

// chainOf reads a config as a user writes it and works out the chain.
func chainOf(t testing.TB, config, credentials string, req profiles.Request) *profiles.Chain {
	t.Helper()
	set, err := profiles.Parse(
		profiles.File{Path: "~/.aws/config", Data: []byte(config)},
		profiles.File{Path: "~/.aws/credentials", Data: []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	if req.Target == "" {
		req.Target = "prod"
	}
	c, err := set.Chain(req)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func planOf(t testing.TB, config string, req profiles.Request, o credproc.Options) credproc.Plan {
	t.Helper()
	p, err := credproc.NewPlan(chainOf(t, config, "", req), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sketch is a plan as one line a step: the call and all that it asks STS for.
func sketch(p credproc.Plan) string {
	var lines []string
	for _, s := range p.Steps {
		line := string(s.Call)
		add := func(name, value string) {
			if value != "" {
				line += " " + name + value
			}
		}
		r := s.Role
		add("", strings.TrimPrefix(r.ARN, "arn:aws:iam::"))
		add("for ", credproc.Human(s.Duration))
		add("not ", strings.TrimPrefix(before(s.Shortened, ":"), "from "))
		add("code ", strings.TrimPrefix(s.Serial, "arn:aws:iam::111111111111:mfa/"))
		add("external ", r.ExternalID)
		add("name ", r.SessionName)
		add("source ", r.SourceIdentity)
		add("policy ", r.Policy)
		for _, arn := range r.PolicyARNs {
			add("narrowed ", arn)
		}
		for _, t := range r.Tags {
			add("tag ", t.Key+"="+t.Value)
		}
		for _, k := range r.TransitiveTags {
			add("transitive ", k)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func before(s, sep string) string {
	s, _, _ = strings.Cut(s, sep)
	return s
}

func TestPlanIsWhatTheDecisionTableSays(t *testing.T) {
	const (
		admin  = "role_arn = arn:aws:iam::222222222222:role/Admin\n"
		second = "[profile second]\nrole_arn = arn:aws:iam::333333333333:role/Second\nsource_profile = prod\n"
		temp   = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\naws_session_token = token\n"
	)
	lasting := credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"}
	passing := credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret", SessionToken: "token"}

	for _, row := range []struct {
		name        string
		config      string
		credentials string
		req         profiles.Request // target "" is prod
		o           credproc.Options
		want        string
	}{
		// Long-lived keys and no role.
		{name: "keys with a device and no role: a session with a code, 12 h", req: profiles.Request{Target: "me"},
			want: "GetSessionToken for 12 h code alice"},
		{name: "keys without a device and no role: a session without a code", req: profiles.Request{Target: "bare"},
			want: "GetSessionToken for 12 h"},
		{name: "a session lasts as long as its profile says", config: "[profile prod]\nduration_seconds = 129600",
			want: "GetSessionToken for 36 h"},
		{name: "mfa_session_duration is the session's", config: "[profile prod]\nmfa_session_duration = 2h",
			want: "GetSessionToken for 2 h"},
		{name: "--duration beats the profile's session duration", config: "[profile prod]\nduration_seconds = 129600",
			o: credproc.Options{Duration: 90 * time.Minute}, want: "GetSessionToken for 90 min"},
		{name: "a session may be asked for 36 h", req: profiles.Request{Target: "me"}, o: credproc.Options{Duration: 36 * time.Hour},
			want: "GetSessionToken for 36 h code alice"},
		{name: "root's session is cut to an hour", config: "[profile prod]\nmfa_serial = arn:aws:iam::111111111111:mfa/root-account-mfa-device",
			want: "GetSessionToken for 1 h not 12 h code root-account-mfa-device"},
		{name: "root's session of 15 minutes is left alone", config: "[profile prod]\nmfa_serial = arn:aws:iam::111111111111:mfa/root-account-mfa-device",
			o: credproc.Options{Duration: 15 * time.Minute}, want: "GetSessionToken for 15 min code root-account-mfa-device"},
		{name: "keys in a file are as good as those in the keyring", credentials: "[prod]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret",
			want: "GetSessionToken for 12 h"},

		// Long-lived keys, a device, one role.
		{name: "one role with a device: the shared session, then the role", config: "[profile prod]\n" + admin + "source_profile = me",
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "one role of exactly an hour goes through the session", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 3600",
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "one role of 15 minutes goes through the session", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 900",
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 15 min"},
		{name: "one role of a second over an hour carries the code itself", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 3601",
			want: "AssumeRole 222222222222:role/Admin for 3601 s code alice"},
		{name: "--duration over an hour makes the call carry the code", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 900",
			o: credproc.Options{Duration: 12 * time.Hour}, want: "AssumeRole 222222222222:role/Admin for 12 h code alice"},
		{name: "--duration under an hour brings the session back", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 43200",
			o: credproc.Options{Duration: time.Hour}, want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "direct: the call carries the code, however short", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 900",
			o: credproc.Options{Direct: true}, want: "AssumeRole 222222222222:role/Admin for 15 min code alice"},
		{name: "direct is nothing where there is no device", config: "[profile prod]\n" + admin + "source_profile = bare",
			o: credproc.Options{Direct: true}, want: "AssumeRole 222222222222:role/Admin for 1 h"},
		{name: "direct is nothing in a chain", config: "[profile prod]\n" + admin + "source_profile = me\n" + second, req: profiles.Request{Target: "second"},
			o: credproc.Options{Direct: true}, want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h"},
		{name: "the role's own serial beats the base's", config: "[profile prod]\n" + admin + "source_profile = me\nmfa_serial = arn:aws:iam::111111111111:mfa/hers",
			want: "GetSessionToken for 12 h code hers\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "the role's own serial is enough", config: "[profile prod]\n" + admin + "source_profile = bare\nmfa_serial = arn:aws:iam::111111111111:mfa/hers",
			want: "GetSessionToken for 12 h code hers\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "the role's own serial goes with a long call too", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 7200\nmfa_serial = arn:aws:iam::111111111111:mfa/hers",
			want: "AssumeRole 222222222222:role/Admin for 2 h code hers"},
		{name: "a hardware device's serial is no ARN", config: "[profile prod]\n" + admin + "source_profile = bare\nmfa_serial = GAHT12345678",
			want: "GetSessionToken for 12 h code GAHT12345678\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "the base's mfa_session_duration shapes the shared session", config: "[hatstand]\nmfa_session_duration = 36h\n[profile prod]\n" + admin + "source_profile = me",
			want: "GetSessionToken for 36 h code alice\nAssumeRole 222222222222:role/Admin for 1 h"},

		// Long-lived keys, no device, one role.
		{name: "one role without a device: one call", config: "[profile prod]\n" + admin + "source_profile = bare",
			want: "AssumeRole 222222222222:role/Admin for 1 h"},
		{name: "one role without a device may last 12 h", config: "[profile prod]\n" + admin + "source_profile = bare\nduration_seconds = 43200",
			want: "AssumeRole 222222222222:role/Admin for 12 h"},
		{name: "a profile that is its own source: its keys, then its role", config: "[profile prod]\n" + admin + "source_profile = prod\nmfa_serial = arn:aws:iam::111111111111:mfa/hers",
			want: "GetSessionToken for 12 h code hers\nAssumeRole 222222222222:role/Admin for 1 h"},

		// No session.
		{name: "no session and no role: the keys themselves", req: profiles.Request{Target: "me"}, o: credproc.Options{NoSession: true}, want: ""},
		{name: "no session and a role: the call carries the code", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 900",
			o: credproc.Options{NoSession: true}, want: "AssumeRole 222222222222:role/Admin for 15 min code alice"},
		{name: "no session and two roles: the first call carries the code, and all are cut", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 7200\n" + second, req: profiles.Request{Target: "second"},
			o: credproc.Options{NoSession: true}, want: "AssumeRole 222222222222:role/Admin for 1 h not 2 h code alice\nAssumeRole 333333333333:role/Second for 1 h"},
		{name: "session = none of the base counts for its roles", config: "[profile prod]\n" + admin + "source_profile = me\n[hatstand me]\nsession = none",
			want: "AssumeRole 222222222222:role/Admin for 1 h code alice"},
		{name: "session = none of the role's profile", config: "[profile prod]\n" + admin + "source_profile = me\n[hatstand prod]\nsession = none",
			want: "AssumeRole 222222222222:role/Admin for 1 h code alice"},
		{name: "session counts in a section of hatstand's alone", config: "[profile prod]\n" + admin + "source_profile = me\nsession = none",
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "the environment's lasting keys, no session", config: "[profile prod]\ncredential_source = Environment",
			o: credproc.Options{Ambient: lasting, NoSession: true}, want: ""},

		// Chains of roles.
		{name: "two roles with a device: session, role, role", config: "[profile prod]\n" + admin + "source_profile = me\n" + second, req: profiles.Request{Target: "second"},
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h"},
		{name: "two roles without a device: role, role", config: "[profile prod]\n" + admin + "source_profile = bare\n" + second, req: profiles.Request{Target: "second"},
			want: "AssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h"},
		{name: "every hop of a chain is cut to an hour", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 7200\n" + second + "duration_seconds = 43200", req: profiles.Request{Target: "second"},
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h not 2 h\nAssumeRole 333333333333:role/Second for 1 h not 12 h"},
		{name: "every hop of a chain without a device is cut too", config: "[profile prod]\n" + admin + "source_profile = bare\nduration_seconds = 7200\n" + second + "duration_seconds = 43200", req: profiles.Request{Target: "second"},
			want: "AssumeRole 222222222222:role/Admin for 1 h not 2 h\nAssumeRole 333333333333:role/Second for 1 h not 12 h"},
		{name: "--duration counts for the role asked for alone", config: "[profile prod]\n" + admin + "source_profile = me\nduration_seconds = 900\n" + second, req: profiles.Request{Target: "second"},
			o:    credproc.Options{Duration: 2 * time.Hour},
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 15 min\nAssumeRole 333333333333:role/Second for 1 h not 2 h"},
		{name: "the first role's serial beats a later one's", config: "[profile prod]\n" + admin + "source_profile = bare\nmfa_serial = arn:aws:iam::111111111111:mfa/first\n" + second + "mfa_serial = arn:aws:iam::111111111111:mfa/later", req: profiles.Request{Target: "second"},
			want: "GetSessionToken for 12 h code first\nAssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h"},
		{name: "the base's serial beats a later role's", config: "[profile prod]\n" + admin + "source_profile = me\n" + second + "mfa_serial = arn:aws:iam::111111111111:mfa/later", req: profiles.Request{Target: "second"},
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h"},
		{name: "a serial on a later role alone asks for the code at the start", config: "[profile prod]\n" + admin + "source_profile = bare\n" + second + "mfa_serial = arn:aws:iam::111111111111:mfa/later", req: profiles.Request{Target: "second"},
			want: "GetSessionToken for 12 h code later\nAssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h"},

		// Temporary bases.
		{name: "a file with a session token and no role needs no call", credentials: "[prod]\n" + temp, want: ""},
		{name: "a file with a session token and a role: one call, no code", config: "[profile prod]\n" + admin + "source_profile = temp\nmfa_serial = arn:aws:iam::111111111111:mfa/hers", credentials: "[temp]\n" + temp,
			want: "AssumeRole 222222222222:role/Admin for 1 h"},
		{name: "what temporary keys assume is cut to an hour", config: "[profile prod]\n" + admin + "source_profile = temp\nduration_seconds = 7200", credentials: "[temp]\n" + temp,
			want: "AssumeRole 222222222222:role/Admin for 1 h not 2 h"},
		{name: "a chain from temporary keys: every hop is cut", config: "[profile prod]\n" + admin + "source_profile = temp\nduration_seconds = 7200\n" + second + "duration_seconds = 7200", credentials: "[temp]\n" + temp, req: profiles.Request{Target: "second"},
			want: "AssumeRole 222222222222:role/Admin for 1 h not 2 h\nAssumeRole 333333333333:role/Second for 1 h not 2 h"},
		{name: "the environment's lasting keys are long-lived", config: "[profile prod]\n" + admin + "credential_source = Environment\nduration_seconds = 7200", o: credproc.Options{Ambient: lasting},
			want: "AssumeRole 222222222222:role/Admin for 2 h"},
		{name: "the environment's lasting keys and a device: a session", config: "[profile prod]\n" + admin + "credential_source = Environment\nmfa_serial = arn:aws:iam::111111111111:mfa/hers", o: credproc.Options{Ambient: lasting},
			want: "GetSessionToken for 12 h code hers\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "the environment's session token makes it temporary", config: "[profile prod]\n" + admin + "credential_source = Environment\nduration_seconds = 7200\nmfa_serial = arn:aws:iam::111111111111:mfa/hers", o: credproc.Options{Ambient: passing},
			want: "AssumeRole 222222222222:role/Admin for 1 h not 2 h"},
		{name: "the environment counts only where the profile says so", config: "[profile prod]\n" + admin + "source_profile = bare\nduration_seconds = 7200", o: credproc.Options{Ambient: passing},
			want: "AssumeRole 222222222222:role/Admin for 2 h"},
		{name: "another program's answer is taken to be temporary", config: "[profile prod]\n" + admin + "source_profile = other\nduration_seconds = 7200\n[profile other]\ncredential_process = other-tool",
			want: "AssumeRole 222222222222:role/Admin for 1 h not 2 h"},
		{name: "another program and no role needs no call", config: "[profile prod]\ncredential_process = other-tool", want: ""},

		// Ad-hoc roles.
		{name: "an ad-hoc role starts from its source", req: profiles.Request{Target: "222222222222:Admin", Source: "me"},
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h"},
		{name: "an ad-hoc role by ARN, with a path, for 2 h", req: profiles.Request{Target: "arn:aws:iam::222222222222:role/path/Deep", Source: "me"}, o: credproc.Options{Duration: 2 * time.Hour},
			want: "AssumeRole 222222222222:role/path/Deep for 2 h code alice"},
		{name: "an ad-hoc role on top of a role is a chain", config: "[profile prod]\n" + admin + "source_profile = me", req: profiles.Request{Target: "333333333333:Second", Source: "prod"}, o: credproc.Options{Duration: 2 * time.Hour},
			want: "GetSessionToken for 12 h code alice\nAssumeRole 222222222222:role/Admin for 1 h\nAssumeRole 333333333333:role/Second for 1 h not 2 h"},

		// What is asked of each role.
		{name: "each role takes its own settings", config: "[profile prod]\n" + admin + "source_profile = bare\nexternal_id = e-1\nrole_session_name = n-1\nsource_identity = s-1\nsession_tags = a=1\ntransitive_session_tags = a\n" +
			second + "external_id = e-2\npolicy = {}\npolicy_arns = arn:aws:iam::aws:policy/Second", req: profiles.Request{Target: "second"},
			want: "AssumeRole 222222222222:role/Admin for 1 h external e-1 name n-1 source s-1 tag a=1 transitive a\n" +
				"AssumeRole 333333333333:role/Second for 1 h external e-2 policy {} narrowed arn:aws:iam::aws:policy/Second"},
		{name: "flags narrow the role asked for, not the ones on the way", config: "[profile prod]\n" + admin + "source_profile = bare\n" + second, req: profiles.Request{Target: "second"},
			o: credproc.Options{SessionName: "me", SourceIdentity: "alice", Policy: "{}", PolicyARNs: []string{"arn:aws:iam::aws:policy/A"},
				Tags: []profiles.Tag{{Key: "a", Value: "1"}}, ReadOnly: true},
			want: "AssumeRole 222222222222:role/Admin for 1 h\n" +
				"AssumeRole 333333333333:role/Second for 1 h name me source alice policy {} narrowed arn:aws:iam::aws:policy/A narrowed arn:aws:iam::aws:policy/ReadOnlyAccess tag a=1"},
		{name: "flags replace the profile's name, source identity and policy", config: "[profile prod]\n" + admin + "source_profile = bare\nrole_session_name = old\nsource_identity = old\npolicy = {\"old\":1}",
			o:    credproc.Options{SessionName: "new", SourceIdentity: "new", Policy: `{"new":1}`},
			want: `AssumeRole 222222222222:role/Admin for 1 h name new source new policy {"new":1}`},
		{name: "--policy-arn and --read-only add to the profile's", config: "[profile prod]\n" + admin + "source_profile = bare\npolicy_arns = arn:aws:iam::aws:policy/Own",
			o:    credproc.Options{PolicyARNs: []string{"arn:aws:iam::aws:policy/Flag"}, ReadOnly: true},
			want: "AssumeRole 222222222222:role/Admin for 1 h narrowed arn:aws:iam::aws:policy/Own narrowed arn:aws:iam::aws:policy/Flag narrowed arn:aws:iam::aws:policy/ReadOnlyAccess"},
		{name: "--tag wins over the profile's tag of the same key, whatever its case", config: "[profile prod]\n" + admin + "source_profile = bare\nsession_tags = Team=red,cost=7",
			o:    credproc.Options{Tags: []profiles.Tag{{Key: "team", Value: "blue"}, {Key: "x", Value: "1"}, {Key: "x", Value: "2"}}},
			want: "AssumeRole 222222222222:role/Admin for 1 h tag team=blue tag cost=7 tag x=2"},
		{name: "--read-only is China's policy in China", config: "[profile prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\nsource_profile = bare", o: credproc.Options{ReadOnly: true},
			want: "AssumeRole arn:aws-cn:iam::222222222222:role/Admin for 1 h narrowed arn:aws-cn:iam::aws:policy/ReadOnlyAccess"},
		{name: "--read-only is GovCloud's policy in GovCloud", config: "[profile prod]\nrole_arn = arn:aws-us-gov:iam::222222222222:role/Admin\nsource_profile = bare", o: credproc.Options{ReadOnly: true},
			want: "AssumeRole arn:aws-us-gov:iam::222222222222:role/Admin for 1 h narrowed arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := chainOf(t, bases+row.config, row.credentials, row.req)
			p, err := credproc.NewPlan(c, row.o)
			if err != nil {
				t.Fatal(err)
			}
			if got := sketch(p); got != row.want {
				t.Errorf("want\n%s\ngot\n%s", row.want, got)
			}
			for i, s := range p.Steps {
				if s.Reason == "" || s.Region == "" || s.Item.Hash == "" || s.Item.Base != p.Base.Profile {
					t.Errorf("step %d lacks a reason, a region or an item: %+v", i, s)
				}
				if s.Role.MFASerial.Value != "" && s.Call == credproc.GetSessionToken {
					t.Errorf("step %d is a session and names a role", i)
				}
			}
			if again, err := credproc.NewPlan(c, row.o); err != nil || fmt.Sprint(again.Steps) != fmt.Sprint(p.Steps) {
				t.Errorf("the same chain gave another plan: %v, %v", again.Steps, err)
			}
		})
	}
}

func TestWhichPlansAreDirect(t *testing.T) {
	const role = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = "
	for _, row := range []struct {
		name, config string
		req          profiles.Request
		o            credproc.Options
		want         bool
	}{
		{"through a session", role + "me", profiles.Request{}, credproc.Options{}, false},
		{"with a code of its own", role + "me", profiles.Request{}, credproc.Options{Direct: true}, true},
		{"for two hours", role + "me", profiles.Request{}, credproc.Options{Duration: 2 * time.Hour}, true},
		{"without a device", role + "bare", profiles.Request{}, credproc.Options{}, true},
		{"a chain of roles", role + "bare\n[profile second]\nrole_arn = arn:aws:iam::333333333333:role/Second\nsource_profile = prod", profiles.Request{Target: "second"}, credproc.Options{}, false},
		{"from a program", "[profile other]\ncredential_process = x\n" + role + "other", profiles.Request{}, credproc.Options{Direct: true}, false},
		{"a session of the user", "", profiles.Request{Target: "bare"}, credproc.Options{}, false},
	} {
		if got := planOf(t, bases+row.config, row.req, row.o).Direct(); got != row.want {
			t.Errorf("%s: %t", row.name, got)
		}
	}
}

func TestPlanLeavesTheChainAsItWas(t *testing.T) {
	c := chainOf(t, bases+"[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\nsession_tags = a=1\npolicy_arns = arn:aws:iam::aws:policy/Own", "", profiles.Request{})
	was := fmt.Sprintf("%+v", *c)
	if _, err := credproc.NewPlan(c, credproc.Options{SessionName: "new", Duration: 2 * time.Hour, ReadOnly: true, Tags: []profiles.Tag{{Key: "a", Value: "2"}}}); err != nil {
		t.Fatal(err)
	}
	if is := fmt.Sprintf("%+v", *c); is != was {
		t.Errorf("before\n%s\nafter\n%s", was, is)
	}
}

func TestEachStepSaysWhyItIsThere(t *testing.T) {
	const two = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = SOURCE\n[profile second]\nrole_arn = arn:aws:iam::333333333333:role/Second\nsource_profile = prod\n[profile other]\ncredential_process = other-tool"
	for _, row := range []struct {
		name, source, target string
		o                    credproc.Options
		want                 []string
	}{
		{name: "a session names the profile whose serial counts", source: "me", target: "second",
			want: []string{`mfa_serial of profile "me"`, "with the session", "role chaining"}},
		{name: "a long call names what was asked for and the limit", source: "me", target: "prod", o: credproc.Options{Duration: 90 * time.Minute},
			want: []string{"asked for 90 min: the code goes with this call, because through a session STS gives at most 1 h"}},
		{name: "without a device the long-lived keys do it", source: "bare", target: "prod", want: []string{"no MFA device is set"}},
		{name: "a temporary base says what it comes from", source: "other", target: "prod", want: []string{"another program gives them"}},
		{name: "a session for itself says that it carries a code", source: "me", target: "me", want: []string{"with the code of its MFA device"}},
		{name: "a session without a device says so", source: "me", target: "bare", want: []string{"no MFA device is set"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := planOf(t, bases+strings.Replace(two, "SOURCE", row.source, 1), profiles.Request{Target: row.target}, row.o)
			if len(p.Steps) != len(row.want) {
				t.Fatalf("want %d steps, got\n%s", len(row.want), sketch(p))
			}
			for i, want := range row.want {
				if !strings.Contains(p.Steps[i].Reason, want) {
					t.Errorf("step %d: want a reason with %q, got %q", i, want, p.Steps[i].Reason)
				}
			}
		})
	}
}

func TestAShortenedDurationSaysWhy(t *testing.T) {
	const role = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = temp\nduration_seconds = 5400\n[profile temp]\ncredential_process = other-tool"
	p := planOf(t, role, profiles.Request{}, credproc.Options{})
	if got, want := p.Steps[0].Shortened, "from 90 min: STS gives chained credentials at most 1 h"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	p = planOf(t, "[profile prod]\nmfa_serial = arn:aws:iam::111111111111:mfa/root-account-mfa-device", profiles.Request{}, credproc.Options{})
	if got, want := p.Steps[0].Shortened, "from 12 h: STS gives the root user at most 1 h"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestASourceThatCannotBeUsedYetSaysSo(t *testing.T) {
	_, err := credproc.NewPlan(&profiles.Chain{Target: "prod", Base: profiles.Base{Kind: 99, Profile: "base"}}, credproc.Options{})
	var missing *credproc.Error
	if !errors.As(err, &missing) || missing.Kind != credproc.Unsupported {
		t.Fatalf("want an Error of kind Unsupported, got %v", err)
	}
	if want := `profile "prod": credentials from an unknown source are not supported yet (source profile "base")`; err.Error() != want {
		t.Errorf("want %q, got %q", want, err)
	}
}

// The console's own credentials need no call; what is made of them belongs to the sign-in, whoever's profile it is.
func TestAConsoleSessionIsABase(t *testing.T) {
	const config = "[profile me]\nlogin_session = arn:aws-cn:sts::111111111111:assumed-role/Admin/alice\n" +
		"[profile prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\nsource_profile = me\nduration_seconds = 7200\n" +
		"[profile too]\nlogin_session = arn:aws-cn:sts::111111111111:assumed-role/Admin/alice\nregion = cn-northwest-1\n" +
		"[profile also]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\nsource_profile = too\nduration_seconds = 7200\n"
	key := "login:arn:aws-cn:sts::111111111111:assumed-role/Admin/alice"
	me := planOf(t, config, profiles.Request{Target: "me"}, credproc.Options{})
	if len(me.Steps) != 0 || !me.Temporary || me.Base.Grant.Key() != key || me.Base.Grant.Region != "cn-north-1" || me.Account() != "111111111111" {
		t.Errorf("%+v", me)
	}
	prod := planOf(t, config, profiles.Request{Target: "prod"}, credproc.Options{})
	also := planOf(t, config, profiles.Request{Target: "also"}, credproc.Options{})
	if len(prod.Steps) != 1 || prod.Steps[0].Item.Grant != key || prod.Steps[0].Duration != time.Hour || prod.Direct() || prod.Steps[0].Exchanges() {
		t.Errorf("%+v", prod.Steps)
	}
	if also.Base.Grant.Key() != key || also.Base.Grant.Region != "cn-northwest-1" {
		t.Errorf("%+v", also.Base.Grant)
	}
	for name, o := range map[string]credproc.Options{"duration": {Duration: time.Hour}, "no session": {NoSession: true}} {
		if _, err := credproc.NewPlan(chainOf(t, config, "", profiles.Request{Target: "me"}), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestASignInWithoutAPermissionSetSaysSo(t *testing.T) {
	const config = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n[profile base]\nsso_session = corp\n" +
		"[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = base"
	for target, want := range map[string]string{
		"base": `profile "base": its sign-in gives a token and no credentials: sso_account_id and sso_role_name are not set`,
		"prod": `profile "prod": its sign-in gives a token and no credentials: sso_account_id and sso_role_name are not set (source profile "base")`,
	} {
		_, err := credproc.NewPlan(chainOf(t, config, "", profiles.Request{Target: target}), credproc.Options{})
		var missing *credproc.Error
		if !errors.As(err, &missing) || missing.Kind != credproc.TokenOnly || missing.Subject != "base" || err.Error() != want {
			t.Errorf("want %q, got %q", want, err)
		}
	}
}

func TestARegionIsKnownToEveryStep(t *testing.T) {
	const roles = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n" +
		"[profile china]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\nsource_profile = me-cn\n[profile me-cn]\nmfa_serial = arn:aws-cn:iam::111111111111:mfa/alice\n" +
		"[profile here]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n"
	for _, row := range []struct {
		name string
		req  profiles.Request
		want []string
	}{
		{"none is set: the partition's leading one", profiles.Request{Target: "prod"}, []string{"us-east-1", "us-east-1"}},
		{"none is set in China", profiles.Request{Target: "china"}, []string{"cn-north-1", "cn-north-1"}},
		{"the profile's is the role's, not the session's", profiles.Request{Target: "here"}, []string{"us-east-1", "eu-west-1"}},
		{"--region is the role's, not the shared session's", profiles.Request{Target: "here", Region: "ap-south-1"}, []string{"us-east-1", "ap-south-1"}},
		{"--region is the session's where that is what was asked for", profiles.Request{Target: "me", Region: "ap-south-1"}, []string{"ap-south-1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, s := range planOf(t, bases+roles, row.req, credproc.Options{}).Steps {
				got = append(got, s.Region)
			}
			if fmt.Sprint(got) != fmt.Sprint(row.want) {
				t.Errorf("want %v, got %v", row.want, got)
			}
		})
	}
}

// A plan is printed, logged and compared: none of that may show a key.
func TestAPlanDoesNotPrintKeys(t *testing.T) {
	c := chainOf(t, "", "[prod]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI\naws_session_token = FwoGZXIvYXdzEDEXAMPLE", profiles.Request{})
	p, err := credproc.NewPlan(c, credproc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if out := fmt.Sprintf(verb, p); regexp.MustCompile("wJalrXUtnFEMI|FwoGZXIvYXdz").MatchString(out) {
			t.Errorf("%s prints a key: %s", verb, out)
		}
	}
}

func TestDurationsAreWrittenAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Hour: "1 h", 36 * time.Hour: "36 h", 90 * time.Minute: "90 min", 15 * time.Minute: "15 min", 3601 * time.Second: "3601 s",
	} {
		if got := credproc.Human(d); got != want {
			t.Errorf("%s: want %q, got %q", d, want, got)
		}
	}
}
