package profiles

import (
	"net/url"
	"strings"

	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

// The addresses of the services, as AWS has them.
const (
	instanceIPv4  = "http://169.254.169.254"
	instanceIPv6  = "http://[fd00:ec2::254]"
	containerHost = "http://169.254.170.2"
)

// Variables that say where a container's credentials are.
const (
	relativeURI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	fullURI     = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
)

// metadata fills in where the credentials of an instance or a container are asked for. p is the base. Where the chain
// is only to be shown, it is no error that they may not be asked for.
func (w *walk) metadata(p *Profile, b *Base) error {
	var err error
	switch b.Kind {
	case EC2Metadata:
		b.Metadata.URL, err = w.instanceURL(p)
	case ECSContainer:
		b.Metadata, err = w.container(p)
	}
	if err != nil && w.req.ToShow {
		w.chain.Refused, err = err, nil
	}
	return err
}

// instanceURL is the instance metadata service's address.
func (w *walk) instanceURL(p *Profile) (string, error) {
	const disabled, key = "AWS_EC2_METADATA_DISABLED", "ec2_metadata_service_endpoint"
	if off := w.variable(disabled); strings.EqualFold(off.Value, "true") {
		return "", &Error{Kind: MetadataDisabled, Profile: p.Name, What: disabled,
			Reason: "credential_source = Ec2InstanceMetadata, but " + disabled + "=" + off.Value + " forbids it"}
	}
	at, name := w.pick("AWS_EC2_METADATA_SERVICE_ENDPOINT", key, []*Profile{p})
	if at.IsSet() {
		return at.Value, SettingError(name, key, at, limits.CheckEndpoint(at.Value))
	}
	const modeKey = key + "_mode"
	switch mode, name := w.pick("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", modeKey, []*Profile{p}); {
	case strings.EqualFold(mode.Value, "IPv6"):
		return instanceIPv6, nil
	case mode.IsSet() && !strings.EqualFold(mode.Value, "IPv4"):
		return "", wrongValue(NotIPVersion, name, modeKey, mode, "is neither IPv4 nor IPv6")
	}
	return instanceIPv4, nil
}

// container is where the container's credentials are, if the environment says so. A relative URI wins, as in the SDKs.
func (w *walk) container(p *Profile) (MetadataSetting, error) {
	m := MetadataSetting{
		TokenFile: w.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").Value,
		Token:     Secret(w.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").Value),
	}
	bundle, _ := w.pick("AWS_CA_BUNDLE", "ca_bundle", []*Profile{p})
	m.CABundle = bundle.Value
	relative, full := w.variable(relativeURI), w.variable(fullURI)
	switch {
	case relative.IsSet():
		m.URL = containerHost + relative.Value
		u, err := url.Parse(m.URL)
		if err != nil || !strings.HasPrefix(relative.Value, "/") || "http://"+u.Host != containerHost {
			return m, wrongValue(Invalid, "", relativeURI, Setting{Value: relative.Value}, "is not a path like /v2/credentials/ID")
		}
		return m, nil
	case full.IsSet():
		m.URL = full.Value
		return m, checkContainerURL(Setting{Value: full.Value})
	}
	return m, nil
}

// checkContainerURL checks who is asked for a container's credentials: he gets the token, and whoever hears plain http
// gets the credentials.
func checkContainerURL(at Setting) error {
	if err := limits.CheckEndpoint(at.Value); err != nil {
		return SettingError("", fullURI, at, err)
	}
	u, err := url.Parse(at.Value)
	if err != nil || u.Scheme == "https" || partitions.Loopback(u.Hostname()) || partitions.ContainerHost(u.Hostname()) {
		return err
	}
	return wrongValue(ForeignContainer, "", fullURI, at, "is plain http to a host that is not allowed: it may be this "+
		"machine, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]")
}
