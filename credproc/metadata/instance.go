package metadata

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"hatstand/credproc/credentials"
)

// Where instances have their metadata service.
const (
	InstanceIPv4 = "http://169.254.169.254"
	InstanceIPv6 = "http://[fd00:ec2::254]"
)

const (
	tokenPath = "/latest/api/token"
	rolesPath = "/latest/meta-data/iam/security-credentials/"
	tokenLife = "21600" // seconds, the most that there is
)

// Instance gets the credentials of the EC2 instance's role from its metadata service at base, by version 2 alone.
func (c *Client) Instance(ctx context.Context, base string) (credentials.Value, error) {
	base = strings.TrimRight(base, "/")
	service := "the EC2 metadata service at " + host(base)
	token, err := c.instanceToken(ctx, service, base)
	if err != nil {
		return credentials.Value{}, err
	}
	get := namedRequest{service, http.MethodGet, base + rolesPath, http.Header{"X-Aws-Ec2-Metadata-Token": {token}}}
	noRole := func() error {
		return get.failed(NoRole, "no instance role: the instance has no instance profile, or that has no role", nil)
	}
	roles, err := c.do(ctx, get)
	switch {
	case err != nil:
		return credentials.Value{}, err
	case roles.status == http.StatusNotFound:
		return credentials.Value{}, noRole()
	case roles.status != http.StatusOK:
		return credentials.Value{}, get.refused(roles)
	}
	role, _, _ := strings.Cut(strings.TrimSpace(string(roles.body)), "\n")
	if role = strings.TrimSpace(role); role == "" {
		return credentials.Value{}, noRole()
	}
	get.url = base + rolesPath + url.PathEscape(role)
	document, err := c.do(ctx, get)
	switch {
	case err != nil:
		return credentials.Value{}, err
	case document.status == http.StatusNotFound: // the role was taken away a moment ago
		return credentials.Value{}, noRole()
	case document.status != http.StatusOK:
		return credentials.Value{}, get.refused(document)
	}
	return c.decode(get, document.body, "ec2-metadata")
}

// instanceToken gets a token of the metadata service, which version 1 does not have.
func (c *Client) instanceToken(ctx context.Context, service, base string) (string, error) {
	put := namedRequest{service, http.MethodPut, base + tokenPath,
		http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {tokenLife}}}
	got, err := c.do(ctx, put)
	if KindOf(err) == NoAnswer {
		return "", put.failed(NoAnswer, fmt.Sprintf("no answer within %v, %d times: this is no EC2 instance, or a "+
			"container on one whose hop limit is 1, so that answers do not reach it", c.tryTime, tries), err)
	}
	if err != nil {
		return "", err
	}
	token := string(got.body)
	switch got.status {
	case http.StatusOK:
	case http.StatusForbidden:
		return "", put.failed(SwitchedOff, "it is switched off for this instance (HTTP status 403)", nil)
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return "", put.failed(VersionOne, fmt.Sprintf("it gives no token (HTTP status %d), so it speaks only version 1, "+
			"which is not used: any program that fetches URLs for others would give away its credentials",
			got.status), nil)
	default:
		return "", put.refused(got)
	}
	if token == "" || !sendable(token) {
		return "", put.failed(BadAnswer, "its answer is not a token", nil)
	}
	return token, nil
}

// sendable reports whether a text can be a header's value.
func sendable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
