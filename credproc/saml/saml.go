// Package saml gets SAML assertions from a person's identity provider and reads what AWS is told by them: which roles
// they offer.
//
// It sees no password, reads no page of the provider and downloads no browser: a browser of the person's, another
// program, or a file gives the assertion. An assertion is as good as the person's password for five minutes, so it is
// in memory only, and in no error, log, command line or file of ours. Whether it is genuine is STS's to say.
package saml

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Life is how long STS takes an assertion. Source: the STS API reference, AssumeRoleWithSAML, ExpiredTokenException.
const Life = 5 * time.Minute

// An Assertion is what a provider says of a person. Make it with Parse.
type Assertion struct {
	// Offers are the roles that the person may assume, in the assertion's order, each once.
	Offers []Offer
	// SessionName is the name that the provider gives the person: RoleSessionName.
	SessionName string
	// Got is when it came, by this machine's clock. Whoever gets it sets it.
	Got time.Time

	sessionDuration string // as it is written; "": the provider does not say
	encrypted       bool   // what it offers cannot be read
	text            string // what STS is sent
}

// An Offer is a role and the provider, as the role's account knows it, by which it is assumed.
type Offer struct{ Role, Provider string }

// Text is what STS is sent: base64, without line ends.
func (a Assertion) Text() string { return a.text }

// Usable reports whether STS may still take it. Its own clock starts a little earlier.
func (a Assertion) Usable(now time.Time) bool {
	age := now.Sub(a.Got)
	return a.text != "" && age >= 0 && age < Life-10*time.Second
}

const notShown = "SAML assertion, not shown"

func (a Assertion) String() string               { return notShown }
func (a Assertion) GoString() string             { return notShown }
func (a Assertion) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, notShown) }
func (a Assertion) LogValue() slog.Value         { return slog.StringValue(notShown) }
func (a Assertion) MarshalJSON() ([]byte, error) { return json.Marshal(notShown) }
