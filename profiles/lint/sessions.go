package lint

import (
	"errors"
	"slices"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/signins"
)

// sessions are the remarks on sections about sign-ins: a [hatstand-session NAME] without an [sso-session NAME], values
// in either that cannot be, and sections that profiles do not name, whose faults nobody else finds.
func (f file) sessions(set *profiles.Set) []Remark {
	var all []Remark
	seen := map[string]bool{}
	say := func(failed error) {
		err, ok := errors.AsType[*profiles.Error](failed)
		if !ok || seen[err.Error()] {
			return
		}
		seen[err.Error()] = true
		all = append(all, Remark{Location: err.Location, Text: err.Reason, Err: err})
	}
	// by a profile, whose chain has the section's faults
	named, oidc, saml := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range set.Profiles() {
		named[p.Get("sso_session").Value] = true
		oidc[p.Get("oidc").Value] = true
		saml[p.Get("saml").Value] = true
	}
	known := set.Sessions()
	for sec := range f.Sections() {
		name := string(sec.Name)
		if keys := signins.Sections(set, name); sec.Kind == grammar.HatstandOIDC || sec.Kind == grammar.HatstandSAML {
			if key := sec.Kind.Word(); len(keys) > 1 && keys[0] != keyOf(key, name) {
				all = append(all, f.remark(sec.Line, show.Quoted(name)+" is the name of several sign-ins, and login and logout take "+
					show.Printable(keys[0]), "rename one, or give this one as "+show.Printable(keyOf(key, name))))
			}
		}
		switch sec.Kind {
		case grammar.SSOSession:
			if !named[name] {
				_, err := set.Session(name, profiles.Request{})
				say(err)
			}
		case grammar.HatstandOIDC:
			if !oidc[name] {
				_, err := set.OIDC(name, profiles.Request{})
				say(err)
			}
		case grammar.HatstandSAML:
			if !saml[name] {
				_, err := set.SAML(name)
				say(err)
			}
			for _, key := range signins.SyncKeys() {
				_, err := signins.OfSAML(set, name, key)
				say(err)
			}
		case grammar.HatstandSession:
			if !slices.Contains(known, name) {
				all = append(all, f.remark(sec.Line, "there is no [sso-session "+name+"] for the section "+
					show.Quoted(name), "correct the name, or remove the section"))
			}
			for _, key := range signins.SessionKeys() {
				_, err := signins.OfSession(set, name, key)
				say(err)
			}
		}
	}
	return all
}

// keyOf is the key of a section's sign-in: of [hatstand-oidc x], oidc:x.
func keyOf(word, name string) string { return strings.TrimPrefix(word, "hatstand-") + ":" + name }
