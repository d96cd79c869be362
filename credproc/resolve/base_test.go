package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

func TestEachKindOfBaseIsWhoAWSSees(t *testing.T) {
	const role = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Open\n"
	const bob = "arn:aws:iam::111111111111:user/bob"
	// Bob's keys stand where each row says; alice's are in the keyring as me and bare.
	for _, row := range []struct {
		name   string
		config string
		file   string // ID, SECRET and TOKEN are replaced
		setup  func(*world, awstest.Key, *credproc.Options)
		caller string
	}{
		{name: "the keyring's keys", config: role + "source_profile = bare\n[profile bare]", caller: alice},
		{name: "a file's keys", config: role + "source_profile = filed", file: "[filed]\naws_access_key_id = ID\naws_secret_access_key = SECRET", caller: bob},
		{name: "the keyring's win over a file's of that name", config: role + "source_profile = bare", file: "[bare]\naws_access_key_id = ID\naws_secret_access_key = SECRET", caller: alice},
		{name: "the environment's, where the profile says so", config: role + "credential_source = Environment", caller: bob,
			setup: func(w *world, k awstest.Key, o *credproc.Options) {
				o.Ambient = credentials.Value{AccessKeyID: k.ID, SecretAccessKey: k.Secret}
			}},
		{name: "the environment's are left alone elsewhere", config: role + "source_profile = bare\n[profile bare]", caller: alice,
			setup: func(w *world, k awstest.Key, o *credproc.Options) {
				o.Ambient = credentials.Value{AccessKeyID: k.ID, SecretAccessKey: k.Secret}
			}},
		{name: "another program's", config: role + "source_profile = other\n[profile other]\ncredential_process = tool \"an argument\"", caller: bob,
			setup: func(w *world, k awstest.Key, _ *credproc.Options) {
				w.r.Run = func(_ context.Context, profile string, args []string) ([]byte, error) {
					if profile != "other" || fmt.Sprintf("%q", args) != `["tool" "an argument"]` {
						w.t.Errorf("ran %q for %s", args, profile)
					}
					return fmt.Appendf(nil, `{"Version":1,"AccessKeyId":%q,"SecretAccessKey":%q}`, k.ID, k.Secret), nil
				}
			}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			key := w.aws.AddUser("111111111111", "bob").AddKey()
			var o credproc.Options
			if row.setup != nil {
				row.setup(w, key, &o)
			}
			file := strings.NewReplacer("ID", key.ID, "SECRET", key.Secret).Replace(row.file)
			p, err := credproc.NewPlan(chainOf(t, row.config, file, profiles.Request{Getenv: w.getenv}), o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.r.Credentials(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			calls := w.aws.Calls()
			if len(calls) != 1 || calls[0].Caller != row.caller {
				t.Errorf("AWS saw %v, want one call of %s", calls, row.caller)
			}
		})
	}
}

func TestTemporaryKeysOfAFileAssumeARole(t *testing.T) {
	w := newWorld(t)
	w.aws.MaxIssued(time.Hour)
	c := w.credentials("me")
	w.saw()
	file := fmt.Sprintf("[temp]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n", c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
	p, err := credproc.NewPlan(chainOf(t, "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = temp", file, profiles.Request{Getenv: w.getenv}), credproc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.r.Credentials(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	w.wantSaw("AssumeRole/Admin")
	w.wantIdentity(got, "arn:aws:sts::222222222222:assumed-role/Admin/os-user")
}

func TestAPlanWithoutCallsGivesTheBaseAsItIs(t *testing.T) {
	w := newWorld(t)
	file := "[prod]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\naws_account_id = 111111111111\n"
	p, err := credproc.NewPlan(chainOf(t, "", file, profiles.Request{Getenv: w.getenv}), credproc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.r.Credentials(t.Context(), p)
	if err != nil || c.AccessKeyID != "ASIAIOSFODNN7EXAMPLE" || c.SecretAccessKey != "s" || c.SessionToken != "t" || c.AccountID != "111111111111" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, ok, err := w.r.Fresh(t.Context(), p); ok || err != nil {
		t.Errorf("Fresh: %t, %v", ok, err)
	}
	w.wantSaw("")
	if w.kept.reads+w.kept.writes > 0 {
		t.Error("the cache was touched")
	}
}

func TestABaseWithoutCredentialsSaysWhereToPutThem(t *testing.T) {
	program := func(out string, err error) func(*world) {
		return func(w *world) {
			w.r.Run = func(context.Context, string, []string) ([]byte, error) { return []byte(out), err }
		}
	}
	const role = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Open\n"
	const other = role + "source_profile = other\n[profile other]\ncredential_process = tool arg\n"
	past := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	for _, row := range []struct {
		name, config string
		setup        func(*world)
		says         string
	}{
		{"no keys anywhere", "[profile prod]\n", nil,
			`profile "prod": no keys: it has none in the keyring and none in a file`},
		{"no keys of the source profile", role + "source_profile = empty\n[profile empty]", nil,
			`profile "prod": no keys: it has none in the keyring and none in a file (source profile "empty")`},
		{"an empty environment", role + "credential_source = Environment", nil,
			`profile "prod": credential_source = Environment, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set`},
		{"a program that fails", other, program("", errors.New("it failed (exit status 1): no network")),
			`profile "prod": credential_process "tool" (~/.aws/config:5) (source profile "other"): it failed (exit status 1): no network`},
		{"a program that prints something else", other, program("wJalrXUtnFEMI", nil),
			`profile "prod": credential_process "tool" (~/.aws/config:5) (source profile "other"): its output is not the JSON document of a credential_process`},
		{"a program whose credentials expired", other, program(`{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"`+past+`"}`, nil),
			`profile "prod": credential_process "tool" (~/.aws/config:5) (source profile "other"): its credentials expired at ` + past},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			if row.setup != nil {
				row.setup(w)
			}
			_, err := w.r.Credentials(t.Context(), w.plan(row.config, "prod", credproc.Options{}))
			if err == nil || err.Error() != row.says {
				t.Fatalf("want %q, got %v", row.says, err)
			}
			w.wantSaw("")
		})
	}
}

type lockedRing struct{ err error }

func (l lockedRing) Keys(context.Context, string) (credentials.Value, string, error) {
	return credentials.Value{}, "", l.err
}

func TestKeysThatCannotBeReadAreNotLookedForInAFile(t *testing.T) {
	w := newWorld(t)
	locked := errors.New("keyring is locked")
	w.r.Keys = lockedRing{locked}
	p, err := credproc.NewPlan(chainOf(t, "", "[prod]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n", profiles.Request{Getenv: w.getenv}), credproc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.r.Credentials(t.Context(), p); !errors.Is(err, locked) {
		t.Errorf("got %v", err)
	}
	w.wantSaw("")
}

func TestTheRoleSessionIsNamedAfterAPerson(t *testing.T) {
	const role = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Open\nsource_profile = "
	for _, row := range []struct {
		name, config, user, osUser, want string
		o                                credproc.Options
	}{
		{name: "the profile's own name", config: role + "bare\nrole_session_name = given\n[profile bare]", user: alice, want: "given"},
		{name: "--session-name", config: role + "bare\nrole_session_name = given\n[profile bare]", user: alice, o: credproc.Options{SessionName: "flag"}, want: "flag"},
		{name: "the IAM user's, without the path", config: role + "bare\n[profile bare]", user: alice, want: "alice"},
		{name: "the IAM user's, after a session too", config: role + "bare\n[profile bare]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice", user: "arn:aws:iam::111111111111:user/alice.smith", want: "alice.smith"},
		{name: "the device's, where the user is not known", config: role + "bare\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n[profile bare]", osUser: "os", want: "alice"},
		{name: "the operating system's user, where there is no device", config: role + "bare\n[profile bare]", osUser: `CORP\Zo` + "\u00eb" + " Smith", want: "Zo--Smith"},
		{name: "the program's, where nothing is known", config: role + "bare\n[profile bare]", osUser: "\u00e9", want: "hatstand"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			k := w.keys["bare"]
			k.user = row.user
			w.keys["bare"] = k
			w.r.UserName = func() string { return row.osUser }
			if _, err := w.r.Credentials(t.Context(), w.plan(row.config, "prod", row.o)); err != nil {
				t.Fatal(err)
			}
			calls := w.aws.Calls()
			if got := calls[len(calls)-1].Params["RoleSessionName"]; got != row.want {
				t.Errorf("want %q, got %q", row.want, got)
			}
		})
	}
}

func TestTheAccountOfASession(t *testing.T) {
	for _, row := range []struct{ name, config, user, want string }{
		{"the IAM user's", "[profile prod]\naws_account_id = 999999999999", alice, "111111111111"},
		{"the device's", "[profile prod]\naws_account_id = 999999999999\nmfa_serial = arn:aws:iam::111111111111:mfa/alice", "", "111111111111"},
		{"the profile's", "[profile prod]\naws_account_id = 111111111111", "", "111111111111"},
		{"none that is known", "[profile prod]", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			k := w.keys["bare"]
			k.user = row.user
			w.keys["prod"] = k
			c, err := w.r.Credentials(t.Context(), w.plan(row.config, "prod", credproc.Options{}))
			if err != nil || c.AccountID != row.want {
				t.Errorf("want %q, got %q, %v", row.want, c.AccountID, err)
			}
		})
	}
}

func TestAnotherPartitionWorksTheSame(t *testing.T) {
	server, err := awstest.Start(awstest.Options{Partition: "aws-cn", Region: "cn-north-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	w := newWorld(t)
	w.aws = server
	k := server.AddUser("111111111111", "alice").AddKey()
	server.AddRole("arn:aws-cn:iam::222222222222:role/Open", awstest.Role{Trust: []awstest.Trust{{Principal: "111111111111"}}})
	me := w.keys["bare"]
	me.c = credentials.Value{AccessKeyID: k.ID, SecretAccessKey: k.Secret}
	w.keys["bare"] = me
	c, err := w.r.Credentials(t.Context(), w.plan("[profile bare]\n[profile prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Open\nsource_profile = bare", "prod", credproc.Options{ReadOnly: true}))
	if err != nil {
		t.Fatal(err)
	}
	call := server.Calls()[0]
	if call.Region != "cn-north-1" || call.Params["PolicyArns.member.1.arn"] != "arn:aws-cn:iam::aws:policy/ReadOnlyAccess" || c.AccountID != "222222222222" {
		t.Errorf("%s, %v, %s", call.Region, call.Params, c.AccountID)
	}
}

func TestAllThatARoleAsksForReachesSTS(t *testing.T) {
	w := newWorld(t)
	w.aws.AddRole("arn:aws:iam::222222222222:role/Tagged", awstest.Role{Trust: []awstest.Trust{{
		Principal: "111111111111", ExternalID: "e-1", Tags: []string{"*"}, SetSourceIdentity: true}}})
	config := "[profile bare]\n[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Tagged\nsource_profile = bare\nexternal_id = e-1\nduration_seconds = 900\n" +
		"role_session_name = n-1\nsource_identity = s-1\nsession_tags = a=1,b=2\ntransitive_session_tags = b\npolicy = {\"Version\":\"2012-10-17\",\"Statement\":[]}\npolicy_arns = arn:aws:iam::aws:policy/A"
	if _, err := w.r.Credentials(t.Context(), w.plan(config, "prod", credproc.Options{})); err != nil {
		t.Fatal(err)
	}
	got := w.aws.Calls()[0].Params
	want := map[string]string{
		"RoleArn": "arn:aws:iam::222222222222:role/Tagged", "ExternalId": "e-1", "DurationSeconds": "900", "RoleSessionName": "n-1", "SourceIdentity": "s-1",
		"Tags.member.1.Key": "a", "Tags.member.1.Value": "1", "Tags.member.2.Key": "b", "Tags.member.2.Value": "2", "TransitiveTagKeys.member.1": "b",
		"Policy": `{"Version":"2012-10-17","Statement":[]}`, "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("want %v\ngot  %v", want, got)
	}
}

// A plan of a base that is not built must not end in the keyring's keys of that name, nor in a call with no keys.
func TestABaseThatNobodyGetsIsAnError(t *testing.T) {
	for _, temporary := range []bool{false, true} {
		w := newWorld(t)
		p, err := credproc.NewPlan(chainOf(t, "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Open\nsource_profile = bare\n[profile bare]", "", profiles.Request{Getenv: w.getenv}), credproc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.Base.Kind, p.Temporary = profiles.SSO, temporary
		c, err := w.r.Credentials(t.Context(), p)
		if err == nil || c.HasKeys() || len(w.aws.Calls()) != 0 {
			t.Errorf("temporary %v: %v, %v; AWS saw %v", temporary, c, err, w.aws.Calls())
		}
	}
}
