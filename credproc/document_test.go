package credproc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
)

// writes counts and fails.
type writes struct {
	bytes.Buffer
	n   int
	err error
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	if w.err != nil {
		return 0, w.err
	}
	return w.Buffer.Write(p)
}

func TestTheDocument(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 2, 3, 987654321, time.FixedZone("CET", 3600))
	whole := credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: `s/+"<&>`, SessionToken: "t==", CanExpire: true, Expires: at, AccountID: "222222222222"}
	for _, row := range []struct {
		name string
		c    credentials.Value
		want string
	}{
		{"all of it: the time in UTC, in whole seconds, rounded down", whole,
			`{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"s/+\"\u003c\u0026\u003e","SessionToken":"t==","Expiration":"2026-11-22T00:02:03Z","AccountId":"222222222222"}` + "\n"},
		{"what is not known is left out", credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s"},
			`{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s"}` + "\n"},
		{"a time that does not count is left out", credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", Expires: at},
			`{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s"}` + "\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var w writes
			if err := credproc.Encode(&w, row.c); err != nil {
				t.Fatal(err)
			}
			if w.n != 1 || w.String() != row.want {
				t.Errorf("%d writes:\n%s", w.n, w.String())
			}
		})
	}
}

func TestTheDocumentStaysUnder8KiBOrIsNotWritten(t *testing.T) {
	// A document that is one byte short of the limit, then one that is at it.
	c := credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "t"}
	var w writes
	if err := credproc.Encode(&w, c); err != nil {
		t.Fatal(err)
	}
	room := 8191 - w.Len()
	c.SessionToken += strings.Repeat("t", room)
	w = writes{}
	if err := credproc.Encode(&w, c); err != nil || w.Len() != 8191 || !json.Valid(w.Bytes()) {
		t.Errorf("%d bytes, %v", w.Len(), err)
	}
	c.SessionToken += "t"
	w = writes{}
	if err := credproc.Encode(&w, c); err == nil || w.n != 0 || strings.Contains(err.Error(), "tt") {
		t.Errorf("%d writes, %v", w.n, err)
	}
}

func TestAFailedWriteOfTheDocumentIsAnError(t *testing.T) {
	w := writes{err: errors.New("broken pipe")}
	if err := credproc.Encode(&w, credentials.Value{AccessKeyID: "a", SecretAccessKey: "s"}); !errors.Is(err, w.err) || w.n != 1 {
		t.Errorf("%d writes, %v", w.n, err)
	}
}

// FuzzTheDocument holds each member to encoding/json.
func FuzzTheDocument(f *testing.F) {
	f.Add("ASIAIOSFODNN7EXAMPLE", "s/+", "t==", "222222222222")
	f.Add("\x7f\"", "\\u0041", "<script>&", "\u2028é")
	f.Add("\xff", "\x00\n", "", "")
	f.Fuzz(func(t *testing.T, id, secret, token, account string) {
		var b bytes.Buffer
		if credproc.Encode(&b, credentials.Value{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token, AccountID: account}) != nil {
			return // too long
		}
		want, err := json.Marshal(struct {
			Version                      int
			AccessKeyId, SecretAccessKey string
			SessionToken                 string `json:",omitempty"`
			AccountId                    string `json:",omitempty"`
		}{1, id, secret, token, account})
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want)+"\n" {
			t.Errorf("%s\nencoding/json: %s", b.String(), want)
		}
	})
}
