package profiles

import (
	"path"
	"slices"
	"strings"
	"testing"
)

const estate = `
[profile me]
[profile prod-eu]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
[profile prod-us]
role_arn = arn:aws:iam::222222222222:role/team/Admin
source_profile = me
[profile staging]
[hatstand staging]
role_arn = arn:aws:iam::333333333333:role/Reader
source_profile = me
[profile prod-keys]
`

func TestAListNamesProfiles(t *testing.T) {
	set := mustParse(t, estate, "")
	for _, row := range []struct{ name, list, role, want, fails string }{
		{name: "names, in the list's order", list: "staging,prod-eu", want: "staging prod-eu"},
		{name: "a name is taken whether it has a role or not", list: "me", want: "me"},
		{name: "a glob takes profiles with a role", list: "prod-*", want: "prod-eu prod-us"},
		{name: "a glob may stand for everything", list: "*", want: "prod-eu prod-us staging"},
		{name: "? is one character", list: "prod-?s", want: "prod-us"},
		{name: "each is taken once", list: "prod-us,prod-*,prod-us", want: "prod-us prod-eu"},
		{name: "spaces beside commas do not count", list: " staging , me ", want: "staging me"},
		{name: "all of a role, its path left out", role: "Admin", want: "prod-eu prod-us"},
		{name: "a role may be a glob", role: "*e*", want: "staging"},
		{name: "a list and a role: both must fit", list: "prod-e*", role: "Admin", want: "prod-eu"},
		{name: "a typo is an error", list: "prod-eu,stagin", fails: `profile "stagin" not found`},
		{name: "a glob that takes nothing is an error", list: "dev-*", fails: `no profile with a role matches "dev-*"`},
		{name: "a glob that takes a base alone is an error", list: "m*", fails: `no profile with a role matches "m*"`},
		{name: "a role that nobody has is an error", role: "Root", fails: `no profile "*" has a role "Root"`},
		{name: "a name of another role is an error", list: "staging", role: "Admin", fails: `no profile "staging" has a role "Admin"`},
		{name: "an empty entry is an error", list: "prod-eu,", fails: `an empty name in the list of profiles "prod-eu,"`},
		{name: "an empty list is an error", fails: `an empty name in the list of profiles ""`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := set.Select(row.list, row.role)
			if strings.Join(got, " ") != row.want {
				t.Errorf("got %q", got)
			}
			if (err == nil) != (row.fails == "") || err != nil && !strings.Contains(err.Error(), row.fails) {
				t.Errorf("error: %v", err)
			}
		})
	}
}

// path.Match is the oracle where its rules are the same: no class, no escape, no slash.
func FuzzSelect(f *testing.F) {
	for _, seed := range []string{"a*b", "*", "??", "a**b?", "prod-*"} {
		f.Add(seed, "prod-eu")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if strings.ContainsAny(pattern, `[]\,/`) || !strings.ContainsAny(pattern, "*?") || pattern != strings.TrimSpace(pattern) || CheckName(name) != nil || strings.Contains(name, "/") {
			t.Skip()
		}
		set, err := Parse(File{Data: []byte("[profile \"" + name + "\"]\nrole_arn = arn:aws:iam::222222222222:role/R\n")}, File{})
		if err != nil {
			t.Skip()
		}
		want, err := path.Match(pattern, name)
		if err != nil {
			t.Skip()
		}
		got, err := set.Select(pattern, "")
		if want != slices.Equal(got, []string{name}) || want != (err == nil) {
			t.Errorf("%q and %q: got %q, %v", pattern, name, got, err)
		}
	})
}

func TestGlobsAmongNames(t *testing.T) {
	set, err := Parse(File{Path: "config", Data: []byte("[profile prod]\n[profile dev]\n[profile prod-eu]\n[profile 'a*']\n")}, File{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, names, want string }{
		{"no glob stays, known or not", "dev nope", "dev nope"},
		{"a glob is what it matches, in the file's order", "prod*", "prod prod-eu"},
		{"each name is there once", "prod* *od p??d dev", "prod prod-eu dev"},
		{"others come after the profiles", "*d*", "prod dev prod-eu corporate-d"},
		{"a profile of that very name is meant", "a*", "a*"},
		{"one that matches nothing", "dev x*", `no profile matches "x*"`},
	} {
		got, err := set.Expand(strings.Fields(row.names), "corporate-d")
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if text != row.want {
			t.Errorf("%s: %s", row.name, text)
		}
	}
	if _, err := set.Expand([]string{"dev", ""}); err == nil || err.Error() != "the profile's name is empty" {
		t.Error(err)
	}
}
