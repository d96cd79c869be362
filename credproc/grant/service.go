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
	// Register registers this program for a flow. A service that needs no registration returns the client ID that it
	// goes by, with the zero time: then nothing is kept.
	Register(ctx context.Context, f Flow) (Registration, error)
	// AuthorizeURL is the page in which a person signs in. The browser then goes to v.RedirectURI, with v.State.
	AuthorizeURL(ctx context.Context, r Registration, v Visit) (string, error)
	// CodeToken exchanges the code that a browser came back with from AuthorizeURL.
	CodeToken(ctx context.Context, r Registration, v Visit, code string) (Token, error)
	// BrowserError is the *Error of a browser that came back with an error in place of a code.
	BrowserError(problem, description string) error
	// StartDevice begins a device authorization. A service that has none returns an error of kind NoDeviceFlow.
	StartDevice(ctx context.Context, r Registration) (Authorization, error)
	// DeviceToken asks once for the token of a device authorization. Until somebody has signed in, the error is of
	// kind Pending or SlowDown.
	DeviceToken(ctx context.Context, a Authorization) (Token, error)
	// Refresh spends the token's refresh token. What it returns is the same sign-in's token; its refresh token is the
	// old one where the service sends no other (RFC 6749, section 6).
	Refresh(ctx context.Context, t Token) (Token, error)
	// Logout ends the sign-in. The token is of no use then, whatever the error says.
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
