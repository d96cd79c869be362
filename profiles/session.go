package profiles

import (
	"slices"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
)

// Sessions are the names of the [sso-session] sections, each once, in the order of the config file.
func (s *Set) Sessions() []string { return s.config.Names(grammar.SSOSession) }

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
			either([2]string{s.config.Path}))
	}
	for _, needed := range [...]struct {
		key string
		Setting
	}{{"sso_start_url", settings.startURL}, {"sso_region", settings.region}} {
		if !needed.IsSet() {
			return Grant{}, &Error{Kind: SessionLacks, What: needed.key,
				Location: s.config.Location(grammar.SSOSession, name),
				Reason:   "the [sso-session " + name + "] section has no " + needed.key}
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

// Removed is a sign-in that the files do not have any more, with how its services are reached: the environment alone says
// that. Of the request, only Getenv counts.
func (s *Set) Removed(g Grant, req Request) (Grant, error) {
	w := newWalk(s, Request{Getenv: req.Getenv})
	w.base = &Profile{}
	w.selected = w.base
	if g.Kind == SSO {
		return g, w.reach(&g)
	}
	bundle, _ := w.pick("AWS_CA_BUNDLE", "ca_bundle", []*Profile{w.base})
	g.Service.CABundle = bundle.Value
	return g, nil
}

func (s *Set) unknownSession(name, reason string) *Error {
	return &Error{Kind: UnknownSession, What: "sso_session", Name: name, Reason: reason,
		Files: [2]string{s.config.Path}, set: s}
}

// HatstandSAML is a setting in [hatstand-saml NAME], as it is written. key is in lower case.
func (s *Set) HatstandSAML(name, key string) (Setting, error) {
	entries, _, err := s.section(grammar.HatstandSAML, name)
	return entries.Find(key), err
}

// HatstandSession is a setting in [hatstand-session NAME], which holds what AWS's own programs do not know about a
// session, as it is written. key is in lower case. The zero Setting: it is not set there, and [hatstand] may have it.
func (s *Set) HatstandSession(name, key string) (Setting, error) {
	entries, _, err := s.section(grammar.HatstandSession, name)
	return entries.Find(key), err
}

// SignInSetting is a setting that a sign-in has from its section, or, in the older form, from the first profile by name
// with its start URL. The zero Setting: it is not set.
func (s *Set) SignInSetting(g Grant, key string) Setting {
	kind := grammar.SSOSession
	switch {
	case g.Kind == OIDC:
		kind = grammar.HatstandOIDC
	case g.Kind != SSO:
		return Setting{}
	case g.Session == "":
		for _, of := range slices.Sorted(slices.Values(s.Names())) {
			p, ok := s.Profile(of)
			if ok && !p.get("sso_session").IsSet() && TrimStartURL(p.get("sso_start_url").Value) == g.SentStartURL() {
				return p.get(key)
			}
		}
		return Setting{}
	}
	entries, _, _ := s.section(kind, g.Session)
	return entries.Find(key)
}
