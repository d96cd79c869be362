package mfa

import (
	"errors"
	"testing"
	"time"

	"hatstand/cmd/internal/iamuser"
	"hatstand/credproc/iam"
)

func TestWhatIsSaidOfADevice(t *testing.T) {
	const serial = "arn:aws:iam::111111111111:mfa/alice"
	alice := iamuser.Identity{Partition: "aws", Account: "111111111111", Name: "alice"}
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	has := answer{profile: "me", user: alice, devices: []iam.Device{{Serial: serial, Enabled: since}}}
	none := answer{profile: "me", user: alice}
	denied := answer{profile: "me", user: alice, err: &iam.RefusedError{Code: iam.AccessDenied}}
	failed := answer{profile: "me", user: alice, err: errors.New("no route")}
	other := answer{profile: "b", user: iamuser.Identity{Partition: "aws", Account: "111111111111", Name: "bob"}}
	elsewhere := answer{profile: "x", user: iamuser.Identity{Partition: "aws", Account: "222222222222", Name: "alice"}}
	for _, row := range []struct {
		name    string
		named   []string
		answers []answer
		want    string
	}{
		{"its user has it", []string{"prod"}, []answer{other, has}, "enabled for alice on 2026-01-02"},
		{"another user than the profile's has it", []string{"b"}, []answer{other, has}, "enabled for alice on 2026-01-02"},
		{"its user does not have it", []string{"prod"}, []answer{none}, "not at AWS"},
		{"its user may not ask", []string{"prod"}, []answer{denied, other}, "not allowed to ask (iam:ListMFADevices)"},
		{"AWS does not answer", []string{"prod"}, []answer{failed}, "not known: no route"},
		{"one of two profiles' users could not ask", []string{"prod", "b"}, []answer{denied, other}, "not allowed to ask (iam:ListMFADevices)"},
		{"its profile has no keys here", []string{"hard"}, []answer{none, other}, "nobody to ask: no keys of its user are here"},
		{"no profile names it: the users of its account count", nil, []answer{none, other, elsewhere}, "not at AWS"},
		{"no profile names it, and no keys of its account are here", nil, []answer{elsewhere}, "nobody to ask: no keys of its user are here"},
		{"no keys at all", []string{"prod"}, nil, "nobody to ask: no keys of its user are here"},
	} {
		t.Run(row.name, func(t *testing.T) {
			base := func(p string) string { return map[string]string{"prod": "me", "b": "b"}[p] }
			got := addStates([]deviceInfo{{Serial: serial, Profiles: row.named}}, row.answers, base)
			if len(got) != 1 || got[0].AWS.words() != row.want {
				t.Errorf("%+v: %q", got, got[0].AWS.words())
			}
		})
	}
	t.Run("what nothing here names is listed too, once", func(t *testing.T) {
		got := addStates([]deviceInfo{}, []answer{has, has}, func(string) string { return "" })
		if len(got) != 1 || got[0].Serial != serial || got[0].AWS.Status != stateEnabled {
			t.Errorf("%+v", got)
		}
	})
}
