package signins

import (
	"maps"
	"slices"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/spelling"
)

// All are the sign-ins that the credentials of any profile come from, each once, in the order of their keys. The
// request's Target and Source are ignored, and so are profiles that cannot be used.
func All(set *profiles.Set, req profiles.Request) []profiles.Grant {
	byKey := map[string]profiles.Grant{}
	for _, name := range slices.Sorted(slices.Values(set.Names())) {
		if g := ofProfile(set, name, req); !g.IsZero() {
			if _, there := byKey[g.Key()]; !there {
				byKey[g.Key()] = g
			}
		}
	}
	return sorted(slices.Collect(maps.Values(byKey)))
}

func sorted(all []profiles.Grant) []profiles.Grant {
	slices.SortFunc(all, func(a, b profiles.Grant) int { return strings.Compare(a.Key(), b.Key()) })
	return all
}

// Known are All, and the sign-ins of sections that no profile uses: a person may be signed in there too. Sections that
// cannot be used are left out.
func Known(set *profiles.Set, req profiles.Request) []profiles.Grant {
	known := All(set, req)
	for _, name := range Names(set) {
		for _, key := range Sections(set, name) {
			if strings.HasPrefix(key, "saml:") || slices.ContainsFunc(known, hasKey(key)) {
				continue
			}
			if g, err := Named(set, key, req); err == nil {
				known = append(known, g)
			}
		}
	}
	return sorted(known)
}

func hasKey(key string) func(profiles.Grant) bool {
	return func(g profiles.Grant) bool { return g.Key() == key }
}

// ProfilesOf are the profiles whose credentials come from a sign-in, sorted by name: those with an account and a
// permission set, and roles on top of those. The request's Target and Source are ignored.
func ProfilesOf(set *profiles.Set, grantKey string, req profiles.Request) []string {
	var names []string
	for _, name := range slices.Sorted(slices.Values(set.Names())) {
		if g := ofProfile(set, name, req); !g.IsZero() && g.Key() == grantKey {
			names = append(names, name)
		}
	}
	return names
}

// ofProfile is the sign-in that a profile's credentials come from; zero: none, or it cannot be used.
func ofProfile(set *profiles.Set, name string, req profiles.Request) profiles.Grant {
	req.Target, req.Source = name, ""
	c, err := set.Chain(req)
	if err != nil || !c.Base.GivesCredentials() {
		return profiles.Grant{}
	}
	return c.Base.Grant
}

// ProfilesOfSAML are the profiles whose credentials come from the sign-in of a [hatstand-saml] section, sorted by name:
// those of its roles, and roles on top of those. The request's Target and Source are ignored.
func ProfilesOfSAML(set *profiles.Set, section string, req profiles.Request) []string {
	var names []string
	for _, name := range slices.Sorted(slices.Values(set.Names())) {
		req.Target, req.Source = name, ""
		if c, err := set.Chain(req); err == nil && section != "" && c.Base.SAML.Name == section {
			names = append(names, name)
		}
	}
	return names
}

// Names are the names of all sections that say where to sign in, each once.
func Names(set *profiles.Set) []string {
	names := set.Sessions()
	for _, name := range set.OIDCSections() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Similar are at most three sign-ins with a name like it, SAML's too, the closest first.
func Similar(set *profiles.Set, name string) []string {
	return spelling.Similar(name, append(Names(set), set.SAMLSections()...))
}

// Sections are the keys of the sign-ins that a name may mean, as sso:corp, oidc:corp and saml:corp. The first is meant;
// a key itself means that one alone.
func Sections(set *profiles.Set, name string) (keys []string) {
	for _, kind := range []struct {
		prefix string
		names  []string
	}{{"sso:", set.Sessions()}, {"oidc:", set.OIDCSections()}, {"saml:", set.SAMLSections()}} {
		if slices.Contains(kind.names, name) {
			keys = append(keys, kind.prefix+name)
		}
	}
	for _, prefix := range []string{"sso:", "oidc:", "saml:"} {
		if bare, ok := strings.CutPrefix(name, prefix); ok && len(keys) == 0 && slices.Contains(Sections(set, bare), name) {
			return []string{name}
		}
	}
	return keys
}

// Named is the sign-in of a section: an [sso-session], else a [hatstand-oidc], or the one with that key. Of the request,
// only Getenv counts.
func Named(set *profiles.Set, name string, req profiles.Request) (profiles.Grant, error) {
	if keys := Sections(set, name); len(keys) == 1 && keys[0] == name {
		kind, bare, _ := strings.Cut(name, ":")
		if kind == "oidc" {
			return set.OIDC(bare, req)
		}
		return set.Session(bare, req)
	}
	if !slices.Contains(set.Sessions(), name) && slices.Contains(set.OIDCSections(), name) {
		return set.OIDC(name, req)
	}
	return set.Session(name, req)
}

// OfStartURL is the sign-in of profiles in the older form, by its start URL; ok is false where no profile has it.
func OfStartURL(set *profiles.Set, url string, req profiles.Request) (g profiles.Grant, ok bool) {
	if !strings.Contains(url, "://") {
		return profiles.Grant{}, false
	}
	for _, g := range All(set, req) {
		if g.OlderForm() && g.SentStartURL() == profiles.TrimStartURL(url) {
			return g, true
		}
	}
	return profiles.Grant{}, false
}
