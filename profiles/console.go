package profiles

import (
	"cmp"
	"strings"

	"hatstand/profiles/partitions"
)

// consoleKey is the setting that says whose session of the console a profile uses.
const consoleKey = "login_session"

// Console returns the console sign-in that a profile is to use. It has no ARN yet: anybody may sign in. The profile
// need not exist. was is its login_session. If the profile gets credentials from elsewhere, the error is an *Error.
func (s *Set) Console(name string, req Request) (g Grant, was Setting, err error) {
	w := newWalk(s, req)
	p, ok := s.Profile(name)
	if !ok {
		p = &Profile{Name: name}
	}
	if p.err != nil {
		return Grant{}, was, p.err
	}
	w.first, w.base, w.selected = p, p, p
	was = p.get(consoleKey)
	if role := p.get("role_arn"); role.IsSet() {
		return Grant{}, was, p.wrong(Invalid, consoleKey, role,
			"it has a role_arn: let another profile sign in to the console, and name that as source_profile")
	}
	if w.chain.Base, err = w.baseAt(p); err != nil && !was.IsSet() {
		return Grant{}, was, err
	}
	if kind := w.chain.Base.Kind; kind != Keyring && kind != LoginSession {
		return Grant{}, was, p.wrong(Invalid, consoleKey, Setting{},
			"it gets its credentials from "+kind.String()+", which login_session would replace")
	}
	region, err := checkedRegion(name, Setting{Value: req.Region, Path: "--region"})
	if err == nil && region == "" {
		region, err = checkedRegion(name, p.get("region"))
	}
	if err != nil {
		return Grant{}, was, err
	}
	partition := cmp.Or(partitions.OfARN(strings.TrimSpace(was.Value)), "aws")
	w.chain.SessionRegion = cmp.Or(region, partitions.LeaderRegion(partition))
	g, err = w.console("")
	return g, was, err
}
