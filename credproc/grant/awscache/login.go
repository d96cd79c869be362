package awscache

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// A LoginToken is what aws login gives: credentials of the console's session, and what renews them. It never prints its
// secrets: every formatting verb, the log and the JSON encoding leave them out.
type LoginToken struct {
	AccessToken  AccessToken
	TokenType    string // "aws_sigv4"
	ClientID     string // "arn:aws:signin:::devtools/same-device" or ".../cross-device"
	RefreshToken string
	IDToken      string // a JWT, whose subject is the session's ARN
	DPoPKey      string // a P-256 key that refreshing is proved with: SEC1, in PEM

	read document // what it was read from, without what is above
}

// An AccessToken is a LoginToken's credentials. It never prints its secrets.
type AccessToken struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	AccountID       string    // 12 digits
	ExpiresAt       time.Time // whole seconds

	read document
}

func (t AccessToken) String() string               { return "credentials " + t.AccessKeyID + ", secret not shown" }
func (t AccessToken) GoString() string             { return t.String() }
func (t AccessToken) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, t.String()) }
func (t AccessToken) LogValue() slog.Value         { return slog.StringValue(t.String()) }
func (t AccessToken) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

func (t LoginToken) String() string               { return "aws login: " + t.AccessToken.String() }
func (t LoginToken) GoString() string             { return t.String() }
func (t LoginToken) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, t.String()) }
func (t LoginToken) LogValue() slog.Value         { return slog.StringValue(t.String()) }
func (t LoginToken) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// Mark identifies the token, to see whether a file still has it: it is the SHA-256, in hexadecimal, of the refresh
// token, or of the session token where there is none.
func (t LoginToken) Mark() string {
	if t.RefreshToken == "" {
		return hexSHA256(t.AccessToken.SessionToken)
	}
	return hexSHA256(t.RefreshToken)
}

func (t *AccessToken) fields() []field {
	return []field{
		textField("accessKeyId", &t.AccessKeyID),
		textField("secretAccessKey", &t.SecretAccessKey),
		textField("sessionToken", &t.SessionToken),
		textField("accountId", &t.AccountID),
		timeField("expiresAt", &t.ExpiresAt),
	}
}

// fields are in the order in which the AWS CLI writes them.
func (t *LoginToken) fields() []field {
	decodeAccess := func(value json.RawMessage) bool {
		d, err := parse(value)
		if err == nil {
			t.AccessToken.read, err = d.read(t.AccessToken.fields())
		}
		return err == nil
	}
	encodeAccess := func() []byte { return t.AccessToken.read.write(t.AccessToken.fields()) }
	// The Go SDK's name for idToken. It is read, and replaced by AWS's own.
	decodeIdentity := func(value json.RawMessage) bool {
		var text string
		ok := json.Unmarshal(value, &text) == nil
		if t.IDToken == "" {
			t.IDToken = text
		}
		return ok
	}
	encodeIdentity := func() []byte { return nil }
	return []field{
		{"accessToken", decodeAccess, encodeAccess},
		textField("tokenType", &t.TokenType),
		textField("clientId", &t.ClientID),
		textField("refreshToken", &t.RefreshToken),
		textField("idToken", &t.IDToken),
		{"identityToken", decodeIdentity, encodeIdentity},
		textField("dpopKey", &t.DPoPKey),
	}
}

// decodeLogin requires the fields that every reader requires. The Go SDK also requires the account; no reader requires
// idToken and tokenType.
func decodeLogin(data []byte) (t LoginToken, err error) {
	d, err := parse(data)
	if err != nil {
		return LoginToken{}, err
	}
	if t.read, err = d.read(t.fields()); err != nil {
		return LoginToken{}, err
	}
	for _, f := range []struct {
		name  string
		there bool
	}{
		{"accessToken.accessKeyId", t.AccessToken.AccessKeyID != ""},
		{"accessToken.secretAccessKey", t.AccessToken.SecretAccessKey != ""},
		{"accessToken.sessionToken", t.AccessToken.SessionToken != ""},
		{"accessToken.expiresAt", !t.AccessToken.ExpiresAt.IsZero()},
		{"clientId", t.ClientID != ""},
		{"refreshToken", t.RefreshToken != ""},
		{"dpopKey", t.DPoPKey != ""},
	} {
		if !f.there {
			return LoginToken{}, missing(f.name)
		}
	}
	return t, nil
}

func (t LoginToken) encode() []byte { return t.read.write(t.fields()) }
