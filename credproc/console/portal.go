package console

import (
	"net/url"
	"strings"
)

// Portal is a link of the AWS access portal that opens the console as a permission set, for whoever is signed in to the
// portal in the browser: it is no secret, and needs no credentials. startURL is the portal's, without a '/' or '#' at
// its end; destination is a page of the console, "" for its first one.
//
// Source: IAM Identity Center User Guide, "Creating shortcut links to AWS Management Console destinations".
func Portal(startURL, account, permissionSet, destination string) URL {
	link := startURL + "/#/console?account_id=" + component(account) + "&role_name=" + component(permissionSet)
	if destination != "" {
		link += "&destination=" + component(destination)
	}
	return URL{link}
}

// component is a value in a query that JavaScript takes apart: there a "+" is not a space.
func component(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
