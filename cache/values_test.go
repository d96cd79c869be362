package cache

import (
	"reflect"
	"testing"
	"time"

	"hatstand/credproc/credentials"
)

// What version 1 has written is read for ever: these are values of the first release, byte for byte.
func TestValuesOfVersion1(t *testing.T) {
	added := time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC)
	expires := added.Add(time.Hour)
	keys := Keys{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalr/XUtn+FEMI", ARN: "arn:aws:iam::111111111111:user/alice", Added: added}
	for _, row := range []struct {
		name, stored string
		decode       func([]byte) (any, error)
		want         any
	}{
		{
			"keys", `{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalr/XUtn+FEMI","Arn":"arn:aws:iam::111111111111:user/alice","Added":"2023-11-14T22:13:20Z"}`,
			func(b []byte) (any, error) { return decodeKeys(b) }, keys,
		},
		{
			"keys that were never verified", `{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"\u003c\u0026","Added":"2023-11-14T22:13:20Z"}`,
			func(b []byte) (any, error) { return decodeKeys(b) }, Keys{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "<&", Added: added},
		},
		{
			"a session", `{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"s","SessionToken":"t==","AccountId":"222222222222","Issued":"2023-11-14T22:13:20Z","Expires":"2023-11-14T23:13:20Z"}`,
			func(b []byte) (any, error) {
				c, issued, err := decodeSession(b)
				if !issued.Equal(added) {
					t.Errorf("issued %s", issued)
				}
				return c, err
			},
			credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "t==", AccountID: "222222222222", CanExpire: true, Expires: expires, Source: "hatstand"},
		},
		{
			"a seed", `{"Version":1,"Secret":"JBSWY3DPEHPK3PXP"}`,
			func(b []byte) (any, error) { return decodeSeed(b) }, "JBSWY3DPEHPK3PXP",
		},
		{
			"a rotation", `{"Version":1,"Old":{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalr/XUtn+FEMI","Arn":"arn:aws:iam::111111111111:user/alice","Added":"2023-11-14T22:13:20Z"},"Doomed":"AKIANEW","Seen":["AKIAIOSFODNN7EXAMPLE"],"Began":"2023-11-14T22:13:20Z","Made":"0001-01-01T00:00:00Z"}`,
			func(b []byte) (any, error) { return decodeRotation(b) },
			Rotation{Old: keys, Doomed: "AKIANEW", Seen: []string{"AKIAIOSFODNN7EXAMPLE"}, Began: added},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.decode([]byte(row.stored))
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("%#v, %v", got, err)
			}
		})
	}
}

// A session says which key made it, and what was written without that is read.
func TestASessionSaysWhatItWasMadeWith(t *testing.T) {
	creds, issued := testSession(time.Hour)
	creds.MadeWith = "AKIAIOSFODNN7EXAMPLE"
	data, err := encodeSession(creds, issued)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := decodeSession(data); err != nil || got.MadeWith != creds.MadeWith {
		t.Errorf("%q, %v", got.MadeWith, err)
	}
}
