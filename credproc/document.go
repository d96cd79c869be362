package credproc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"hatstand/credproc/credentials"
)

// MaxDocument is the size in bytes that the document stays under: the Go SDK v1 reads no more than
// 8 KiB.
const MaxDocument = 8 << 10

// MaxRead bounds what another program may answer, in bytes; the Java SDK's limit.
const MaxRead = 64000

// ErrTooLong is the error of an answer of more than MaxRead bytes.
var ErrTooLong = errors.New("it printed more than 64,000 bytes")

// A document is what a credential_process prints, as AWS's SDK reference guide gives it ("Process credential
// provider").
type document struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string `json:",omitempty"`
	Expiration      string `json:",omitempty"`
	AccountID       string `json:"AccountId,omitempty"`
}

// Encode writes the document of a credential_process, whole, in one write. Fields that are not known are left out, not
// empty. If it cannot make the document, it writes nothing.
func Encode(w io.Writer, c credentials.Value) error {
	d := document{
		Version: 1, AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		SessionToken: c.SessionToken, AccountID: c.AccountID,
	}
	if c.CanExpire {
		d.Expiration = c.Expires.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(d); err != nil {
		return err
	}
	if b.Len() >= MaxDocument {
		return fmt.Errorf("the document would be %d bytes: readers of credential_process take at most %d", b.Len(),
			MaxDocument)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Decode reads the document of a credential_process, another program's. An error never quotes it: it may hold secrets.
func Decode(b []byte) (credentials.Value, error) {
	var d document
	if len(b) > MaxRead {
		return credentials.Value{}, ErrTooLong
	}
	if err := json.Unmarshal(b, &d); err != nil {
		// The decoder's own error may quote a byte of the output, no more.
		return credentials.Value{}, errors.New("its output is not the JSON document of a credential_process")
	}
	switch {
	case d.Version != 1:
		return credentials.Value{}, fmt.Errorf("its document has Version %d; only 1 is known", d.Version)
	case d.AccessKeyID == "":
		return credentials.Value{}, errors.New("its document has no AccessKeyId")
	case d.SecretAccessKey == "":
		return credentials.Value{}, errors.New("its document has no SecretAccessKey")
	}
	// They are written into environments, headers and scripts, where one could begin something else.
	for _, field := range []struct{ name, value string }{
		{"AccessKeyId", d.AccessKeyID}, {"SecretAccessKey", d.SecretAccessKey}, {"SessionToken", d.SessionToken},
		{"AccountId", d.AccountID},
	} {
		if strings.ContainsFunc(field.value, unicode.IsControl) {
			return credentials.Value{}, fmt.Errorf("its document's %s has a control character in it", field.name)
		}
	}
	c := credentials.Value{AccessKeyID: d.AccessKeyID, SecretAccessKey: d.SecretAccessKey,
		SessionToken: d.SessionToken, AccountID: d.AccountID, Source: "process"}
	if d.Expiration != "" {
		at, err := parseTime(d.Expiration)
		if err != nil {
			return credentials.Value{}, errors.New("its document's Expiration is not an ISO 8601 time like " +
				"2026-01-31T12:00:00Z")
		}
		c.CanExpire, c.Expires = true, at.UTC()
	}
	return c, nil
}

// parseTime reads an instant of ISO 8601, as the AWS CLI takes it: RFC 3339, an offset without a colon as date(1) prints
// it (+0000), and the basic format. One without an offset is no instant.
func parseTime(s string) (at time.Time, err error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "20060102T150405Z0700"} {
		if at, err = time.Parse(layout, s); err == nil {
			return at, nil
		}
	}
	return at, err
}
