package credproc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/profiles"
)

func TestAFederatedUserForTheConsole(t *testing.T) {
	const config = "[profile me]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
	me := profiles.Request{Target: "me"}
	p := planOf(t, config, me, credproc.Options{Federate: true, ReadOnly: true, Duration: 36 * time.Hour, SessionName: "alice"})
	s := p.Steps[0]
	if len(p.Steps) != 1 || s.Call != credproc.GetFederationToken || s.Serial != "" || s.Duration != 36*time.Hour || s.Region != "eu-west-1" ||
		s.Role.SessionName != "alice" || s.Role.PolicyARNs[0] != "arn:aws:iam::aws:policy/ReadOnlyAccess" || p.Direct() {
		t.Errorf("%+v", p.Steps)
	}
	other := planOf(t, config, me, credproc.Options{Federate: true, Policy: `{"Version":"2012-10-17","Statement":[]}`})
	if other.Steps[0].Item == s.Item || other.Steps[0].Duration != credproc.DefaultSessionDuration {
		t.Errorf("%+v", other.Steps)
	}
	if p := planOf(t, config, me, credproc.Options{Federate: true}); p.Steps[0].Call != credproc.GetSessionToken {
		t.Errorf("without a policy: %+v", p.Steps)
	}
}

func TestWhoIsNoFederatedUser(t *testing.T) {
	for name, row := range map[string]struct {
		config string
		o      credproc.Options
		kind   credproc.Kind
		reason string
	}{
		"temporary keys": {"aws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n", credproc.Options{ReadOnly: true},
			credproc.NotUserKeys, "GetFederationToken needs the long-lived keys of an IAM user, and "},
		"another program's": {"credential_process = /bin/keys\n", credproc.Options{ReadOnly: true},
			credproc.NotUserKeys, "GetFederationToken needs the long-lived keys of an IAM user, and "},
		"the root user": {"mfa_serial = arn:aws:iam::111111111111:mfa/root-account-mfa-device\n", credproc.Options{ReadOnly: true},
			credproc.NotUserKeys, "its keys are the account's root user's"},
		"a tag":         {"", credproc.Options{ReadOnly: true, Tags: []profiles.Tag{{Key: "a", Value: "b"}}}, credproc.NeedsRole, "a session tag needs a role"},
		"a long name":   {"", credproc.Options{ReadOnly: true, SessionName: strings.Repeat("a", 33)}, credproc.BadOption, "at most 32 characters"},
		"more than 36h": {"", credproc.Options{ReadOnly: true, Duration: 37 * time.Hour}, credproc.BadOption, "36"},
		"a long policy": {"", credproc.Options{Policy: strings.Repeat("a", 2049)}, credproc.BadOption, "2048"},
	} {
		t.Run(name, func(t *testing.T) {
			row.o.Federate = true
			_, err := credproc.NewPlan(chainOf(t, "[profile me]\n"+row.config, "", profiles.Request{Target: "me"}), row.o)
			var e *credproc.Error
			if !errors.As(err, &e) || e.Kind != row.kind || !strings.Contains(err.Error(), row.reason) {
				t.Errorf("%v", err)
			}
		})
	}
}
