package profiles

import (
	"slices"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
)

// oidcKey is the setting of a profile that names a [hatstand-oidc] section.
const oidcKey = "oidc"

// OIDCKeys are the settings that a [hatstand-oidc NAME] section may have.
func OIDCKeys() []string {
	return []string{"oidc_issuer", "oidc_client_id", "oidc_scopes", "oidc_redirect_port"}
}

// OIDCSections are the names of the [hatstand-oidc] sections, each once, in the order of the config file.
func (s *Set) OIDCSections() []string { return s.config.Names(grammar.HatstandOIDC) }

// OIDC is the sign-in of a [hatstand-oidc] section. One that is not there is an *Error of Kind UnknownOIDC. Which CA
// bundle the provider is reached with comes from the environment, else from the first profile, by name, that names the
// section. Of the request, only Getenv counts.
func (s *Set) OIDC(name string, req Request) (Grant, error) {
	w := newWalk(s, Request{Getenv: req.Getenv})
	w.base = &Profile{}
	for _, of := range slices.Sorted(slices.Values(s.Names())) {
		if p, ok := s.Profile(of); ok && p.err == nil && p.get(oidcKey).Value == name {
			w.base = p
			break
		}
	}
	w.selected = w.base
	return w.oidc(name, "", Setting{})
}

// oidc reads a [hatstand-oidc] section, which a profile names at a setting, if any.
func (w *walk) oidc(name, profile string, named Setting) (Grant, error) {
	entries, found, err := w.set.section(grammar.HatstandOIDC, name)
	if err != nil {
		return Grant{}, err
	}
	section := "[" + grammar.HatstandOIDC.Word() + " " + show.Printable(name) + "]"
	if !found {
		return Grant{}, &Error{Kind: UnknownOIDC, Profile: profile, What: oidcKey, Name: name,
			Location: named.Location(), Reason: "oidc " + show.Quoted(name) + " not found: there is no " + section + " section", set: w.set}
	}
	issuer, client := entries.Find("oidc_issuer"), entries.Find("oidc_client_id")
	scopes, port := entries.Find("oidc_scopes"), entries.Find("oidc_redirect_port")
	for _, needed := range [...]struct {
		key string
		at  Setting
	}{{"oidc_issuer", issuer}, {"oidc_client_id", client}} {
		if !needed.at.IsSet() {
			return Grant{}, &Error{Kind: SectionLacks, What: needed.key, Name: section,
				Location: w.set.config.Location(grammar.HatstandOIDC, name), Reason: "the " + section + " section has no " + needed.key}
		}
	}
	g := Grant{Kind: OIDC, Session: name, Issuer: issuer.Value, ClientID: client.Value, Scopes: "openid"}
	if err := limits.CheckIssuer(issuer.Value); err != nil {
		return Grant{}, SettingError(profile, "oidc_issuer", issuer, err)
	}
	if err := limits.CheckClientID(client.Value); err != nil {
		return Grant{}, SettingError(profile, "oidc_client_id", client, err)
	}
	if scopes.IsSet() {
		if g.Scopes, err = limits.ParseOIDCScopes(scopes.Value); err != nil {
			return Grant{}, SettingError(profile, "oidc_scopes", scopes, err)
		}
	}
	if port.IsSet() {
		if g.RedirectPort, err = limits.ParsePort(port.Value); err != nil {
			return Grant{}, SettingError(profile, "oidc_redirect_port", port, err)
		}
	}
	bundle, _ := w.pick("AWS_CA_BUNDLE", "ca_bundle", []*Profile{w.base, w.selected})
	g.Service.CABundle = bundle.Value
	return g, nil
}

// withToken refuses what AWS does not take with a token: whoever has set it counts on it.
func (p *Profile) withToken() error {
	for _, key := range [...]string{"external_id", "source_identity", "session_tags", "transitive_session_tags"} {
		if at := p.get(key); at.IsSet() {
			return p.wrong(NotWithToken, key, at, key+" cannot be asked for with oidc: the provider decides")
		}
	}
	return nil
}
