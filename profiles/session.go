package profiles

import (
	"slices"
	"strings"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
)

// Sessions are the names of the [sso-session] sections, each once, in the order of the config file.
func (s *Set) Sessions() []string {
	var names []string
	for sec := range s.config.file.Sections() {
		if name := string(sec.Name); sec.Kind == grammar.SSOSession && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Session is the sign-in of an [sso-session] section. How its services are reached comes from the environment, else
// from the first profile, by name, that names the session. An unknown session is an *Error of Kind UnknownSession. Of
// the request, only Getenv counts.
func (s *Set) Session(name string, req Request) (Grant, error) {
	return newWalk(s, Request{Getenv: req.Getenv}).session(name)
}

// session is the sign-in of an [sso-session] section. It leaves the walk where it is.
func (w *walk) session(name string) (Grant, error) {
	s := w.set
	settings, found, err := s.ssoSession(name)
	if err != nil {
		return Grant{}, err
	}
	if !found {
		return Grant{}, s.unknownSession(name, "session "+show.Quoted(name)+" not found in "+
			either([2]string{s.config.path}))
	}
	for _, needed := range [...]struct {
		key string
		Setting
	}{{"sso_start_url", settings.startURL}, {"sso_region", settings.region}} {
		if !needed.IsSet() {
			return Grant{}, &Error{Kind: SessionLacks, What: needed.key, Location: s.sessionLine(name),
				Reason: "the [sso-session " + name + "] section has no " + needed.key}
		}
	}
	if err := settings.check(""); err != nil {
		return Grant{}, err
	}
	g := Grant{Kind: SSO, Session: name, StartURL: settings.startURL.Value, Region: settings.region.Value}
	if g.Scopes, err = settings.scopeList(""); err != nil {
		return Grant{}, err
	}
	was, wasSelected := w.base, w.selected
	defer func() { w.base, w.selected = was, wasSelected }()
	w.base = &Profile{}
	for _, of := range slices.Sorted(slices.Values(s.Names())) {
		if p, ok := s.Profile(of); ok && p.err == nil && p.get("sso_session").Value == name {
			w.base = p
			break
		}
	}
	w.selected = w.base
	return g, w.reach(&g)
}

func (s *Set) sessionLine(name string) Location {
	for _, sec := range s.config.named(name) {
		if sec.Kind == grammar.SSOSession {
			return Location{s.config.path, sec.Line}
		}
	}
	return Location{}
}

func (s *Set) unknownSession(name, reason string) *Error {
	return &Error{Kind: UnknownSession, What: "sso_session", Name: name, Reason: reason,
		Files: [2]string{s.config.path}, set: s}
}

// Grants are the sign-ins that the credentials of any profile come from, each once, in the order of their keys. The
// request's Target and Source are ignored, and so are profiles that cannot be used.
func (s *Set) Grants(req Request) []Grant {
	byKey := map[string]Grant{}
	for _, name := range slices.Sorted(slices.Values(s.Names())) {
		if g := s.grantOf(name, req); !g.IsZero() {
			if _, there := byKey[g.Key()]; !there {
				byKey[g.Key()] = g
			}
		}
	}
	all := make([]Grant, 0, len(byKey))
	for _, g := range byKey {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b Grant) int { return strings.Compare(a.Key(), b.Key()) })
	return all
}

// ProfilesOf are the profiles whose credentials come from a sign-in, sorted by name: those with an account and a
// permission set, and roles on top of those. The request's Target and Source are ignored.
func (s *Set) ProfilesOf(grantKey string, req Request) []string {
	var names []string
	for _, name := range slices.Sorted(slices.Values(s.Names())) {
		if g := s.grantOf(name, req); !g.IsZero() && g.Key() == grantKey {
			names = append(names, name)
		}
	}
	return names
}

// grantOf is the sign-in that a profile's credentials come from; zero: none, or it cannot be used.
func (s *Set) grantOf(name string, req Request) Grant {
	req.Target, req.Source = name, ""
	c, err := s.Chain(req)
	if err != nil || !c.Base.SSO.GivesCredentials() {
		return Grant{}
	}
	return c.Base.Grant
}
