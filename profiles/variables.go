package profiles

import (
	"strings"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/limits"
)

// variables are the SDKs' variables for where the selected profile sends calls. In the SDKs a service's own variable
// wins over AWS_ENDPOINT_URL, and both win over a services section; so if the caller's environment has
// AWS_ENDPOINT_URL, the section's services are left out.
func (w *walk) variables() ([]Variable, error) {
	p := w.selected
	var all []Variable
	add := func(name, value string) {
		if value != "" && w.req.Getenv(name) == "" {
			all = append(all, Variable{Name: name, Value: value})
		}
	}
	ignored, _ := w.pick("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", []*Profile{p})
	if !strings.EqualFold(ignored.Value, "true") && w.req.Getenv("AWS_ENDPOINT_URL") == "" {
		at := p.get("endpoint_url")
		if at.IsSet() {
			if err := limits.CheckEndpoint(at.Value); err != nil {
				return nil, SettingError(p.Name, "endpoint_url", at, err)
			}
			add("AWS_ENDPOINT_URL", at.Value)
		}
		if section := p.get("services"); section.IsSet() {
			entries, err := w.set.services(p, section)
			if err != nil {
				return nil, err
			}
			for _, service := range entries {
				at := Setting{Value: grammar.Nested(service.Value, "endpoint_url"), Path: service.Path, Line: service.Line}
				if !at.IsSet() {
					continue
				}
				if err := limits.CheckEndpoint(at.Value); err != nil {
					return nil, SettingError(p.Name, "endpoint_url", at, err)
				}
				add("AWS_ENDPOINT_URL_"+serviceVariable(service.Key), at.Value)
			}
		}
	}
	add("AWS_CA_BUNDLE", p.get("ca_bundle").Value)
	add("AWS_USE_FIPS_ENDPOINT", strings.ToLower(p.get("use_fips_endpoint").Value))
	add("AWS_USE_DUALSTACK_ENDPOINT", strings.ToLower(p.get("use_dualstack_endpoint").Value))
	return all, nil
}

// serviceVariable is a service's name as it is written in the name of a variable.
func serviceVariable(service string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(service))
}
