// Package keypair reads and checks long-lived access keys: an ID and its secret.
//
// Its errors never repeat the input, except for the ID of a temporary key: the text where an ID should be may be the
// secret.
package keypair

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf16"

	"hatstand/cmd/internal/advice"
)

// maxText is what is read of a key pair on stdin, in bytes; the console's file has about 100.
const maxText = 64 << 10

// A Pair is an access key as a file or another program gave it.
type Pair struct{ ID, Secret string }

// An Error says why a text is no key pair. It never repeats any of the text, which may be a secret.
type Error struct{ reason string }

func (e *Error) Error() string { return "--from-stdin: " + e.reason }

func (*Error) ExitCode() int { return advice.Usage }

// Hints are the two ways that work.
func (e *Error) Hints() []string {
	return []string{"give it what aws iam create-access-key prints as JSON, or the CSV file that the console downloads"}
}

// Parse reads the JSON of aws iam create-access-key or the CSV of the console. The error is a
// *Error.
func Parse(text []byte) (Pair, error) {
	text = bytes.TrimSpace(asUTF8(text))
	switch {
	case len(text) == 0:
		return Pair{}, &Error{"there is nothing on stdin"}
	case text[0] == '{':
		return parseJSON(text)
	}
	return parseCSV(text)
}

// asUTF8 takes the mark away that the console's files begin with, and undoes the UTF-16 that PowerShell
// writes into files.
func asUTF8(text []byte) []byte {
	var unit func([]byte) uint16
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		unit = func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		unit = func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }
	default:
		return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	units := make([]uint16, 0, len(text)/2)
	for text = text[2:]; len(text) >= 2; text = text[2:] {
		units = append(units, unit(text))
	}
	return []byte(string(utf16.Decode(units)))
}

// parseJSON reads {"AccessKey": {...}}, or what is inside, as --query AccessKey prints it.
func parseJSON(text []byte) (Pair, error) {
	type accessKey struct{ AccessKeyId, SecretAccessKey, SessionToken, Status string }
	var answer struct {
		AccessKey *accessKey
		accessKey
	}
	d := json.NewDecoder(bytes.NewReader(text))
	// The decoder's own words may show a part of the text.
	if err := d.Decode(&answer); err != nil {
		return Pair{}, &Error{"the JSON cannot be read: is its end missing?"}
	}
	if _, err := d.Token(); err != io.EOF {
		return Pair{}, &Error{"there is more than one JSON value"}
	}
	k := answer.accessKey
	if answer.AccessKey != nil {
		k = *answer.AccessKey
	}
	switch {
	case k.SessionToken != "":
		return Pair{}, &Error{"it has a SessionToken, so these are temporary credentials"}
	case k.AccessKeyId == "":
		return Pair{}, &Error{"the JSON has no AccessKeyId"}
	case k.SecretAccessKey == "":
		return Pair{}, &Error{"the JSON has no SecretAccessKey: AWS shows it only once, when the key is created"}
	case k.Status == "Inactive":
		return Pair{}, &Error{"the key's Status is Inactive"}
	}
	return Pair{k.AccessKeyId, k.SecretAccessKey}, nil
}

// parseCSV reads the console's two forms: a line of headings, of which only two matter, and a line of
// values.
func parseCSV(text []byte) (Pair, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		return Pair{}, &Error{"this is neither JSON nor CSV"}
	}
	id, secret, err := columns(rows[0])
	if err != nil {
		return Pair{}, err
	}
	switch {
	case len(rows) == 1:
		return Pair{}, &Error{"the CSV has no line below its headings"}
	case len(rows) > 2:
		return Pair{}, &Error{"the CSV has more than one key"}
	case len(rows[1]) <= max(id, secret):
		return Pair{}, &Error{"the CSV's second line has fewer fields than the first"}
	}
	p := Pair{strings.TrimSpace(rows[1][id]), strings.TrimSpace(rows[1][secret])}
	switch {
	case p.ID == "":
		return Pair{}, &Error{"the CSV's access key ID is empty: that user was made without an access key"}
	case p.Secret == "":
		return Pair{}, &Error{"the CSV's secret access key is empty"}
	}
	return p, nil
}

func columns(headings []string) (id, secret int, err error) {
	id, secret = -1, -1
	for i, h := range headings {
		switch strings.ToLower(strings.TrimSpace(h)) {
		case "access key id":
			id = i
		case "secret access key":
			secret = i
		}
	}
	switch {
	case id < 0 && secret < 0:
		return 0, 0, &Error{`this is neither JSON nor CSV with the headings "Access key ID" and "Secret access key"`}
	case id < 0:
		return 0, 0, &Error{`the CSV has no "Access key ID"`}
	case secret < 0:
		return 0, 0, &Error{`the CSV has no "Secret access key"`}
	}
	return id, secret, nil
}

// Read reads a pair that another program or the console made. The error is an *Error.
func Read(r io.Reader) (Pair, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	switch {
	case err != nil:
		return Pair{}, errors.Join(&Error{"stdin cannot be read"}, err)
	case len(text) > maxText:
		return Pair{}, &Error{"that is too long for an access key"}
	}
	return Parse(text)
}
