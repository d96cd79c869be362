// Package naming makes the names of profiles from the accounts and permission sets that a person may use: by a
// template, the same name for the same listing, and never one name for two of them.
//
// It is pure, and knows neither files nor where the listing comes from.
package naming

import (
	"maps"
	"slices"
	"strings"

	"hatstand/profiles/internal/glob"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
)

// A Role is what a profile is made for.
type Role struct {
	AccountID string
	Account   string // the account's name, as it is listed
	Email     string // the account's
	Name      string // the permission set's
}

// DefaultTemplate is the template where none is given.
const DefaultTemplate = "{account}-{role}"

// An Error is a template, or a name that it made, that cannot be.
type Error struct {
	Name   string // the name that it made; "": the template itself is wrong
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// Matches reports whether a role is among those wanted: accounts and roles are comma-separated lists of globs, and an
// empty one wants all. An account matches by its name as it is listed, by how it is written in a profile's name, or by
// its ID.
func (r Role) Matches(accounts, roles string) bool {
	return glob.MatchAny(accounts, r.Account, r.AccountID, r.slug()) && glob.MatchAny(roles, r.Name)
}

// CheckTemplate checks that a template has no other words in braces than those that Names knows.
func CheckTemplate(template string) error {
	_, err := fill(template, "x", Role{AccountID: "0", Account: "x", Email: "x", Name: "x"})
	return err
}

// Names are the names of the roles' profiles, in their order. Roles to which the template gives the same name get
// -ACCOUNTID behind it each. A name that no profile can have, or one for two roles of an account, is an *Error.
func Names(template, session string, roles []Role) ([]string, error) {
	names := make([]string, len(roles))
	who := map[string]map[Role]bool{} // by name
	for i, r := range roles {
		name, err := fill(template, session, r)
		if err != nil {
			return nil, err
		}
		names[i] = name
		add(who, name, r)
	}
	final := map[string]map[Role]bool{}
	for i, r := range roles {
		if len(who[names[i]]) > 1 {
			names[i] += "-" + r.AccountID
		}
		add(final, names[i], r)
	}
	for _, name := range slices.Sorted(maps.Keys(final)) {
		if err := check(name, final[name]); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func add(who map[string]map[Role]bool, name string, r Role) {
	if who[name] == nil {
		who[name] = map[Role]bool{}
	}
	who[name][Role{AccountID: r.AccountID, Name: r.Name}] = true
}

// check checks a name, and that it is that of one role.
func check(name string, of map[Role]bool) error {
	var all []string
	for r := range of {
		all = append(all, r.Name+" in "+r.AccountID)
	}
	slices.Sort(all)
	wrong := func(reason string) error {
		return &Error{Name: name, Reason: "profile name " + show.Quoted(name) + " of " + strings.Join(all, " and ") +
			" " + reason}
	}
	switch {
	case len(of) > 1:
		return wrong("would be the name of two profiles: the template must tell them apart")
	case name == "default":
		return wrong("cannot be used: programs use the profile of that name by default")
	case !grammar.ValidName(name):
		return wrong("may not be empty, nor have spaces at its ends, control characters, quotes or any of [ ] # ; \\")
	case name[0] == '-':
		return wrong("would look like a flag on a command line")
	}
	return nil
}

// fill writes a role's values in place of the words in braces.
func fill(template, session string, r Role) (string, error) {
	if template == "" {
		template = DefaultTemplate
	}
	values := map[string]string{"account": r.slug(), "account_id": r.AccountID, "role": r.Name, "email": r.Email,
		"session": session}
	var name strings.Builder
	for rest := template; rest != ""; {
		text, after, open := strings.Cut(rest, "{")
		name.WriteString(text)
		word, after, closed := strings.Cut(after, "}")
		switch {
		case strings.Contains(text, "}"), open && !closed, open && strings.Contains(word, "{"):
			return "", &Error{Reason: "has a brace without its partner"}
		case !open:
			return name.String(), nil
		}
		value, known := values[word]
		if !known {
			return "", &Error{Reason: "has {" + word + "} in it: the words that it may have in braces are " +
				"account, account_id, role, email and session"}
		}
		name.WriteString(value)
		rest = after
	}
	return name.String(), nil
}

// slug is an account's name in lower case, with a '-' for each run of characters other than a-z 0-9 . _ between others.
// Where nothing is left, it is the account's ID.
func (r Role) slug() string {
	parts := strings.FieldsFunc(strings.ToLower(r.Account), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_'
	})
	if len(parts) == 0 {
		return r.AccountID
	}
	return strings.Join(parts, "-")
}
