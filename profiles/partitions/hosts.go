package partitions

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// suffixes are the domains of AWS's service endpoints in each partition, over IPv4 and with IPv6. Source: the partition
// data of AWS's endpoint rules.
func suffixes() []string {
	return []string{
		"amazonaws.com", "api.aws", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "amazonaws.eu",
		"api.amazonwebservices.eu",
		"c2s.ic.gov", "api.aws.ic.gov", "sc2s.sgov.gov", "api.aws.scloud", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk",
		"csp.hci.ic.gov", "api.aws.hci.ic.gov",
	}
}

// signInHosts are the sign-in service's in each partition. Source: AWS General Reference, "AWS Sign-In endpoints".
func signInHosts() []string {
	return []string{"signin.aws.amazon.com", "signin.amazonaws.cn", "signin.amazonaws-us-gov.com",
		"signin.amazonaws-eusc.eu"}
}

// SAMLAudience is where SAML providers send a partition's assertions, which is the SAML:aud of trust policies; "" for a
// partition whose sign-in host is not known. Source: AWS General Reference, and the AWS CDK's SamlConsolePrincipal.
func SAMLAudience(partition string) string {
	host := map[string]string{
		"aws": "signin.aws.amazon.com", "aws-cn": "signin.amazonaws.cn", "aws-us-gov": "signin.amazonaws-us-gov.com",
		"aws-eusc": "signin.amazonaws-eusc.eu",
		"aws-iso":  "signin.c2shome.ic.gov", "aws-iso-b": "signin.sc2shome.sgov.gov",
	}[partition]
	if host == "" {
		return ""
	}
	return "https://" + host + "/saml"
}

// AWSHost reports whether a host is AWS's own for that service (sts, iam, signin, sso, sso_oidc, ...). A customer's
// bucket, load balancer or API on AWS is not.
func AWSHost(service, host string) bool {
	host = strings.ToLower(host)
	if service == "signin" {
		return slices.ContainsFunc(signInHosts(), func(at string) bool {
			region, ok := strings.CutSuffix(host, "."+at)
			return host == at || ok && ValidLabel(region)
		})
	}
	for _, suffix := range suffixes() {
		rest, ok := strings.CutSuffix(host, "."+suffix)
		if !ok {
			continue
		}
		labels := strings.Split(rest, ".")
		switch service {
		case "sso":
			return len(labels) == 3 && labels[0] == "portal" && (labels[1] == "sso" || labels[1] == "sso-fips") &&
				ValidLabel(labels[2])
		case "sso_oidc":
			return len(labels) == 2 && (labels[0] == "oidc" || labels[0] == "oidc-fips") && ValidLabel(labels[1])
		}
		name := func(label string) bool { return label == service || label == service+"-fips" }
		switch {
		case len(labels) <= 2 && name(labels[0]):
			return true
		// PrivateLink
		case len(labels) == 4 && strings.HasPrefix(labels[0], "vpce-") && name(labels[1]) && labels[3] == "vpce":
			return true
		}
	}
	return false
}

// Domain reports whether a host is in one of AWS's domains: those of its services, its sign-in, its console and its access
// portals. What stands there may be a customer's.
func Domain(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	domains := slices.Concat(suffixes(), portals(), signInHosts(), []string{"aws.amazon.com", "amazonaws.cn",
		"amazonaws-us-gov.com", "amazonaws-eusc.eu"})
	return slices.ContainsFunc(domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// ContainerHost reports whether an address is one at which ECS or EKS has the credentials of containers.
func ContainerHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && slices.Contains([]string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}, ip.String())
}

// ForeignHost is the host of an endpoint where that is neither AWS's for the service nor this machine; "" if it is one
// of those, or if there is no URL.
func ForeignHost(service, endpoint string) string {
	u, err := url.Parse(endpoint)
	if endpoint == "" || err != nil || Loopback(u.Hostname()) || AWSHost(service, u.Hostname()) {
		return ""
	}
	return u.Host
}
