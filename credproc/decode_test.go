package credproc_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
)

func TestDecode(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	for _, row := range []struct {
		name, in string
		want     credentials.Value
		says     string // of the error; "": there is none
	}{
		{name: "all of it", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-11-22T01:02:03Z","AccountId":"222222222222"}`,
			want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: at, AccountID: "222222222222"}},
		{name: "the least", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s"}`, want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s"}},
		{name: "an offset and a fraction", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"2026-11-22T02:02:03.000+01:00"}`,
			want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s", CanExpire: true, Expires: at}},
		{name: "an offset without a colon", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"2026-11-22T02:02:03+0100"}`,
			want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s", CanExpire: true, Expires: at}},
		{name: "the basic format", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"20261122T010203Z"}`,
			want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s", CanExpire: true, Expires: at}},
		{name: "a null is left out", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":null,"Expiration":null}`, want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s"}},
		{name: "space around and keys that nobody knows", in: "\r\n {\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\",\"New\":{}} \r\n", want: credentials.Value{AccessKeyID: "a", SecretAccessKey: "s"}},
		{name: "nothing", in: "", says: "not the JSON document"},
		{name: "text", in: "SECRET", says: "not the JSON document"},
		{name: "text after the document", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"SECRET"} SECRET`, says: "not the JSON document"},
		{name: "a list", in: `["SECRET"]`, says: "not the JSON document"},
		{name: "a number for a key", in: `{"Version":1,"AccessKeyId":7}`, says: "not the JSON document"},
		{name: "another version", in: `{"Version":2,"AccessKeyId":"SECRET","SecretAccessKey":"SECRET"}`, says: "Version 2; only 1 is known"},
		{name: "no version", in: `{"AccessKeyId":"SECRET","SecretAccessKey":"SECRET"}`, says: "Version 0"},
		{name: "no key ID", in: `{"Version":1,"SecretAccessKey":"SECRET"}`, says: "no AccessKeyId"},
		{name: "no secret", in: `{"Version":1,"AccessKeyId":"SECRET"}`, says: "no SecretAccessKey"},
		{name: "a time that is none", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"SECRET"}`, says: "Expiration is not an ISO 8601 time"},
		{name: "a time without an offset", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"2026-11-22T02:02:03"}`, says: "Expiration is not an ISO 8601 time"},
		{name: "one byte too much", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s"}` + strings.Repeat(" ", 64001-53), says: "more than 64,000 bytes"},
		{name: "a newline in the secret", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"SECRET\nexport X=1"}`, says: "SecretAccessKey has a control character in it"},
		{name: "an escape in the token", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":"SECRET\u001b[2J"}`, says: "SessionToken has a control character in it"},
		{name: "a NUL in the key ID", in: `{"Version":1,"AccessKeyId":"SECRET\u0000","SecretAccessKey":"s"}`, says: "AccessKeyId has a control character in it"},
		{name: "a C1 control in the account", in: `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","AccountId":"SECRET\u009b"}`, says: "AccountId has a control character in it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := credproc.Decode([]byte(row.in))
			if row.says != "" {
				if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "SECRET") || got.HasKeys() {
					t.Errorf("want %q, got %v", row.says, err)
				}
				return
			}
			row.want.Source = "process"
			if err != nil || got != row.want {
				t.Errorf("want %+v, got %+v, %v", row.want, got, err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-11-22T01:02:03Z","AccountId":"222222222222"}`))
	f.Add([]byte(`{"version":1,"ACCESSKEYID":"a","SecretAccessKey":"\u0000"}`))
	f.Add([]byte("SECRET"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := credproc.Decode(in)
		if err != nil {
			if c != (credentials.Value{}) {
				t.Errorf("an error and credentials: %+v", c)
			}
			return
		}
		if !c.HasKeys() || !c.CanExpire && !c.Expires.IsZero() {
			t.Errorf("%+v", c)
		}
		// What one hatstand reads another may have written: the document says the same again.
		var b strings.Builder
		if err := credproc.Encode(&b, c); err != nil {
			return // too long for a document
		}
		again, err := credproc.Decode([]byte(b.String()))
		c.Expires = c.Expires.Truncate(time.Second)
		if year := c.Expires.Year(); year < 0 || year > 9999 {
			return // no RFC 3339 time
		}
		if err != nil || again != c {
			j, _ := json.Marshal(c)
			t.Errorf("%s came back as %s: %v", j, b.String(), err)
		}
	})
}
