package profiles

import (
	"errors"
	"slices"

	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
)

// SAMLKeys are the settings of a [hatstand-saml NAME] section that say how to sign in.
func SAMLKeys() []string {
	return []string{"saml_url", "saml_method", "saml_port", "saml_process", "browser"}
}

// SAMLSections are the names of the [hatstand-saml] sections, each once, in the order of the config file.
func (s *Set) SAMLSections() []string { return s.config.Names(grammar.HatstandSAML) }

// SAML reads and checks a [hatstand-saml NAME] section. One that is not there is an *Error of Kind UnknownSAML.
func (s *Set) SAML(name string) (SAMLSetting, error) {
	out := SAMLSetting{Name: name, Method: SAMLChrome}
	entries, found, err := s.section(grammar.HatstandSAML, name)
	switch {
	case err != nil:
		return out, err
	case !found:
		return out, &Error{Kind: UnknownSAML, What: "saml", Name: name, Files: [2]string{s.config.Path}, set: s,
			Reason: "[hatstand-saml " + show.Printable(name) + "] not found in " + either([2]string{s.config.Path})}
	}
	url, method, port := entries.Find("saml_url"), entries.Find("saml_method"), entries.Find("saml_port")
	out.URL, out.Process, out.Browser = url.Value, entries.Find("saml_process"), entries.Find("browser")
	if method.IsSet() {
		out.Method = method.Value
		if !slices.Contains([]string{SAMLChrome, SAMLACS, SAMLProcess}, method.Value) {
			return out, wrongValue(Invalid, "", "saml_method", method, "is none of chrome, acs, process")
		}
	}
	if out.Browser.IsSet() {
		if _, err := cmdline.Split(out.Browser.Value); err != nil {
			return out, &Error{What: "browser", Location: out.Browser.Location(), Reason: "browser: the command " + err.Error()}
		}
	}
	if url.IsSet() {
		if err := limits.CheckSAMLURL(url.Value); err != nil {
			return out, SettingError("", "saml_url", url, err)
		}
	}
	if port.IsSet() {
		if out.Port, err = limits.ParsePort(port.Value); err != nil {
			return out, SettingError("", "saml_port", port, err)
		}
	}
	if out.Process.IsSet() {
		if _, err := cmdline.Split(out.Process.Value); err != nil {
			return out, &Error{What: "saml_process", Location: out.Process.Location(), Reason: "saml_process " + err.Error()}
		}
	}
	return out, s.samlLacks(out, url, port)
}

// samlLacks is the error of a section without what its method needs.
func (s *Set) samlLacks(is SAMLSetting, url, port Setting) error {
	missing := ""
	switch {
	case is.Method == SAMLProcess && !is.Process.IsSet():
		missing = "saml_process"
	case is.Method != SAMLProcess && !url.IsSet():
		missing = "saml_url"
	case is.Method == SAMLACS && !port.IsSet():
		missing = "saml_port"
	default:
		return nil
	}
	section := "[" + grammar.HatstandSAML.Word() + " " + show.Printable(is.Name) + "]"
	return &Error{Kind: SectionLacks, What: missing, Name: section,
		Location: s.config.Location(grammar.HatstandSAML, is.Name),
		Reason:   "the " + section + " section has no " + missing + ", which saml_method = " + is.Method + " needs"}
}

const samlKey, samlProviderKey = "saml", "saml_provider_arn"

// samlBase fills in a base whose role is assumed with a SAML assertion.
func (w *walk) samlBase(p *Profile, b *Base) error {
	b.Kind = SAML
	named, provider := p.get(samlKey), p.get(samlProviderKey)
	if _, err := p.oneSource(); err != nil {
		return err
	}
	if !p.get("role_arn").IsSet() {
		return p.wrong(TokenWithoutRole, "role_arn", named, samlKey+" needs role_arn")
	}
	// AWS takes none of these with an assertion. Where they are set, whoever has set them counts on them.
	for _, key := range [...]string{"external_id", "role_session_name", "source_identity", "session_tags",
		"transitive_session_tags"} {
		if at := p.get(key); at.IsSet() {
			return p.wrong(NotWithSAML, key, at, key+" cannot be asked for with saml: the provider decides")
		}
	}
	var err error
	if b.SAML, err = w.set.SAML(named.Value); err != nil {
		if unknown, ok := errors.AsType[*Error](err); ok && unknown.Kind == UnknownSAML {
			unknown.Profile, unknown.Location = p.Name, named.Location()
			unknown.Reason = "saml " + show.Quoted(named.Value) + " not found: there is no [hatstand-saml " +
				show.Printable(named.Value) + "] section"
		}
		return err
	}
	if provider.IsSet() {
		if err := limits.CheckSAMLProviderARN(provider.Value); err != nil {
			return SettingError(p.Name, samlProviderKey, provider, err)
		}
	}
	b.SAMLProvider = provider.Value
	b.SAMLRole, err = p.role()
	return err
}
