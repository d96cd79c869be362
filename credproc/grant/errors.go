package grant

import (
	"errors"
	"time"

	"hatstand/profiles"
)

// A Kind says what went wrong with a sign-in or what it gives.
type Kind int

const (
	// NotSignedIn: there is no token, and nobody who could sign in.
	NotSignedIn Kind = iota + 1
	// StillOpen: the time is up, and the sign-in goes on in the browser. Subject is the code to compare.
	StillOpen
	// NotKept: a token could not be stored. It is a warning.
	NotKept

	// Pending: nobody has finished the device authorization yet.
	Pending
	// SlowDown: AWS asks to poll for the device authorization's token less often.
	SlowDown
	// DeviceExpired: nobody finished the sign-in in time, by device authorization or in the browser.
	DeviceExpired
	// NoDeviceFlow: the service has no device authorization.
	NoDeviceFlow
	// Declined: the person has said no.
	Declined
	// BrowserError: the browser came back with an error.
	BrowserError
	// CodeExpired: the code that the browser came back with, or that was pasted, was used too late.
	CodeExpired
	// NotPasted: what the person pasted is not what the page of this sign-in shows.
	NotPasted
	// WrongPerson: somebody else has signed in than the settings say. Subject is who: an ARN.
	WrongPerson
	// NoPermission: the person may not get credentials by a sign-in to the console.
	NoPermission
	// ListenerTaken: nothing can listen on the port that the browser comes back to. Subject is the port.
	ListenerTaken

	// WrongRegionOrURL: the service of that region does not know the start URL. Region is where it is, if AWS says so.
	WrongRegionOrURL
	// BadStartURL: the start URL's host is not AWS's, and does not lead to one of AWS's.
	BadStartURL
	// BadIssuer: what an OpenID provider says of itself is not what the settings say, or cannot be used. Subject is the
	// issuer that it calls itself, if that is another.
	BadIssuer
	// InvalidScope: AWS does not know a scope. Subject has the scopes.
	InvalidScope
	// KMSRefused: the KMS key of Identity Center could not be used.
	KMSRefused
	// ClientRefused: AWS does not know the registration any more.
	ClientRefused
	// GrantEnded: AWS does not renew the sign-in any more.
	GrantEnded

	// TokenRefused: the portal does not take the token.
	TokenRefused
	// NoAccess: the person has no such permission set in the account.
	NoAccess
	// AccountGone: the account is not there.
	AccountGone

	// Throttled: there are too many calls.
	Throttled
	// AWSFailed: AWS itself failed.
	AWSFailed
	// NoAnswer: there is no answer, or none of AWS's. Err is an *awsclient.Error.
	NoAnswer
	// BadAnswer: AWS's answer is incomplete, or is worth nothing.
	BadAnswer
	// Refused is any other refusal.
	Refused
)

// An Error is what went wrong with a sign-in. No secret is in it.
type Error struct {
	Kind    Kind
	Grant   string // its name for people
	Issuer  string // the OpenID provider's; "": it is a sign-in at AWS
	Call    string // AWS's name of the call; "": none was made
	Subject string // what it is about, by kind
	Account string // NoAccess, AccountGone
	Role    string // NoAccess: the permission set's name; "": any
	Region  string
	Reason  string // one line that names the grant
	Code    string // AWS's error code
	// RetryAfter is how long AWS asks to wait before the next call; 0: it does not say. Throttled only.
	RetryAfter time.Duration
	// Location is where the setting is that is wrong: ~/.aws/config:12. A Manager fills it in.
	Location string
	Err      error
}

func (e *Error) Error() string {
	if e.Location != "" {
		return e.Reason + " (" + e.Location + ")"
	}
	return e.Reason
}

// setting is the setting that an error is about; "" if it is about none.
func (e *Error) setting(g profiles.Grant) string {
	switch {
	case e.Kind == InvalidScope:
		return g.ScopesSetting()
	case e.Kind == BadIssuer:
		return "oidc_issuer"
	case e.Kind == BadStartURL:
		return "sso_start_url"
	case e.Kind == WrongRegionOrURL:
		return "sso_region"
	}
	return ""
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in a tree of errors; 0 if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// Passing reports whether a failed call says nothing of the sign-in: another try may succeed.
func Passing(err error) bool {
	switch KindOf(err) {
	case Throttled, AWSFailed, NoAnswer:
		return true
	}
	return false
}
