package naming

import (
	"errors"
	"strings"
	"testing"

	"hatstand/profiles/internal/grammar"
)

func TestNames(t *testing.T) {
	const dev, prod = "111111111111", "222222222222"
	for _, row := range []struct {
		claim, template, session string
		roles                    []Role
		want                     string // separated by spaces; or the error
	}{
		{"account and role are the default", "", "corp", []Role{{dev, "Dev", "", "Admin"}, {prod, "prod", "", "ReadOnly"}}, "dev-Admin prod-ReadOnly"},
		{"every word", "{session}/{account_id}/{account}/{role}/{email}", "corp", []Role{{dev, "Dev", "dev+1@example.com", "Admin"}}, "corp/111111111111/dev/Admin/dev+1@example.com"},
		{"a name is written in lower case, with - for runs of other characters", "{account}", "", []Role{{dev, "My  Company: Dev_1.0 (EU)", "", "x"}}, "my-company-dev_1.0-eu"},
		{"a name in another script is the ID", "{account}-{role}", "", []Role{{dev, "開発", "", "Admin"}}, "111111111111-Admin"},
		{"the role's name is as it is", "{role}", "", []Role{{dev, "", "", "Power_User+x=1,2.3@x-y"}}, "Power_User+x=1,2.3@x-y"},
		{"two that agree get their accounts", "", "", []Role{{dev, "Dev", "", "Admin"}, {prod, "DEV", "", "Admin"}, {prod, "DEV", "", "Read"}}, "dev-Admin-111111111111 dev-Admin-222222222222 dev-Read"},
		{"a role that is listed twice is one", "", "", []Role{{dev, "Dev", "", "Admin"}, {dev, "Dev", "", "Admin"}}, "dev-Admin dev-Admin"},
		{"two roles of one account need a word that tells them apart", "{account}", "", []Role{{dev, "Dev", "", "Admin"}, {dev, "Dev", "", "Read"}},
			`profile name "dev-111111111111" of Admin in 111111111111 and Read in 111111111111 would be the name of two profiles: the template must tell them apart`},
		{"a name that is another one's with its account", "{account}", "", []Role{{dev, "x", "", "Admin"}, {prod, "X", "", "Admin"}, {"333333333333", "x-111111111111", "", "A"}},
			`profile name "x-111111111111" of A in 333333333333 and Admin in 111111111111 would be the name of two profiles: the template must tell them apart`},
		{"default", "{account}", "", []Role{{dev, "Default", "", "Admin"}}, `profile name "default" of Admin in 111111111111 cannot be used: programs use the profile of that name by default`},
		{"a flag", "-{account}", "", []Role{{dev, "Dev", "", "Admin"}}, `profile name "-dev" of Admin in 111111111111 would look like a flag on a command line`},
		{"nothing", "{email}", "", []Role{{dev, "Dev", "", "Admin"}}, `profile name "" of Admin in 111111111111 may not be empty, nor have spaces at its ends, control characters, quotes or any of [ ] # ; \`},
		{"no profile's name", "[{account}]", "", []Role{{dev, "Dev", "", "Admin"}}, `profile name "[dev]" of Admin in 111111111111 may not be empty, nor have spaces at its ends, control characters, quotes or any of [ ] # ; \`},
		{"a word that is none", "{acount}", "", []Role{{dev, "Dev", "", "Admin"}}, "has {acount} in it: the words that it may have in braces are account, account_id, role, email and session"},
		{"an open brace", "{account", "", []Role{{dev, "Dev", "", "Admin"}}, "has a brace without its partner"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			names, err := Names(row.template, row.session, row.roles)
			got := strings.Join(names, " ")
			if err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if _, ok := errors.AsType[*Error](err); err != nil && !ok {
				t.Errorf("%T", err)
			}
		})
	}
}

func TestCheckTemplate(t *testing.T) {
	for template, ok := range map[string]bool{"": true, "{account}": true, "x{role}y": true, "plain": true, "{": false, "}": false, "{}": false, "{account}}": false,
		"{{account}}": false, "{Account}": false, "{account} }": false} {
		if err := CheckTemplate(template); (err == nil) != ok {
			t.Errorf("%q: %v", template, err)
		}
	}
}

func TestMatches(t *testing.T) {
	r := Role{AccountID: "111111111111", Account: "Dev (EU)", Name: "Admin"}
	for lists, want := range map[[2]string]bool{
		{"", ""}: true, {"Dev*", ""}: true, {"dev-eu", ""}: true, {"1*1", "A*"}: true, {"prod, dev-*", "Read , Admin"}: true, {"dev", ""}: false, {"", "admin"}: false, {"2*", "*"}: false,
	} {
		if got := r.Matches(lists[0], lists[1]); got != want {
			t.Errorf("%q: %v", lists, got)
		}
	}
}

// Whatever the listing and the template: no name is that of two roles, each is a profile's, and none depends on the
// order of the listing.
func FuzzNames(f *testing.F) {
	f.Add("{account}-{role}", "Dev", "Admin", "dev", "Admin")
	f.Add("{role}", "a", "x", "b", "x")
	f.Add("{account}", "x", "A", "x-222222222222", "A")
	f.Fuzz(func(t *testing.T, template, account1, role1, account2, role2 string) {
		roles := []Role{{"111111111111", account1, "e", role1}, {"222222222222", account2, "e", role2}, {"222222222222", account2, "e", role1}}
		names, err := Names(template, "s", roles)
		back := []Role{roles[2], roles[1], roles[0]}
		other, otherErr := Names(template, "s", back)
		if (err == nil) != (otherErr == nil) || err != nil && err.Error() != otherErr.Error() && CheckTemplate(template) == nil {
			t.Fatalf("%v, %v", err, otherErr)
		}
		if err != nil {
			return
		}
		of := map[string]Role{}
		for i, name := range names {
			if other[2-i] != name {
				t.Errorf("%q, and %q in another order", name, other[2-i])
			}
			same := Role{AccountID: roles[i].AccountID, Name: roles[i].Name}
			if before, there := of[name]; there && before != same {
				t.Errorf("%q is %v and %v", name, before, same)
			}
			of[name] = same
			if !grammar.ValidName(name) || name[0] == '-' {
				t.Errorf("%q is no name", name)
			}
		}
	})
}
