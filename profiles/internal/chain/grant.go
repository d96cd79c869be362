package chain

import "strings"

// A Grant is what one sign-in of a person gives, and all that is needed to sign in or to find the sign-in again. It
// holds no token. All profiles with the same Key share one sign-in.
type Grant struct {
	Kind BaseKind // SSO, OIDC or LoginSession
	// Session is the name of the section that says where to sign in: [sso-session] or [hatstand-oidc]. "": SSO in the
	// older form, without one.
	Session string
	// StartURL, as it is written. SSO only.
	StartURL string
	Region   string
	// Scopes are separated by commas, for SSO with a Session, or by spaces, for OIDC.
	Scopes string
	// Issuer is the URL of an OpenID provider, and ClientID what it knows this program as. OIDC only.
	Issuer, ClientID string
	// RedirectPort is where a browser comes back to; 0: any port. OIDC only.
	RedirectPort int
	// ARN is whose session of the console it is, as the AWS CLI writes it. LoginSession only.
	ARN string
	// Service and Portal are how to reach the services that sign in and that give credentials. Only SSO has a Portal.
	Service, Portal Endpoint
}

// IsZero reports whether there is no grant: the base needs nobody to sign in.
func (g Grant) IsZero() bool { return g == Grant{} }

// Key names the grant in the keyring and in locks: "sso:corp", "oidc:NAME", "login:ARN", or
// "sso:https://corp.awsapps.com/start" for the older form, whatever a browser left at the URL's end. Two sections with
// the same start URL are two grants: a person may have two users there.
func (g Grant) Key() string {
	switch {
	case g.IsZero():
		return ""
	case g.Kind == OIDC:
		return "oidc:" + g.Session
	case g.Kind == LoginSession:
		return "login:" + g.ARN
	case g.Session != "":
		return "sso:" + g.Session
	}
	return "sso:" + g.SentStartURL()
}

// GrantOfKey is a grant with nothing but its key.
func GrantOfKey(key string) Grant {
	kind, name, _ := strings.Cut(key, ":")
	switch {
	case kind == "oidc":
		return Grant{Kind: OIDC, Session: name}
	case kind == "login":
		return Grant{Kind: LoginSession, ARN: name}
	case strings.Contains(name, "://"):
		return Grant{Kind: SSO, StartURL: name}
	}
	return Grant{Kind: SSO, Session: name}
}

// Name is the grant's name for people.
func (g Grant) Name() string {
	switch {
	case g.Session != "":
		return g.Session
	case g.Kind == LoginSession && g.ARN == "": // whose it is, the sign-in will say
		return "the AWS console"
	case g.Kind == LoginSession:
		return g.ARN
	}
	return g.StartURL
}

// OlderForm reports whether the profiles themselves say where to sign in, and no [sso-session] section.
func (g Grant) OlderForm() bool { return g.Kind == SSO && g.Session == "" }

// Refreshes reports whether the sign-in may be renewed for a while without the person.
func (g Grant) Refreshes() bool { return !g.OlderForm() }

// SentStartURL is the start URL as AWS takes it, without an ending that browsers leave there.
func (g Grant) SentStartURL() string { return TrimStartURL(g.StartURL) }

// TrimStartURL drops the '/', '#' and '#/' that a start URL copied from a browser ends with.
func TrimStartURL(url string) string { return strings.TrimRight(url, "/#") }

func (g Grant) facts() signInFacts { return g.Kind.facts().signIn }

// Shareable reports whether the AWS CLI knows the sign-in too, so that both can use one (sso_cache = shared).
func (g Grant) Shareable() bool { return g.facts().shareable }

// Renews says for people how long the sign-in renews itself, as far as that is known.
func (g Grant) Renews() string {
	if f := g.facts(); f.renews != "" {
		return f.renews
	}
	return "renews itself"
}

// Pastes reports whether the sign-in's last page can show a text, which the person pastes on the terminal.
func (g Grant) Pastes() bool { return g.facts().pastes }

// Registers reports whether the service gives this program a registration, which expires.
func (g Grant) Registers() bool { return g.facts().registers }

// NamesPerson reports whether what the sign-in gives has the person's name in it.
func (g Grant) NamesPerson() bool { return g.facts().namesPerson }

// ListsRoles reports whether the service lists the permission sets that the person may use.
func (g Grant) ListsRoles() bool { return g.facts().listsRoles }

// EndsLate reports whether the service can end a sign-in whose access token has expired, by the refresh token.
func (g Grant) EndsLate() bool { return g.facts().endsLate }

// AnyRegion reports whether profiles of several regions share the sign-in. Its own region is the token's.
func (g Grant) AnyRegion() bool { return g.facts().anyRegion }

// ScopesSetting names the setting that has the sign-in's scopes; "": it has none.
func (g Grant) ScopesSetting() string { return g.facts().scopes }

// ServiceName is the SDKs' name of AWS's service that signs in; "": the sign-in is not at AWS.
func (g Grant) ServiceName() string { return g.facts().service }
