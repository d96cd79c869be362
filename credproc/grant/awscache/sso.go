package awscache

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// An SSOToken is what a sign-in to IAM Identity Center gives. It never prints its secrets: every formatting verb, the
// log and the JSON encoding leave them out. Times are whole seconds.
type SSOToken struct {
	StartURL              string
	Region                string
	AccessToken           string
	ExpiresAt             time.Time // of the access token
	ClientID              string
	ClientSecret          string
	RegistrationExpiresAt time.Time // of ClientID and ClientSecret; zero if it is not known
	RefreshToken          string    // "" if the service gave none

	read document // what it was read from, without what is above
}

func (t SSOToken) String() string {
	return fmt.Sprintf("sign-in at %s until %s, tokens not shown", t.StartURL, t.ExpiresAt.UTC().Format(timeLayout))
}

func (t SSOToken) GoString() string             { return t.String() }
func (t SSOToken) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, t.String()) }
func (t SSOToken) LogValue() slog.Value         { return slog.StringValue(t.String()) }
func (t SSOToken) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// Mark tells whether a file still has the token that it had: it is the SHA-256, in hexadecimal, of the refresh token,
// or of the access token where there is none.
func (t SSOToken) Mark() string {
	if t.RefreshToken == "" {
		return hexSHA256(t.AccessToken)
	}
	return hexSHA256(t.RefreshToken)
}

// fields are in the order in which the AWS CLI writes them.
func (t *SSOToken) fields() []field {
	return []field{
		textField("startUrl", &t.StartURL),
		textField("region", &t.Region),
		textField("accessToken", &t.AccessToken),
		timeField("expiresAt", &t.ExpiresAt),
		textField("clientId", &t.ClientID),
		textField("clientSecret", &t.ClientSecret),
		timeField("registrationExpiresAt", &t.RegistrationExpiresAt),
		textField("refreshToken", &t.RefreshToken),
	}
}

// decodeSSO wants what botocore and the Go SDK want: an access token and its end.
func decodeSSO(data []byte) (t SSOToken, err error) {
	d, err := parse(data)
	if err != nil {
		return SSOToken{}, err
	}
	if t.read, err = d.read(t.fields()); err != nil {
		return SSOToken{}, err
	}
	switch {
	case t.AccessToken == "":
		return SSOToken{}, missing("accessToken")
	case t.ExpiresAt.IsZero():
		return SSOToken{}, missing("expiresAt")
	}
	return t, nil
}

func (t SSOToken) encode() []byte { return t.read.write(t.fields()) }
