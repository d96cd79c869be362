package oidc

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/profiles/partitions"
)

// description is what a provider says of itself (OpenID Connect Discovery, section 3).
type description struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	Device        string `json:"device_authorization_endpoint"` // RFC 8628, section 4; "": it has none
	Revocation    string `json:"revocation_endpoint"`           // RFC 8414, section 2; "": it has none
}

// discover asks the provider where its addresses are, once.
func (c *Client) discover(ctx context.Context) (description, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found != nil {
		return *c.found, nil
	}
	// A trailing slash of the issuer's goes (OpenID Connect Discovery, section 4.1).
	address := strings.TrimSuffix(c.grant.Issuer, "/") + "/.well-known/openid-configuration"
	r, err := c.send(ctx, awsclient.Repeatable, call{name: discovery, url: address})
	if err != nil {
		return description{}, err
	}
	if r.status != http.StatusOK {
		return description{}, c.badIssuer("has no OpenID configuration ("+r.said()+")", "")
	}
	d, why := readDescription(r.body, c.grant.Issuer)
	if why != "" {
		return description{}, c.badIssuer(why, d.Issuer)
	}
	c.found = &d
	return d, nil
}

func (c *Client) badIssuer(why, is string) error {
	if is == c.grant.Issuer {
		is = ""
	}
	return &grant.Error{Kind: grant.BadIssuer, Grant: c.grant.Name(), Issuer: c.grant.Issuer, Call: discovery,
		Subject: is, Reason: c.about() + " " + why}
}

// readDescription reads a provider's description of itself. why is what is wrong with it, as the end of a sentence
// about the provider; "": nothing is.
func readDescription(body []byte, issuer string) (d description, why string) {
	if json.Unmarshal(body, &d) != nil {
		return description{}, "sends no OpenID configuration that can be read"
	}
	switch {
	case d.Issuer == "":
		return d, "does not say which issuer it is"
	case d.Issuer != issuer: // a provider could give out tokens in the name of another one
		return d, "calls itself " + shown(d.Issuer)
	}
	for _, of := range []struct {
		name, address string
		needed        bool
	}{
		{"authorization_endpoint", d.Authorization, true}, {"token_endpoint", d.Token, true},
		{"device_authorization_endpoint", d.Device, false}, {"revocation_endpoint", d.Revocation, false},
	} {
		switch {
		case of.address == "" && of.needed:
			return d, "names no " + of.name
		case of.address != "" && !reachable(of.address, issuer):
			return d, "names an address that may not be used as " + of.name + ": " + shown(withoutSecrets(of.address))
		}
	}
	return d, ""
}

// reachable reports whether a provider's secrets may be sent to an address: over TLS, or on this machine if the
// provider itself is there without TLS.
func reachable(address, issuer string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Hostname() == "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && partitions.Loopback(u.Hostname()) && strings.HasPrefix(issuer, "http:")
}

// withoutSecrets is an address without what may be a secret in it.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "not a URL"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
