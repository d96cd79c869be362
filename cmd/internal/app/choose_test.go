package app

import (
	"strings"
	"testing"
	"time"

	"hatstand/profiles"
)

func TestRowsTellAccountRoleAndOrigin(t *testing.T) {
	t.Parallel()
	set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(`
[profile me]
mfa_serial = arn:aws:iam::111111111111:mfa/alice
[profile hub]
role_arn = arn:aws:iam::222222222222:role/path/Hub
source_profile = me
[profile spoke]
role_arn = arn:aws:iam::333333333333:role/Spoke
source_profile = hub
[profile alias]
source_profile = spoke
[profile own]
role_arn = arn:aws:iam::333333333333:role/Own
source_profile = own
[profile machine]
role_arn = arn:aws:iam::333333333333:role/Machine
credential_source = Environment
[sso-session corp]
sso_region = eu-west-1
[profile dev]
sso_session = corp
sso_account_id = 444444444444
sso_role_name = Developer
[profile old]
sso_start_url = https://old.awsapps.com/start
sso_account_id = 444444444444
sso_role_name = Reader
[profile fromdev]
role_arn = arn:aws:iam::333333333333:role/Deploy
source_profile = dev
[profile loop]
role_arn = arn:aws:iam::333333333333:role/Loop
source_profile = pool
[profile pool]
role_arn = arn:aws:iam::333333333333:role/Pool
source_profile = loop
[profile missing]
role_arn = arn:aws:iam::333333333333:role/Missing
source_profile = nobody
[profile broken]
role_arn = Admin
source_profile = me
[hatstand moved]
role_arn = arn:aws:iam::333333333333:role/Moved
source_profile = me
[profile moved]
credential_process = hatstand-credential-process moved
`)}, profiles.File{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rowsOf(set, set.Names()) {
		got = append(got, r.Name+": "+strings.Join(r.Cells, ", "))
	}
	want := []string{
		"me: , , ",
		"hub: 222222222222, Hub, from me",
		"spoke: 333333333333, Spoke, from me",
		"alias: 333333333333, Spoke, from me",
		"own: 333333333333, Own, ",
		"machine: 333333333333, Machine, from Environment",
		"dev: 444444444444, Developer, from corp",
		"old: 444444444444, Reader, from old.awsapps.com/start",
		"fromdev: 333333333333, Deploy, from corp",
		"loop: 333333333333, Loop, from loop",
		"pool: 333333333333, Pool, from loop",
		"missing: 333333333333, Missing, from nobody",
		"broken: , , from me",
		"moved: 333333333333, Moved, from me",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestStateWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 23, 0, 0, 0, time.FixedZone("CET", 3600)) // a Thursday
	for _, row := range []struct {
		name  string
		state State
		until time.Time
		want  string
	}{
		{"nothing is known", Unknown, now.Add(time.Hour), ""},
		{"a code", NeedsCode, now.Add(time.Hour), "needs code"},
		{"a sign-in", NeedsSignIn, time.Time{}, "needs sign-in"},
		{"signed in", SignedIn, time.Time{}, "signed in"},
		{"until later today, in this time zone", Cached, now.Add(30 * time.Minute).UTC(), "until 23:30"},
		{"until tomorrow", Cached, now.Add(2 * time.Hour), "until Fri 01:00"},
		{"ended", Cached, now, ""},
		{"got by somebody else", Cached, time.Time{}, ""},
	} {
		if got := stateWords(row.state, row.until, now); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
