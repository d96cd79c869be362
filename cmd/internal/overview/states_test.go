package overview

import (
	"slices"
	"testing"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/credproc"
	"hatstand/profiles"
)

// named is a keyring that has items of those names.
type named []string

func (n named) Keys(profile string) bool { return slices.Contains(n, "keys "+profile) }
func (n named) Seed(serial string) bool  { return slices.Contains(n, "seed "+serial) }
func (n named) Session(id cache.SessionID) bool {
	return slices.Contains(n, id.Base+id.Grant+" "+id.Hash)
}

func TestStateOf(t *testing.T) {
	t.Parallel()
	session := credproc.Step{Call: credproc.GetSessionToken, Serial: "device", Item: credproc.Item{Base: "me", Hash: "session"}}
	role := credproc.Step{Call: credproc.AssumeRole, Item: credproc.Item{Base: "me", Hash: "role"}}
	coded := role
	coded.Serial = "device"
	exchange := credproc.Step{Call: credproc.GetRoleCredentials, Grant: profiles.Grant{Session: "corp"}, Item: credproc.Item{Grant: "sso:corp", Hash: "set"}}
	chained := credproc.Step{Call: credproc.AssumeRole, Item: credproc.Item{Grant: "sso:corp", Hash: "role"}}
	keys := profiles.Base{Kind: profiles.Keyring, Profile: "me"}
	program := profiles.Setting{Value: "code"}
	none := func(string) bool { return false }
	corp := func(grant string) bool { return grant == "sso:corp" }
	for _, row := range []struct {
		name    string
		base    profiles.Base
		steps   []credproc.Step
		program profiles.Setting
		items   named
		signIns func(string) bool
		want    app.State
	}{
		{"nothing is cached", keys, []credproc.Step{session, role}, profiles.Setting{}, named{"keys me"}, none, app.NeedsCode},
		{"the role is cached", keys, []credproc.Step{session, role}, profiles.Setting{}, named{"keys me", "me role"}, none, app.Cached},
		{"the session is cached", keys, []credproc.Step{session, role}, profiles.Setting{}, named{"keys me", "me session"}, none, app.Unknown},
		{"the session is what is asked for", keys, []credproc.Step{session}, profiles.Setting{}, named{"keys me", "me session"}, none, app.Cached},
		{"the code goes with the role's call", keys, []credproc.Step{coded}, profiles.Setting{}, named{"keys me"}, none, app.NeedsCode},
		{"a seed is stored", keys, []credproc.Step{session, role}, profiles.Setting{}, named{"keys me", "seed device"}, none, app.Unknown},
		{"a program gives the code", keys, []credproc.Step{session, role}, program, named{"keys me"}, none, app.Unknown},
		{"there are no keys", keys, []credproc.Step{session, role}, profiles.Setting{}, nil, none, app.NeedsKeys},
		{"no device", keys, []credproc.Step{role}, profiles.Setting{}, named{"keys me"}, none, app.Unknown},
		{"no call", profiles.Base{Kind: profiles.Static}, nil, profiles.Setting{}, nil, none, app.Unknown},
		{"nobody is signed in", profiles.Base{Kind: profiles.SSO}, []credproc.Step{exchange, chained}, profiles.Setting{}, nil, none, app.NeedsSignIn},
		{"somebody is", profiles.Base{Kind: profiles.SSO}, []credproc.Step{exchange, chained}, profiles.Setting{}, nil, corp, app.SignedIn},
		{"the permission set is cached", profiles.Base{Kind: profiles.SSO}, []credproc.Step{exchange, chained}, profiles.Setting{}, named{"sso:corp set"}, none, app.Unknown},
		{"and is what is asked for", profiles.Base{Kind: profiles.SSO}, []credproc.Step{exchange}, profiles.Setting{}, named{"sso:corp set"}, none, app.Cached},
		{"the sign-in is in the AWS CLI's files", profiles.Base{Kind: profiles.SSO}, []credproc.Step{exchange}, profiles.Setting{}, nil, nil, app.Unknown},
	} {
		p := credproc.Plan{Base: row.base, Steps: row.steps, MFAProcess: row.program}
		if got := stateOf(p, row.items, row.signIns); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}
