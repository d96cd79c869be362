package saml

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Provider is the provider by which a role is assumed: wanted, or the only one. "" as wanted: none is chosen. The error
// is an *Error.
func (a Assertion) Provider(role, wanted string) (string, error) {
	if a.encrypted && len(a.Offers) == 0 {
		if wanted == "" {
			return "", &Error{Kind: Encrypted, Subject: role,
				Reason: "the assertion is encrypted, so hatstand cannot see by which provider " + role + " is assumed"}
		}
		return wanted, nil
	}
	var by []string
	for _, o := range a.Offers {
		if o.Role == role {
			by = append(by, o.Provider)
		}
	}
	switch {
	case len(by) == 0:
		return "", &Error{Kind: NotOffered, Subject: role,
			Reason: "the assertion does not offer " + role + "; it offers " + list(a.Roles())}
	case wanted != "" && !slices.Contains(by, wanted):
		return "", &Error{Kind: NotOffered, Subject: role,
			Reason: "the assertion does not offer " + role + " by " + wanted + ", but by " + list(by)}
	case wanted != "":
		return wanted, nil
	case len(by) > 1:
		return "", &Error{Kind: SeveralProviders, Subject: role,
			Reason: "the assertion offers " + role + " by several providers: " + list(by)}
	}
	return by[0], nil
}

// Roles are the roles that it offers, each once, sorted.
func (a Assertion) Roles() []string {
	var all []string
	for _, o := range a.Offers {
		all = append(all, o.Role)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Listing is all that it offers, sorted: each role once, by the first of its providers. The error is an *Error.
func (a Assertion) Listing() ([]Offer, error) {
	if a.encrypted {
		return nil, &Error{Kind: Encrypted, Reason: "the assertion is encrypted, so hatstand cannot see which roles it offers"}
	}
	all := slices.Clone(a.Offers)
	slices.SortFunc(all, func(a, b Offer) int {
		return cmp.Or(strings.Compare(a.Role, b.Role), strings.Compare(a.Provider, b.Provider))
	})
	return slices.CompactFunc(all, func(a, b Offer) bool { return a.Role == b.Role }), nil
}

// listed is how many names an error has.
const listed = 20

func list(names []string) string {
	if more := len(names) - listed; more > 0 {
		return strings.Join(names[:listed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// Durations that STS gives a role session (the STS API reference, AssumeRoleWithSAML, DurationSeconds).
const (
	shortest = 15 * time.Minute
	longest  = 12 * time.Hour
)

// Duration is the session duration that the provider says; 0: it does not. STS itself uses it only for opening the
// console, so a call for credentials has to ask for that duration explicitly. The error is an *Error.
func (a Assertion) Duration() (time.Duration, error) {
	if a.sessionDuration == "" {
		return 0, nil
	}
	seconds, err := strconv.Atoi(a.sessionDuration)
	d := time.Duration(seconds) * time.Second
	if err != nil || seconds > int(longest/time.Second) || d < shortest {
		return 0, &Error{Kind: BadDuration, Subject: a.sessionDuration, Reason: fmt.Sprintf(
			"the assertion's SessionDuration %.20q is not 900 to 43200 seconds", a.sessionDuration)}
	}
	return d, nil
}
