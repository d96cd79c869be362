package console

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Hosts are the hosts of a partition's console and sign-in.
type Hosts struct {
	Partition string
	Region    string // "": none is known

	domain  string // the console's, without a region
	signIn  string // origins: scheme and host
	signOut string
	form    string // of the form to switch roles
	// override is the origin that stands for all of them, in tests and in the demo; "" elsewhere.
	override string
}

// A partition's hosts. Sources: AWS General Reference, "AWS Sign-In endpoints and quotas" and "AWS
// Management Console endpoints", and the endpoint rules of the SDKs' signin service.
type partition struct {
	name            string
	signIn, console string
	regions         string // what the names of its regions start with
	// only is the region whose hosts serve those who name none; "": there are hosts without a region.
	only string
}

func partitions() []partition {
	return []partition{
		{name: "aws", signIn: "signin.aws.amazon.com", console: "console.aws.amazon.com"},
		{name: "aws-cn", signIn: "signin.amazonaws.cn", console: "console.amazonaws.cn", regions: "cn-"},
		{name: "aws-us-gov", signIn: "signin.amazonaws-us-gov.com", console: "console.amazonaws-us-gov.com",
			regions: "us-gov-"},
		{name: "aws-eusc", signIn: "signin.amazonaws-eusc.eu", console: "console.amazonaws-eusc.eu", regions: "eusc-",
			only: "eusc-de-east-1"},
	}
}

// otherPartitions are the beginnings of region names in partitions other than these.
func otherPartitions() []string { return []string{"us-iso-", "us-isob-", "eu-isoe-", "us-isof-"} }

// NewHosts finds the hosts of a partition, regional ones where the region is known. endpoint, if it is
// not "", replaces all of them: a URL with https, or with http on this machine itself. The error is an
// *Error.
func NewHosts(name, region, endpoint string) (Hosts, error) {
	var at partition
	var known []string
	for _, p := range partitions() {
		if p.name == name {
			at = p
		}
		known = append(known, p.name)
	}
	if at.name == "" {
		return Hosts{}, &Error{Kind: UnknownPartition, Meant: known,
			Reason: fmt.Sprintf("the console of partition %q is not known", name)}
	}
	if region == "" {
		region = at.only
	}
	if region != "" && !validLabel(region) {
		return Hosts{}, &Error{Kind: BadRegion, Reason: fmt.Sprintf("region %q is not a region's name", region)}
	}
	if !at.has(region) {
		return Hosts{}, &Error{Kind: OtherRegion,
			Reason: fmt.Sprintf("region %s is not in partition %s, where the role is", region, name)}
	}
	p := Hosts{Partition: name, Region: region, domain: at.console, signIn: "https://" + regional(region, at.signIn)}
	p.signOut, p.form = p.signIn, "https://"+regional(at.only, at.signIn)
	if name == "aws" {
		// A sign-out elsewhere leaves the session of us-east-1, where global services are, as it was.
		p.signOut = "https://us-east-1." + at.signIn
	}
	if endpoint == "" {
		return p, nil
	}
	origin, err := originOf(endpoint)
	if err != nil {
		return Hosts{}, err
	}
	p.override, p.signIn, p.signOut, p.form = origin, origin, origin, origin
	return p, nil
}

// has reports whether a region may be the partition's. The aws partition's regions have no common
// beginning: they are those that no other partition's begin like.
func (p partition) has(region string) bool {
	if region == "" {
		return true
	}
	if p.regions != "" {
		return strings.HasPrefix(region, p.regions)
	}
	for _, other := range partitions() {
		if other.regions != "" && strings.HasPrefix(region, other.regions) {
			return false
		}
	}
	for _, prefix := range otherPartitions() {
		if strings.HasPrefix(region, prefix) {
			return false
		}
	}
	return true
}

func regional(region, host string) string {
	if region == "" {
		return host
	}
	return region + "." + host
}

// console is the console's origin in a region; "" is none in particular.
func (p Hosts) console(region string) string {
	if p.override != "" {
		return p.override
	}
	return "https://" + regional(region, p.domain)
}

// originOf is the scheme and host of an endpoint that somebody set. Credentials are sent there.
func originOf(endpoint string) (string, error) {
	const what = "the sign-in endpoint"
	u, err := url.Parse(endpoint)
	switch {
	case err != nil, u.Host == "", u.Opaque != "", u.Scheme != "http" && u.Scheme != "https":
		return "", &Error{Kind: BadEndpoint, Reason: what + " is not a URL like https://HOST"}
	case u.User != nil:
		return "", &Error{Kind: BadEndpoint, Reason: what + " must not have a user name in it"}
	case u.RawQuery != "", u.Fragment != "", u.Path != "" && u.Path != "/":
		return "", &Error{Kind: BadEndpoint, Reason: what + " must end after the host"}
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", &Error{Kind: PlainHTTP, Reason: what + ": credentials are not sent over http to another machine"}
	}
	return u.Scheme + "://" + u.Host, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// validLabel reports whether s may stand between the dots of a host name, in lower case.
func validLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
