package profiles

import "strings"

// A Grant is what one sign-in of a person gives, and all that is needed to sign in or to find the sign-in again. It
// holds no token. All profiles with the same Key share one sign-in.
type Grant struct {
	Kind    BaseKind // SSO
	Session string   // SSO: the [sso-session] section's name; "": the older form, without one
	// StartURL, as it is written. SSO only.
	StartURL string
	Region   string
	// Scopes are separated by commas. SSO with a Session only.
	Scopes string
	// OIDC and Portal are how to reach the services that sign in (sso-oidc) and that give credentials (sso).
	OIDC, Portal Endpoint
}

// IsZero reports whether there is no grant: the base needs nobody to sign in.
func (g Grant) IsZero() bool { return g == Grant{} }

// Key names the grant in the keyring and in locks: "sso:corp", or "sso:https://corp.awsapps.com/start" for the older
// form, whatever a browser left at the URL's end. Two sections with the same start URL are two grants: a person may have
// two users there.
func (g Grant) Key() string {
	switch {
	case g.IsZero():
		return ""
	case g.Session != "":
		return "sso:" + g.Session
	}
	return "sso:" + g.SentStartURL()
}

// Name is the grant's name for people.
func (g Grant) Name() string {
	if g.Session != "" {
		return g.Session
	}
	return g.StartURL
}

// Refreshes reports whether AWS renews the sign-in for a while without the person.
func (g Grant) Refreshes() bool { return g.Session != "" }

// SentStartURL is the start URL as AWS wants it, without an ending that browsers leave there.
func (g Grant) SentStartURL() string { return TrimStartURL(g.StartURL) }

// TrimStartURL drops the '/', '#' and '#/' that a start URL copied from a browser ends with.
func TrimStartURL(url string) string { return strings.TrimRight(url, "/#") }
