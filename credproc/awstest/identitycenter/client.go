package identitycenter

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The grant types that Identity Center knows for public clients.
const (
	grantCode    = "authorization_code"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	grantRefresh = "refresh_token"
)

// accountScope is the one that the portal wants.
const accountScope = "sso:account:access"

// client is a registered client.
type client struct {
	id, secret string
	name       string
	region     string // where it was registered
	expires    time.Time
	scopes     []string
	grants     []string
	redirects  []string
	instance   *Instance // of its issuerUrl; nil: it gave none
}

type registration struct {
	ClientName   string   `json:"clientName"`
	ClientType   string   `json:"clientType"`
	Scopes       []string `json:"scopes"`
	GrantTypes   []string `json:"grantTypes"`
	RedirectURIs []string `json:"redirectUris"`
	IssuerURL    string   `json:"issuerUrl"`
}

// knownScope tells the scopes that AWS documents from others.
func knownScope(scope string) bool {
	return slices.Contains([]string{
		accountScope, "verified_access:test_ua:connect", "codewhisperer:completions", "codewhisperer:analysis",
		"codewhisperer:conversations", "codewhisperer:transformations", "codewhisperer:taskassist",
	}, scope)
}

func (s *Service) registerClient(r *Request) (any, *refusal) {
	var in registration
	if e := r.read(&in); e != nil {
		return nil, e
	}
	region := s.region(r.HTTP.Host)
	switch {
	case in.ClientName == "" || in.ClientType == "":
		return nil, invalidRequest("clientName and clientType are required")
	case in.ClientType != "public":
		return nil, refuse("InvalidClientMetadataException", "Invalid client type provided")
	}
	for _, scope := range in.Scopes {
		if !knownScope(scope) {
			return nil, refuse("InvalidScopeException", "Invalid scope provided")
		}
	}
	for _, g := range in.GrantTypes {
		if !slices.Contains([]string{grantCode, grantDevice, grantRefresh}, g) {
			return nil, refuse("UnsupportedGrantTypeException", "Unsupported grant type provided")
		}
	}
	for _, u := range in.RedirectURIs {
		if !mayRegister(u) {
			return nil, refuse("InvalidRedirectUriException", "Invalid redirect uri provided")
		}
	}
	c := &client{
		name: in.ClientName, region: region, scopes: in.Scopes, grants: in.GrantTypes, redirects: in.RedirectURIs,
		expires: r.Now.Add(s.settings.RegistrationLife).Truncate(time.Second),
	}
	if in.IssuerURL != "" {
		if c.instance = s.instance(in.IssuerURL, region); c.instance == nil {
			return nil, invalidRequest("Invalid issuer url provided")
		}
	}
	if slices.Contains(in.GrantTypes, grantCode) {
		switch {
		case len(in.RedirectURIs) == 0:
			return nil, refuse("InvalidRedirectUriException", "Redirect uri is required")
		case c.instance == nil:
			return nil, invalidRequest("Issuer url is required")
		}
	}
	if len(c.grants) == 0 { // as clients register that know nothing of grant types
		c.grants = []string{grantDevice, grantRefresh}
	}
	// As long as AWS's are, which matters to keyrings: the secret is a signed token of its own.
	c.id, c.secret = token("", 22), token("eyJraWQiOiJrZXktMTU2NDAyODA5OSIsImFsZyI6IkhTMzg0In0.", 900)
	s.clients[c.id] = c
	return map[string]any{
		"clientId": c.id, "clientSecret": c.secret, "clientIdIssuedAt": r.Now.Unix(),
		"clientSecretExpiresAt": c.expires.Unix(), "authorizationEndpoint": nil, "tokenEndpoint": nil,
	}, nil
}

// mayRegister takes redirect URIs over https, and over http those to a loopback
// address, which have no port: any will do then (RFC 8252, section 7.3).
func mayRegister(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) && u.Port() == ""
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// redirectsTo says whether the client may be called back at an address.
func (c *client) redirectsTo(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil {
		return false
	}
	if u.Scheme == "http" && loopback(u.Hostname()) {
		redirect = strings.Replace(redirect, u.Host, u.Hostname(), 1)
	}
	return slices.Contains(c.redirects, redirect)
}

// authenticate finds a client by ID and secret. One that expired, or that another
// region registered, is no client.
func (s *Service) authenticate(r *Request, id, secret string) (*client, *refusal) {
	if id == "" || secret == "" {
		return nil, invalidRequest("clientId and clientSecret are required")
	}
	c := s.clients[id]
	if c == nil || c.secret != secret || !r.Now.Before(c.expires) || !sameRegion(c.region, s.region(r.HTTP.Host)) {
		return nil, refuse("InvalidClientException", "Invalid client provided")
	}
	return c, nil
}

func (c *client) mayUse(grant string) *refusal {
	if !slices.Contains(c.grants, grant) {
		return refuse("UnauthorizedClientException", "The client is not registered for this grant type")
	}
	return nil
}
