// Package credentials is the one type that every part of hatstand hands AWS credentials around in.
//
// It is a plain value with no behaviour and imports nothing but the standard library's formatting and
// logging: the SDK's own type would bring net/http into the small program. It never prints its secrets.
package credentials

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// A Value is a set of AWS credentials: long-lived (an access key, with no session token) or temporary.
type Value struct {
	AccessKeyID     string
	SecretAccessKey string
	// SessionToken belongs to temporary credentials; "" for long-lived ones.
	SessionToken string
	// Source says in a word where they are from, for messages.
	Source string
	// CanExpire tells whether Expires counts.
	CanExpire bool
	Expires   time.Time
	// AccountID is the account they belong to, 12 digits; "" if it is not known.
	AccountID string
	// MadeWith is the ID of the long-lived key that temporary credentials were made with; "" if it is not known, or if
	// it was no key of the keyring's.
	MadeWith string
}

// HasKeys reports whether both halves of the key pair are there.
func (v Value) HasKeys() bool { return v.AccessKeyID != "" && v.SecretAccessKey != "" }

func (v Value) String() string               { return "credentials " + v.AccessKeyID + ", secret not shown" }
func (v Value) GoString() string             { return v.String() }
func (v Value) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, v.String()) }
func (v Value) LogValue() slog.Value         { return slog.StringValue(v.String()) }
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }
