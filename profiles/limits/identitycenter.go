package limits

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hatstand/profiles/partitions"
)

// CheckStartURL: the address of an access portal, https://HOST/PATH. Plain http is for this machine only, since the
// sign-in's tokens are as good as its page. What a browser leaves at its end ('/', '#', '#/') is allowed.
func CheckStartURL(s string) error {
	const what, like = "start URL", "must be a URL like https://corp.awsapps.com/start"
	u, err := signInURL(what, s, like)
	switch {
	case err != nil:
		return err
	case u.RawQuery != "" || u.ForceQuery || strings.Trim(u.Fragment, "/") != "":
		u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
		return meaning(invalid(what, shownURL(s), "must end before its '?' or '#'"), u.String())
	}
	return nil
}

// signInURL reads the address of a page or a service where people sign in: https, and plain http for this machine only,
// with no user name in it.
func signInURL(what, s, like string) (*url.URL, error) {
	shown := shownURL(s)
	u, err := url.Parse(s)
	switch {
	case err != nil || !graphic(s): // err holds the URL
		return nil, invalid(what, shown, like)
	case u.User != nil:
		return nil, invalid(what, "", "must not have a user name in it")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, invalid(what, shown, like)
	case u.Scheme == "http" && !partitions.Loopback(u.Hostname()):
		return nil, meaning(invalid(what, shown, "must begin with https"), "https"+s[len("http"):])
	}
	return u, nil
}

// shownURL is a URL as an error may show it: "" where it may have a password in it.
func shownURL(s string) string {
	if strings.Contains(s, "@") {
		return ""
	}
	return s
}

// CheckAccountID: 12 digits (IAM Identity Center portal API model, AccountIdType).
func CheckAccountID(s string) error {
	const what = "account ID"
	switch digits := strings.Trim(s, "0123456789") == ""; {
	case digits && len(s) == 12:
		return nil
	case digits && len(s) == 11: // a spreadsheet or YAML took it for a number
		return meaning(invalid(what, s, "must have 12 digits, not 11: a leading 0 is missing?"), "0"+s)
	case digits:
		return invalid(what, s, "must have 12 digits, not "+strconv.Itoa(len(s)))
	}
	if plain := strings.ReplaceAll(s, "-", ""); len(plain) == 12 && strings.Trim(plain, "0123456789") == "" {
		return meaning(invalid(what, s, "must have 12 digits and nothing else"), plain)
	}
	return invalid(what, s, "must have 12 digits and nothing else")
}

// reservedRole is what the name of a role begins with that IAM Identity Center makes for a permission set; 16
// hexadecimal digits end it.
const reservedRole = "AWSReservedSSO_"

// CheckPermissionSet: 1 to 64 characters of A-Z a-z 0-9 _ + = , . @ - (IAM Identity Center portal API, RoleNameType, is
// wider; IAM's roleNameType is not). The name of the role that a permission set has in an account is refused.
func CheckPermissionSet(s string) error {
	const what = "role name"
	if rest, reserved := strings.CutPrefix(s, reservedRole); reserved {
		if i := len(rest) - 17; i > 0 && rest[i] == '_' && strings.Trim(rest[i+1:], "0123456789abcdefABCDEF") == "" {
			rest = rest[:i]
		}
		if checkText(what, rest, 1, 64, "+=,.@-") != nil {
			return invalid(what, s, "is a role's name: give the permission set's")
		}
		return meaning(invalid(what, s, "is a role's name: give the permission set's: "+rest), rest)
	}
	return checkText(what, s, 1, 64, "+=,.@-")
}

// ParseScopes reads a list of OAuth scopes that is separated by commas, as the AWS CLI does: spaces around a comma go.
// A scope has no spaces in it (RFC 6749, section 3.3).
func ParseScopes(s string) (string, error) {
	const what = "list of scopes"
	scopes := strings.Split(s, ",")
	for i := range scopes {
		scopes[i] = strings.Trim(scopes[i], " \t\n")
		switch scope := scopes[i]; {
		case scope == "":
			return "", invalid(what, s, "has an empty scope in it")
		case len(strings.Fields(scope)) > 1:
			return "", meaning(invalid(what, s, "has a space in it: commas separate scopes"),
				strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\n", r) }), ","))
		case !graphic(scope) || strings.ContainsAny(scope, `"\`):
			return "", invalid(what, s, `may have visible ASCII characters without " and \ only`)
		}
	}
	return strings.Join(scopes, ","), nil
}

// ParseSignInTimeout reads how long a person who signs in is waited for: 1 to 15 minutes. AWS gives up after 10 to 15.
func ParseSignInTimeout(s string) (time.Duration, error) {
	d, err := ParseDuration(s)
	if err == nil && (d < time.Minute || d > 15*time.Minute) {
		err = invalid("duration", s, "must be from 1m to 15m")
	}
	return d, err
}

// meaning adds to an error what was probably meant.
func meaning(err error, meant string) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Meant = meant
	}
	return err
}
