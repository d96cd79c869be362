package grant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// A Service is where the person of one grant signs in. There is a package for each kind of grant, which makes its
// calls; the Manager decides when. Errors of its methods are *Error, or an error of ctx.
type Service interface {
	Registrar
	BrowserFlow
	DeviceFlow
	Session
}

// A Registrar registers this program for a flow. A service that needs no registration returns the client ID that it
// goes by, with the zero time: then nothing is kept.
type Registrar interface {
	Register(ctx context.Context, f Flow) (Registration, error)
}

// A BrowserFlow is the authorization code flow. AuthorizeURL is the page in which a person signs in; the browser then
// goes to v.RedirectURI, with v.State. CodeToken exchanges the code that it came back with. BrowserError is the *Error
// of a browser that came back with an error in place of a code.
type BrowserFlow interface {
	AuthorizeURL(ctx context.Context, r Registration, v Visit) (string, error)
	CodeToken(ctx context.Context, r Registration, v Visit, code string) (Token, error)
	BrowserError(problem, description string) error
}

// A DeviceFlow is the device authorization flow. StartDevice begins one; a service that has none returns an error of
// kind NoDeviceFlow. DeviceToken asks once for the token. Until somebody has signed in, its error is of kind Pending or
// SlowDown.
type DeviceFlow interface {
	StartDevice(ctx context.Context, r Registration) (Authorization, error)
	DeviceToken(ctx context.Context, a Authorization) (Token, error)
}

// A Session goes on from a token. Refresh spends the refresh token; what it returns is the same sign-in's token, with
// the old refresh token where the service sends no other (RFC 6749, section 6). Logout ends the sign-in; the token is
// of no use then, whatever the error says.
type Session interface {
	Refresh(ctx context.Context, t Token) (Token, error)
	Logout(ctx context.Context, t Token) error
}

// CallbackPath is what follows the host in the address that a browser comes back to.
const CallbackPath = "/oauth/callback"

// A Visit is one browser's way to the service and back. All but RedirectURI is made up for it and used once.
type Visit struct {
	RedirectURI string // on loopback
	State       string // that the browser brings back
	Verifier    string // whose Challenge the service is told (PKCE, RFC 7636); a secret
	Nonce       string // that an ID token has in it (OpenID Connect)
}

func newVisit(redirectURI string) Visit {
	return Visit{RedirectURI: redirectURI, State: randomText(), Verifier: randomText(), Nonce: randomText()}
}

// Challenge is what the service is told of the verifier: its SHA-256, in base64url (S256).
func (v Visit) Challenge() string {
	sum := sha256.Sum256([]byte(v.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// randomText is 32 random bytes, in base64url.
func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// ErrorName is an error's name without what AWS or OAuth spell differently: InvalidGrantException and invalid_grant are
// both InvalidGrant.
func ErrorName(code string) string {
	if strings.ContainsRune(code, '_') || strings.ToLower(code) == code {
		var s strings.Builder
		for word := range strings.SplitSeq(code, "_") {
			if word != "" {
				s.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
		code = s.String()
	}
	return strings.TrimSuffix(code, "Exception")
}
