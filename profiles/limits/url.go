package limits

import (
	"net/url"
	"strings"

	"hatstand/profiles/internal/show"
)

// CheckEndpoint: the URL of a service, like https://HOST or http://HOST:PORT/PATH, without a user name. Where the text
// is no URL, or has a user name in it, the error does not show it: it may hold a password.
func CheckEndpoint(s string) error {
	const what = "endpoint"
	switch u, err := url.Parse(s); {
	case err != nil:
		return &Error{What: what, Reason: what + " is not a URL"}
	case u.User != nil:
		return &Error{What: what, Reason: what + " must not have a user name in it"}
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(s, " \t\n"):
		return &Error{What: what, Reason: what + " " + show.Quoted(s) + " is not a URL like https://HOST"}
	}
	return nil
}
