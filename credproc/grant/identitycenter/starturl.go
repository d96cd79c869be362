package identitycenter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/internal/text"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// ResolveStartURL turns a company's own start URL (https://signin.corp.example) into AWS's, which it redirects to: only
// that one means something to AWS. The grant is otherwise the same, except that a region in AWS's URL wins; then note
// says so. Names and stored items keep the URL as it is written. Start URLs of AWS's and those on loopback are left as
// they are, and nobody is called.
func ResolveStartURL(ctx context.Context, c awsclient.Config, g profiles.Grant) (sent profiles.Grant, note string,
	err error) {
	u, err := url.Parse(g.StartURL)
	if err != nil || partitions.StartHost(u.Hostname()) || partitions.Loopback(u.Hostname()) {
		return g, "", nil // what is no URL has been reported where it is read
	}
	client := Connect(c, g)
	if u.Scheme != "https" {
		return profiles.Grant{}, "", client.badStartURL(u, "is not https")
	}
	to, err := redirection(ctx, client, u)
	if err != nil {
		return profiles.Grant{}, "", err
	}
	sent = g
	sent.StartURL = to.String()
	if region := partitions.StartRegion(to.Hostname()); region != "" && region != g.Region {
		sent.Region = region
		note = fmt.Sprintf("%s leads to Identity Center in %s, which is used instead of %s", g.StartURL, region, g.Region)
	}
	return sent, note, nil
}

// redirection is where a start URL leads: one step, to a host of AWS's.
func redirection(ctx context.Context, c *Client, from *url.URL) (*url.URL, error) {
	status, location, err := c.look(ctx, http.MethodHead, from)
	if err == nil && (status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented) {
		status, location, err = c.look(ctx, http.MethodGet, from)
	}
	if err != nil {
		return nil, &grant.Error{Kind: grant.NoAnswer, Grant: c.grant.Name(), Err: err,
			Reason: fmt.Sprintf("sign-in to %s: start URL %s: %v", c.grant.Name(), shown(from), err)}
	}
	redirects := []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect}
	if !slices.Contains(redirects, status) {
		return nil, c.badStartURL(from, fmt.Sprintf("does not redirect to AWS (HTTP %d)", status))
	}
	to, err := from.Parse(location)
	switch {
	case location == "" || err != nil:
		return nil, c.badStartURL(from, "redirects to no URL")
	case to.Scheme != "https" || to.User != nil || to.Port() != "" && to.Port() != "443" ||
		!partitions.StartHost(to.Hostname()):
		return nil, c.badStartURL(from, "redirects to "+shown(to)+", which is not a start URL of AWS")
	}
	return &url.URL{Scheme: "https", Host: strings.ToLower(to.Hostname()), Path: strings.TrimRight(to.Path, "/")}, nil
}

// look asks for a page, whose text does not matter: only where it redirects to.
func (c *Client) look(ctx context.Context, method string, u *url.URL) (status int, location string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return 0, "", err
	}
	answer, err := c.calls.HTTPClient(awsclient.Repeatable).Do(r)
	if err != nil {
		return 0, "", err
	}
	_ = answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Location"), nil
}

func (c *Client) badStartURL(from *url.URL, why string) error {
	return &grant.Error{Kind: grant.BadStartURL, Grant: c.grant.Name(), Subject: c.grant.StartURL,
		Reason: fmt.Sprintf("sign-in to %s: start URL %s %s", c.grant.Name(), shown(from), why)}
}

// shown is a URL without what may be a secret in it.
func shown(u *url.URL) string {
	return text.OneLine((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}
