package profiles

import (
	"net/url"
	"strings"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

// region returns the region of --region, else of the environment, else of the selected profile.
func (w *walk) region() (string, error) {
	region, name := Setting{Value: w.req.Region, Path: "--region"}, ""
	for _, variable := range [...]string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if !region.IsSet() {
			region = w.variable(variable)
		}
	}
	if !region.IsSet() {
		region, name = w.selected.get("region"), w.selected.Name
	}
	return checkedRegion(name, region)
}

func checkedRegion(profile string, region Setting) (string, error) {
	if !region.IsSet() {
		return "", nil
	}
	return region.Value, SettingError(profile, "region", region, limits.CheckRegion(region.Value))
}

// partition returns the partition of the last role, else of the sign-in or of the base's MFA device, else of the
// region. The region comes last: an old one may be left in the environment.
func (w *walk) partition() (string, error) {
	if n := len(w.chain.Roles); n > 0 {
		return w.chain.Roles[n-1].Partition, nil
	}
	if w.chain.Base.WebIdentityRole.ARN != "" {
		return w.chain.Base.WebIdentityRole.Partition, nil
	}
	if w.chain.Base.Kind == SAML {
		return w.chain.Base.SAMLRole.Partition, nil
	}
	if w.chain.Base.Kind == SSO { // its accounts are all in the partition of its own region
		return partitions.Of(w.chain.Base.SSO.Region), nil
	}
	if w.chain.Base.Kind == LoginSession {
		return partitions.OfARN(w.chain.Base.LoginSession.Value), nil
	}
	if p := partitions.OfARN(w.chain.Base.MFASerial.Value); p != "" {
		return p, nil
	}
	region, err := w.region()
	return partitions.Of(region), err
}

// sessionRegion is the region for GetSessionToken. It does not depend on the environment or on the selected profile, so
// that one session serves every role of the base.
func (w *walk) sessionRegion() (string, error) {
	if w.req.Region != "" && len(w.chain.Roles) == 0 {
		return w.chain.Region, nil
	}
	region, err := checkedRegion(w.base.Name, w.base.get("region"))
	if err != nil || region != "" {
		return region, err
	}
	if leader := partitions.LeaderRegion(w.chain.Partition); leader != "" {
		return leader, nil
	}
	if w.chain.Region != "" { // a partition newer than this program
		return w.chain.Region, nil
	}
	return "", w.base.wrong(NoRegion, "region", Setting{},
		"a region is needed in partition "+show.Quoted(w.chain.Partition))
}

// endpoint is how to reach a service. Each setting comes from the environment, else from the first profile that has it.
func (w *walk) endpoint(service string, profiles ...*Profile) (Endpoint, error) {
	var e Endpoint
	var err error
	flag := func(variable, key string) bool {
		value, name := w.pick(variable, key, profiles)
		on := strings.EqualFold(value.Value, "true")
		if err == nil && value.IsSet() && !on && !strings.EqualFold(value.Value, "false") {
			err = wrongValue(NotBoolean, name, key, value, "is neither true nor false")
		}
		return on
	}
	e.FIPS = flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
	e.DualStack = flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
	ignore := flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
	regional, name := w.pick("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", profiles)
	e.Legacy = strings.EqualFold(regional.Value, "legacy")
	if err == nil && regional.IsSet() && !e.Legacy && !strings.EqualFold(regional.Value, "regional") {
		err = wrongValue(NotRegional, name, "sts_regional_endpoints", regional, "is neither regional nor legacy")
	}
	bundle, _ := w.pick("AWS_CA_BUNDLE", "ca_bundle", profiles)
	e.CABundle = bundle.Value
	if err != nil || ignore {
		return e, err
	}
	e.URL, err = w.endpointURL(service, profiles)
	return e, err
}

// endpointURL is a service's own URL, by AWS's precedence; service is spelled as in a [services]
// section. "": none is set.
func (w *walk) endpointURL(service string, profiles []*Profile) (string, error) {
	const key = "endpoint_url"
	at := w.variable("AWS_ENDPOINT_URL_" + strings.ToUpper(service))
	if !at.IsSet() {
		at = w.variable("AWS_ENDPOINT_URL")
	}
	own, name, err := w.fileEndpoint(service, profiles)
	if at.IsSet() {
		name = ""
	} else if at = own; err != nil || !at.IsSet() {
		return "", err
	}
	if err := limits.CheckEndpoint(at.Value); err != nil {
		return "", SettingError(name, key, at, err)
	}
	err = w.checkAllowed(service, name, at, own)
	if err != nil && w.req.ToShow {
		w.chain.Refused, err = err, nil
	}
	return at.Value, err
}

// fileEndpoint is a service's URL in the config file, and the profile that has it; "" if [hatstand] has it.
func (w *walk) fileEndpoint(service string, profiles []*Profile) (at Setting, name string, err error) {
	for _, p := range profiles {
		if section := p.get("services"); section.IsSet() {
			entries, err := w.set.services(p, section)
			if err != nil {
				return at, p.Name, err
			}
			outer := entries.Find(service)
			at = Setting{Value: grammar.Nested(outer.Value, "endpoint_url"), Path: outer.Path, Line: outer.Line}
		}
		if !at.IsSet() {
			at = p.get("endpoint_url")
		}
		if at.IsSet() {
			return at, p.Name, nil
		}
	}
	if service == "signin" {
		at = w.set.Program(signInEndpoint)
	}
	return at, "", nil
}

// pick is a setting from a variable, else from the first profile that has it, and that profile's name.
func (w *walk) pick(variable, key string, profiles []*Profile) (Setting, string) {
	if value := w.variable(variable); value.IsSet() {
		return value, ""
	}
	for _, p := range profiles {
		if value := p.get(key); value.IsSet() {
			return value, p.Name
		}
	}
	return Setting{}, ""
}

func (w *walk) variable(name string) Setting {
	return Setting{Value: w.req.Getenv(name), Path: name}
}

// services are the settings of the [services] section that a profile names.
func (s *Set) services(p *Profile, section Setting) (index.Settings, error) {
	entries, found, err := s.section(grammar.Services, section.Value)
	if err == nil && !found {
		unknown := p.wrong(UnknownServices, "services", section, "services "+show.Quoted(section.Value)+" not found")
		unknown.Name = section.Value
		err = unknown
	}
	return entries, err
}

// checkAllowed checks that a service's calls may be sent to an endpoint. The environment may come from somebody else's
// .envrc; the config file is the user's own. Plain http is allowed to this machine, or if the config file has the URL.
// The services that sign in get role credentials or tokens, which no signature protects: such a host must be AWS's,
// this machine, or one that the config file names. own is the config file's URL for the service.
func (w *walk) checkAllowed(service, profile string, at, own Setting) error {
	u, err := url.Parse(at.Value)
	if err != nil || at.Value == own.Value || partitions.Loopback(u.Hostname()) {
		return err
	}
	if u.Scheme == "http" {
		return wrongValue(PlainHTTP, profile, "endpoint_url", at, "is plain http to another machine")
	}
	sent := unsigned(service)
	if service == "sts" && w.chain.Base.WebIdentityRole.ARN != "" {
		sent = "the web identity token is"
	}
	if service == "sts" && w.chain.Base.Kind == SAML {
		sent = "the SAML assertion is"
	}
	if sent == "" || partitions.AWSHost(service, u.Hostname()) {
		return nil
	}
	for _, named := range []string{own.Value, w.set.Program(signInEndpoint).Value} {
		if named, err := url.Parse(named); err == nil && named.Host != "" && strings.EqualFold(named.Host, u.Host) {
			return nil
		}
	}
	return wrongValue(ForeignSignIn, profile, "endpoint_url", at,
		"is not one of AWS's sign-in hosts, and "+sent+" sent there")
}

// unsigned is what a service is sent that whoever gets it can use; "" if there is nothing.
func unsigned(service string) string {
	switch service {
	case "signin":
		return "a role's credentials are"
	case "sso":
		return "the token of the sign-in is"
	case "sso_oidc":
		return "the secrets of the sign-in are"
	}
	return ""
}

// signInEndpoint is the setting of [hatstand] that names the host of another sign-in than AWS's.
const signInEndpoint = "sign_in_endpoint"
