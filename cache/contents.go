package cache

import (
	"slices"
	"strings"
)

// Contents are what a keyring has, by the names of its items.
type Contents struct {
	Keys     []string // profiles with long-lived keys
	Seeds    []string // serials of MFA devices
	SignIns  []string // keys of grants: "sso:corp", "saml:corp"
	Sessions int      // temporary credentials, expired ones too
	Others   int      // what is none of these, and is hatstand's
}

// Contents lists what there is, each list in order. It leaves out items that are not hatstand's.
func (l Listing) Contents() Contents {
	names := make([]string, 0, len(l.names))
	for name := range l.names {
		names = append(names, name)
	}
	slices.Sort(names)
	c := Contents{
		Keys: decoded(names, keysPrefix), Seeds: decoded(names, seedPrefix),
		SignIns: append(decoded(names, GrantToken.prefix()), decoded(names, GrantPerson.prefix())...),
	}
	for _, name := range names {
		switch {
		case ofSession(name):
			c.Sessions++
		case ofKind(name, keysPrefix, seedPrefix, GrantToken.prefix(), GrantPerson.prefix()):
		case ofKind(name, rotationPrefix, GrantClient.prefix(), GrantPending.prefix()):
			c.Others++
		}
	}
	return c
}

// Empty reports whether there is nothing.
func (c Contents) Empty() bool {
	return len(c.Keys)+len(c.Seeds)+len(c.SignIns)+c.Sessions+c.Others == 0
}

func ofKind(name string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
