package cache

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"hatstand/credproc/credentials"
)

// Keys are an IAM user's long-lived access keys. They never print their secret: every formatting
// verb, the log and the JSON encoding leave it out.
type Keys struct {
	AccessKeyID     string
	SecretAccessKey string
	ARN             string // the IAM user's; "" if the keys were never verified
	Added           time.Time
}

func (k Keys) String() string {
	return fmt.Sprintf("keys %s of %s, secret not shown", k.AccessKeyID, cmp.Or(k.ARN, "an unverified user"))
}

func (k Keys) GoString() string             { return k.String() }
func (k Keys) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, k.String()) }
func (k Keys) LogValue() slog.Value         { return slog.StringValue(k.String()) }
func (k Keys) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// version is the version of every value in the keyring. A value of another version cannot be read.
const version = 1

type storedKeys struct {
	Version         int
	AccessKeyId     string
	SecretAccessKey string
	Arn             string `json:",omitempty"`
	Added           time.Time
}

func encodeKeys(k Keys) ([]byte, error) {
	return json.Marshal(k.stored())
}

func (k Keys) stored() storedKeys {
	return storedKeys{version, k.AccessKeyID, k.SecretAccessKey, k.ARN, k.Added}
}

func decodeKeys(data []byte) (Keys, error) {
	var v storedKeys
	if err := unmarshal(data, &v); err != nil {
		return Keys{}, err
	}
	return v.keys()
}

func (v storedKeys) keys() (Keys, error) {
	switch {
	case v.Version != version:
		return Keys{}, versionError(v.Version)
	case v.AccessKeyId == "" || v.SecretAccessKey == "":
		return Keys{}, errIncomplete
	}
	return Keys{v.AccessKeyId, v.SecretAccessKey, v.Arn, v.Added}, nil
}

type storedSession struct {
	Version         int
	AccessKeyId     string
	SecretAccessKey string
	SessionToken    string
	AccountId       string `json:",omitempty"`
	MadeWith        string `json:",omitempty"` // the ID of the long-lived key
	Issued          time.Time
	Expires         time.Time
}

func encodeSession(c credentials.Value, issued time.Time) ([]byte, error) {
	return json.Marshal(storedSession{
		version, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.AccountID, c.MadeWith,
		issued.UTC().Round(0), c.Expires.UTC().Round(0),
	})
}

func decodeSession(data []byte) (credentials.Value, time.Time, error) {
	var v storedSession
	if err := unmarshal(data, &v); err != nil {
		return credentials.Value{}, time.Time{}, err
	}
	switch {
	case v.Version != version:
		return credentials.Value{}, time.Time{}, versionError(v.Version)
	case v.AccessKeyId == "" || v.SecretAccessKey == "" || v.SessionToken == "" || v.Expires.IsZero():
		return credentials.Value{}, time.Time{}, errIncomplete
	}
	return credentials.Value{
		AccessKeyID: v.AccessKeyId, SecretAccessKey: v.SecretAccessKey, SessionToken: v.SessionToken,
		AccountID: v.AccountId, MadeWith: v.MadeWith, CanExpire: true, Expires: v.Expires, Source: "hatstand",
	}, v.Issued, nil
}

type storedSeed struct {
	Version int
	Secret  string
}

func encodeSeed(secret string) ([]byte, error) {
	return json.Marshal(storedSeed{version, secret})
}

func decodeSeed(data []byte) (string, error) {
	var v storedSeed
	if err := unmarshal(data, &v); err != nil {
		return "", err
	}
	switch {
	case v.Version != version:
		return "", versionError(v.Version)
	case v.Secret == "":
		return "", errIncomplete
	}
	return v.Secret, nil
}

var (
	errIncomplete = errors.New("a part of the value is missing")
	errNotJSON    = errors.New("the value is not valid JSON")
)

type versionError int

func (e versionError) Error() string {
	if e.newer() {
		return fmt.Sprintf("it was stored by a later version of hatstand (format %d, this one reads %d)", int(e), version)
	}
	return fmt.Sprintf("the value has version %d, this program reads version %d", int(e), version)
}

func (e versionError) newer() bool { return e > version }

// unmarshal keeps the decoder's own text out: it may quote the value.
func unmarshal(data []byte, v any) error {
	if json.Unmarshal(data, v) != nil {
		return errNotJSON
	}
	return nil
}
