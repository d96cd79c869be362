// Package grant keeps people signed in: to IAM Identity Center, and to whatever else is a Service.
//
// A grant is what one sign-in gives: a token, no credentials yet. Package grant promises that one sign-in serves every
// process until AWS ends it; that one process at a time refreshes or signs in, and looks again before it does; that a
// refresh token is spent once, and what it bought is stored before it is used; that at most one window opens for a
// grant, and none after one that nobody answered, until a person acts; and that a new sign-in leaves no credentials of
// the one before.
//
// It never writes a token, a client's secret or a code into a log, an error or a command line, and never sends one to
// another host than the settings allow.
package grant

import (
	"time"

	"hatstand/profiles"
)

// A Flow is a way to sign in.
type Flow string

const (
	// Browser is the authorization code flow with PKCE (RFC 7636, RFC 8252): a browser on this machine comes back to
	// an address on loopback.
	Browser Flow = "browser"
	// Device is the device authorization flow (RFC 8628): a browser anywhere, and a code to compare.
	Device Flow = "device"
	// Paste is for a sign-in to the console: a browser anywhere, whose page shows a text that the person pastes here.
	Paste Flow = "paste"
)

// A Registration is this program as a client of the service that signs in. Its secret is a secret.
type Registration struct {
	ClientID     string    `json:"client_id"`
	ClientSecret string    `json:"client_secret"`
	Expires      time.Time `json:"expires"` // told by AWS, 90 days today; zero: the client is known for good
}

// A Token is what a sign-in gave. Access, Refresh and Console are secrets: it prints none of them.
type Token struct {
	Access  string // for LoginSession the ID of the access key, whose rest is in Console
	Expires time.Time
	Refresh string       // "": AWS does not renew it
	Client  Registration // that it was made with, which a refresh needs
	Flow    Flow
	// SignIn names the sign-in: a random text, the same after each refresh. Credentials are kept with it.
	SignIn   string
	SignedIn time.Time
	Region   string // of the service, where the start URL leads to another region than the settings'; else ""
	User     string // the person, as CloudTrail names them; "": not known yet
	Before   string // the person of the sign-in before; "": not known
	Console  Console
}

// A Console is what a sign-in to the console gives besides. Only a Token of kind LoginSession has one.
type Console struct {
	SecretAccessKey string `json:"secret_access_key"`
	SessionToken    string `json:"session_token"`
	IDToken         string `json:"id_token,omitempty"` // a JWT, whose subject is the session's ARN
	DPoPKey         string `json:"dpop_key"`           // P-256, in PEM as SEC1 has it: each refresh is proved with it
}

// An Authorization is a device authorization on its way: the code that a person compares, and where.
type Authorization struct {
	DeviceCode   string // a secret
	UserCode     string
	URL          string        // where the code is entered
	CompleteURL  string        // the same, with the code in it
	Interval     time.Duration // between two polls
	Expires      time.Time
	WindowOpened time.Time    // when a browser was opened for it; zero: never
	Unshown      bool         // nobody has seen the code yet
	Client       Registration // that it was begun with
	Region       string       // as a Token has it
}

// Of is the grant as the calls with the token need it.
func (t Token) Of(g profiles.Grant) profiles.Grant {
	if t.Region != "" {
		g.Region = t.Region
	}
	return g
}
