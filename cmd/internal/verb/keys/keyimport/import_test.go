package keyimport

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/keypair"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/accesskeys"
)

func TestKeysLeaveTheFileOnlyIfEveryNameStaysTheSame(t *testing.T) {
	const keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = abcdefghijabcdefghijabcdefghijabcdefghij\n"
	const role = "role_arn = arn:aws:iam::222222222222:role/R\n"
	for _, c := range []struct{ name, config, want string }{
		{"keys alone", "[profile me]\n" + keys, ""},
		{"keys that a role starts from", "[profile me]\n" + keys + "[profile r]\n" + role + "source_profile = me\n", ""},
		{"a role that starts from its own keys", "[profile me]\nsource_profile = me\n" + role + keys, ""},
		{"the same, and another role starts from it", "[profile me]\nsource_profile = me\n" + role + keys + "[profile r]\n" + role + "source_profile = me\n", "profiles that start from it would go through its role"},
		{"a role that starts from another's keys", "[profile me]\nsource_profile = b\n" + role + keys + "[profile b]\n", ""},
		{"the same, and another role starts from it", "[profile me]\nsource_profile = b\n" + role + keys + "[profile b]\n[profile r]\n" + role + "source_profile = me\n", `it would start from profile "b"`},
		{"a role with a source of its own", "[profile me]\ncredential_source = Environment\n" + role + keys, ""},
		{"keys before another program", "[profile me]\ncredential_process = /bin/other\n" + keys, "it would take credentials from another program"},
		{"keys before single sign-on", "[profile me]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 111111111111\nsso_role_name = R\n" + keys, "it would take credentials from IAM Identity Center"},
		{"keys before a source without a role", "[profile me]\nsource_profile = b\n" + keys + "[profile b]\n", `it would start from profile "b"`},
		{"what never led anywhere", "[profile me]\nsource_profile = gone\n" + role + keys, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := profiles.File{Path: "config", Data: []byte(c.config)}
			set, err := profiles.Parse(config, profiles.File{})
			if err != nil {
				t.Fatal(err)
			}
			pairs, err := accesskeys.Find(set)
			if err != nil || len(pairs) != 1 {
				t.Fatal(pairs, err)
			}
			found, err := rejectIdentityChanges(candidatesIn(pairs), pairs, set, config, profiles.File{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if found[0].err != nil {
				got = found[0].err.Error()
			}
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatTheKeyringHasDecides(t *testing.T) {
	mine := candidate{name: "me", Pair: keypair.Pair{ID: "AKIAMINE", Secret: "mine"}}
	corrupt := &cache.Error{Kind: cache.Corrupt, Backend: "file", Item: "keys of me", Name: "keys/me", Err: errors.New("no")}
	locked := &cache.Error{Backend: "file", Op: "read", Kind: cache.Locked, Err: errors.New("locked")}
	for _, c := range []struct {
		name    string
		have    cache.Keys
		found   error
		replace bool
		want    action
		err     string
	}{
		{"nothing", cache.Keys{}, cache.ErrNotFound, false, storeKey, ""},
		{"the same", cache.Keys{AccessKeyID: "AKIAMINE", SecretAccessKey: "mine"}, nil, false, keepKey, ""},
		{"the same, to be replaced", cache.Keys{AccessKeyID: "AKIAMINE", SecretAccessKey: "mine"}, nil, true, keepKey, ""},
		{"another", cache.Keys{AccessKeyID: "AKIAOTHER", SecretAccessKey: "mine"}, nil, false, 0, "another key in the keyring already: AKIAOTHER"},
		{"another secret", cache.Keys{AccessKeyID: "AKIAMINE", SecretAccessKey: "other"}, nil, false, 0, "AKIAMINE with another secret"},
		{"another, to be replaced", cache.Keys{AccessKeyID: "AKIAOTHER", SecretAccessKey: "other"}, nil, true, replaceKey, ""},
		{"what cannot be read", cache.Keys{}, corrupt, false, 0, "cannot be read"},
		{"what cannot be read, to be replaced", cache.Keys{}, corrupt, true, replaceKey, ""},
		{"a locked keyring", cache.Keys{}, locked, true, 0, "locked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := mine.decide(c.have, c.found, c.replace)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) || got != c.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestTheExitCodeTellsDoneInPart(t *testing.T) {
	refused := &ui.UsageError{Reason: "another key"}
	locked := &cache.Error{Backend: "file", Op: "write", Err: errors.New("locked")}
	still := &stillInFileError{path: "~/.aws/credentials", keys: "the keys of profile me", err: errors.New("no")}
	good, bad := outcome{stored: true}, outcome{candidate: candidate{err: refused}}
	for _, c := range []struct {
		name  string
		done  []outcome
		ended error
		code  int
	}{
		{"nothing to do", nil, nil, 0},
		{"all", []outcome{good, {candidate: candidate{skipped: "temporary"}}}, nil, 0},
		{"one of two", []outcome{good, bad}, nil, 1},
		{"none", []outcome{bad, bad}, nil, 2},
		{"the keyring, from the start", nil, locked, 5},
		{"the keyring, later", []outcome{good}, locked, 1},
		{"the keyring, after another failure", []outcome{bad}, locked, 2},
		{"the file alone", []outcome{good}, still, 1},
		{"the file, after another failure", []outcome{good, bad}, still, 1},
		{"Ctrl-C while AWS is asked", []outcome{good}, &sts.UnreachableError{Target: "me", Call: credproc.GetCallerIdentity, Err: context.Canceled}, 130},
		{"Ctrl-C", []outcome{good, bad}, mfa.ErrCancelled, 130},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := 0
			if err := failures(c.done, c.ended); err != nil {
				code = advice.Exit(err)
				var many ui.Errors
				if errors.As(err, &many) {
					code = advice.Exit(many[0])
				}
			}
			if code != c.code {
				t.Errorf("got %d, want %d", code, c.code)
			}
		})
	}
}
