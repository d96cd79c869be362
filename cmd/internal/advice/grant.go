package advice

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hatstand/credproc/grant"
	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
)

func grantError(err error) (answer, bool) {
	if e, ok := err.(*awscache.Error); ok {
		return answer{rank: none, exit: Failed, hints: tokenFileHints(e)}, true
	}
	e, ok := err.(*grant.Error)
	if !ok {
		return answer{}, false
	}
	a := answer{rank: refused, exit: Refused, hints: grantHints(e)}
	switch e.Kind {
	case grant.NotSignedIn, grant.StillOpen, grant.Pending, grant.SlowDown, grant.DeviceExpired, grant.GrantEnded,
		grant.NoDeviceFlow: // where a browser could come back, it would have been used
		a.rank, a.exit = nobody, NoHuman
	case grant.Declined:
		a.rank, a.exit = byCancel, Cancelled
	case grant.WrongRegionOrURL, grant.BadStartURL, grant.BadIssuer, grant.InvalidScope:
		a.rank, a.exit = usage, Usage
	case grant.NoAnswer:
		a.rank, a.exit = unreachable, Failed
		if errors.Is(e, context.Canceled) {
			a.hints = nil
		}
	case grant.AWSFailed, grant.ListenerTaken, grant.NotKept:
		a.rank, a.exit = none, Failed
	}
	return a, true
}

// tokenFileHints say what to do about a token file of the AWS CLI that cannot be used. An unsafe folder's error has its
// own.
func tokenFileHints(e *awscache.Error) []string {
	path := ShellWord(e.Path)
	switch e.Kind {
	case awscache.UnsafeFolder:
		return nil
	case awscache.Failed:
		return []string{"you must be able to read and replace the file: ls -ld " + path}
	case awscache.Foreign:
		return []string{"its owner may be signed in by it: move it away, then sign in", "ls -l " + path + " shows whose it is"}
	}
	return []string{"move it away, then sign in: ls -ld " + path + " shows what it is"}
}

// LoginTo is the command that signs in to a grant of that name: a section's, or a start URL. A sign-in to the console
// has none but its profiles'.
func LoginTo(name string) string {
	if isConsole(name) {
		return Login("", "")
	}
	return "hatstand login " + ShellWord(name)
}

// isConsole reports whether a grant's name means a sign-in to the console.
func isConsole(name string) bool {
	return strings.HasPrefix(name, "arn:") || name == (profiles.Grant{Kind: profiles.LoginSession}).Name()
}

// grantHints say what to do about a sign-in, the likeliest first.
func grantHints(e *grant.Error) []string {
	login := LoginTo(e.Grant)
	list := "hatstand list --at " + ShellWord(e.Grant)
	if e.Issuer != "" {
		if hints, ok := oidcHints(e); ok {
			return hints
		}
	}
	switch e.Kind {
	case grant.NotSignedIn, grant.DeviceExpired, grant.GrantEnded:
		var who interface{ Hints() []string } // knows why nobody can be asked
		if errors.As(e.Err, &who) {
			return who.Hints()
		}
		return []string{"sign in: " + login}
	case grant.ClientRefused, grant.TokenRefused, grant.CodeExpired:
		return []string{"sign in again: " + login}
	case grant.StillOpen, grant.Pending, grant.SlowDown:
		return []string{"finish it in the browser and try again"}
	case grant.NotKept:
		if file, ok := errors.AsType[*awscache.Error](e.Err); ok {
			_, hints := For(file)
			return hints
		}
		return []string{"find out what is wrong with the keyring: hatstand doctor"}
	case grant.BrowserError:
		return []string{"try again with a code instead: " + login + " --device"}
	case grant.NoDeviceFlow:
		return []string{"sign in with a browser on this machine: " + login + " --browser-flow",
			"over SSH: add --callback-port PORT, and connect with ssh -L PORT:127.0.0.1:PORT"}
	case grant.NotPasted:
		return []string{"sign in again, and copy the whole text that AWS's last page shows: " + login + " --device"}
	case grant.WrongPerson:
		return []string{"in the browser, sign in to the console as the profile's login_session says",
			"or let the profile use the sign-in of whoever signs in: hatstand login PROFILE --console"}
	case grant.NoPermission:
		return []string{"ask an administrator to attach the policy SignInLocalDevelopmentAccess"}
	case grant.ListenerTaken:
		return []string{"choose another port, or none: --callback-port PORT"}
	case grant.WrongRegionOrURL:
		if e.Region != "" {
			return []string{"set sso_region = " + e.Region}
		}
		return []string{"sso_region must be the region of Identity Center itself; check sso_start_url"}
	case grant.BadStartURL:
		return []string{"set sso_start_url to the URL of the AWS access portal, https://NAME.awsapps.com/start say"}
	case grant.InvalidScope:
		return []string{"correct sso_registration_scopes; the default is sso:account:access"}
	case grant.KMSRefused:
		return []string{"the KMS key of Identity Center refused the call: ask its administrator"}
	case grant.NoAccess:
		if e.Role == "" {
			return []string{"see what you have: " + list}
		}
		return []string{fmt.Sprintf("you have no permission set %s in %s; names are the permission set's, and case "+
			"counts: %s", e.Role, e.Account, list)}
	case grant.AccountGone:
		return []string{"the account does not exist any more; see what there is: " + list}
	case grant.Throttled:
		if isConsole(e.Grant) {
			return []string{"wait a little and run it again"}
		}
		return []string{"AWS allows about 20 calls a second; wait a little and run it again"}
	case grant.AWSFailed:
		return []string{"AWS failed on its side: run it again"}
	case grant.NoAnswer:
		if isConsole(e.Grant) {
			return []string{"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN or endpoint_url if one is set"}
		}
		return []string{"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC or " +
			"endpoint_url if one is set"}
	case grant.BadAnswer:
		return []string{"check this machine's clock, and endpoint_url if one is set"}
	case grant.Refused:
		switch {
		case e.Issuer != "":
			return []string{"try again: " + login, "if it stays so, ask who runs the provider"}
		case isConsole(e.Grant):
			return []string{"sign in again: " + login}
		}
		return []string{"try again: " + login, "if it stays so, ask who runs your Identity Center"}
	}
	return nil
}

// oidcHints are those that differ for an OpenID provider.
func oidcHints(e *grant.Error) (hints []string, ok bool) {
	switch e.Kind {
	case grant.BadIssuer:
		hint := "check oidc_issuer: the provider has to describe itself at " + e.Issuer + "/.well-known/openid-configuration"
		if e.Subject != "" {
			hint = "if that is the provider you mean, set oidc_issuer to exactly that"
		}
		return []string{hint}, true
	case grant.InvalidScope:
		return []string{"correct oidc_scopes; the default is openid"}, true
	case grant.ClientRefused:
		return []string{"check oidc_client_id: the provider has to know it as a public client, which has no secret, and may " +
			"send a browser back to http://127.0.0.1/oauth/callback"}, true
	case grant.ListenerTaken:
		return []string{"choose another port: oidc_redirect_port, or --callback-port PORT"}, true
	case grant.Throttled:
		return []string{"wait a little and run it again"}, true
	case grant.AWSFailed:
		return []string{"the provider failed: run it again"}, true
	case grant.NoAnswer:
		return []string{"check the network, HTTPS_PROXY and oidc_issuer"}, true
	case grant.BadAnswer:
		return []string{"check oidc_client_id and oidc_scopes, and this machine's clock"}, true
	}
	return nil, false
}
