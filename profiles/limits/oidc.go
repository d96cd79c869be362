package limits

import (
	"slices"
	"strconv"
	"strings"
)

// CheckIssuer: the address of an OpenID provider, as it calls itself: https, without a query (OpenID Connect Discovery,
// section 4.1). Plain http is for this machine only.
func CheckIssuer(s string) error {
	const what, like = "issuer", "must be a URL like https://login.example.com"
	u, err := signInURL(what, s, like)
	switch {
	case err != nil:
		return err
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
		return meaning(invalid(what, shownURL(s), "must end before its '?' or '#'"), u.String())
	case strings.HasSuffix(u.Path, wellKnown):
		u.Path = strings.TrimSuffix(u.Path, wellKnown)
		return meaning(invalid(what, shownURL(s), "must end before "+wellKnown), u.String())
	}
	return nil
}

// wellKnown is what follows the issuer in the address of a provider's description.
const wellKnown = "/.well-known/openid-configuration"

// CheckClientID: what an OpenID provider knows a client as: visible ASCII characters (RFC 6749, appendix A.1), of which
// IAM takes 255 as an audience (CreateOpenIDConnectProvider, ClientIDList).
func CheckClientID(s string) error {
	if !graphic(s) {
		return invalid("client ID", s, "may have visible ASCII characters only")
	}
	if len(s) > 255 {
		return invalid("client ID", "", "may have at most 255 characters, not "+strconv.Itoa(len(s)))
	}
	return nil
}

// ParseOIDCScopes reads a list of OAuth scopes that is separated by spaces, as OAuth has it, or by commas. It has to
// have openid in it: without it there is no ID token.
func ParseOIDCScopes(s string) (string, error) {
	const what = "list of scopes"
	scopes := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\n", r) })
	for _, scope := range scopes {
		if !graphic(scope) || strings.ContainsAny(scope, `"\`) {
			return "", invalid(what, s, `may have visible ASCII characters without " and \ only`)
		}
	}
	if !slices.Contains(scopes, "openid") {
		return "", meaning(invalid(what, s, "must have openid in it"), strings.Join(append([]string{"openid"}, scopes...), " "))
	}
	return strings.Join(scopes, " "), nil
}

// ParsePort reads the number of a port.
func ParsePort(s string) (int, error) {
	port, err := strconv.Atoi(s)
	if err != nil || port < 1 || port > 65535 {
		return 0, invalid("port", s, "is not a port: give a number from 1 to 65535")
	}
	return port, nil
}
