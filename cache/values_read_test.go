package cache

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"hatstand/credproc/credentials"
)

// What this program wrote is read without encoding/json; a change of the form that forgets the reader is a
// slower warm call, which nothing else would tell.
func TestWhatIsWrittenIsReadPlainly(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)
	for _, account := range []string{"", "222222222222"} {
		c := credentials.Value{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "s3c/r+3t", SessionToken: "t0k3n==", AccountID: account, Expires: at.Add(time.Hour)}
		b, err := encodeSession(c, at)
		if err != nil {
			t.Fatal(err)
		}
		if !new(storedSession).read(b) {
			t.Errorf("a session: %s", b)
		}
	}
	for _, arn := range []string{"", "arn:aws:iam::111111111111:user/path/alice"} {
		b, err := encodeKeys(Keys{"AKIAEXAMPLE", "s3c/r+3t", arn, at})
		if err != nil {
			t.Fatal(err)
		}
		if !new(storedKeys).read(b) {
			t.Errorf("keys: %s", b)
		}
	}
}

// FuzzPlainly holds the plain reader to encoding/json: what it reads at all it reads as the same.
func FuzzPlainly(f *testing.F) {
	const session = `{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","AccountId":"2","Issued":"2026-11-22T12:00:00.5Z","Expires":"2026-11-22T13:00:00Z"}`
	const keys = `{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Arn":"arn:aws:iam::1:user/a","Added":"2026-11-22T12:00:00+01:00"}`
	for _, seed := range []string{
		session, keys, session + " ", session[:len(session)-1] + `,"Issued":"2020-01-01T00:00:00Z"}`,
		`{"Version":1,"AccessKeyId":"\u0041","SecretAccessKey":"s","Added":"2026-11-22T12:00:00Z"}`,
		`{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Added":"2026-11-22T12:00:00,5Z"}`,
		`{"Version":1,"AccessKeyId":"é","SecretAccessKey":"` + "\x00" + `","Added":"2026-11-22T12:00:00Z"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var k, kj, none storedKeys
		if !k.read(data) && k != none {
			t.Errorf("%q: what could not be read left %v", data, k)
		}
		if k != none && (json.Unmarshal(data, &kj) != nil || !reflect.DeepEqual(k, kj)) {
			t.Errorf("keys %q: %v, encoding/json %v", data, k, kj)
		}
		var s, sj, never storedSession
		if !s.read(data) && s != never {
			t.Errorf("%q: what could not be read left %v", data, s)
		}
		if s != never && (json.Unmarshal(data, &sj) != nil || !reflect.DeepEqual(s, sj)) {
			t.Errorf("a session %q: %v, encoding/json %v", data, s, sj)
		}
	})
}
