package awscache

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func FuzzSSO(f *testing.F) {
	f.Add([]byte(sso))
	f.Add([]byte(`{"a":1,"accessToken":"A","\u0061ccessToken":"B","expiresAt":"2026-11-29T17:00:00.5+01:00","b":{"c":[]}}`))
	f.Add([]byte(`{"accessToken":"A","expiresAt":"2020-01-01T00:00:00UTC","region":null,"":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := decodeSSO(data)
		checkFault(t, err, "accessToken", "expiresAt", "startUrl", "region", "clientId", "clientSecret", "registrationExpiresAt", "refreshToken")
		if err != nil {
			return
		}
		written := token.encode()
		again, err := decodeSSO(written)
		if err != nil {
			t.Fatalf("%q became %q: %v", data, written, err)
		}
		checkRest(t, token.read, again.read)
		token.read, again.read = nil, nil
		if !reflect.DeepEqual(token, again) {
			t.Errorf("%q became %q", data, written)
		}
	})
}

func FuzzLogin(f *testing.F) {
	f.Add([]byte(login))
	f.Add([]byte(strings.Replace(login, "idToken", "identityToken", 1)))
	f.Add([]byte(strings.Replace(login, `"accountId"`, `"x":[1 ],"accessKeyId"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := decodeLogin(data)
		checkFault(t, err, "accessToken", "accessToken.accessKeyId", "accessToken.secretAccessKey", "accessToken.sessionToken",
			"accessToken.expiresAt", "tokenType", "clientId", "refreshToken", "idToken", "identityToken", "dpopKey")
		if err != nil {
			return
		}
		written := token.encode()
		again, err := decodeLogin(written)
		if err != nil {
			t.Fatalf("%q became %q: %v", data, written, err)
		}
		checkRest(t, token.read, again.read)
		checkRest(t, token.AccessToken.read, again.AccessToken.read)
		token.read, again.read, token.AccessToken.read, again.AccessToken.read = nil, nil, nil, nil
		if !reflect.DeepEqual(token, again) {
			t.Errorf("%q became %q", data, written)
		}
	})
}

// checkFault wants an error to be of this package's own words, so that it cannot quote a file.
func checkFault(t *testing.T, err error, members ...string) {
	if err == nil || errors.Is(err, errNotJSON) {
		return
	}
	f, _ := errors.AsType[fault](err)
	ours := slices.ContainsFunc(members, func(m string) bool { return f == missing(m) || f == unreadable(m) })
	if !ours {
		t.Errorf("%#v", err)
	}
}

// checkRest compares what is not known: in its order, and byte for byte.
func checkRest(t *testing.T, before, after document) {
	unknown := func(m member) bool { return m.value != nil }
	var rests [2][]byte
	for i, d := range []document{before, after} {
		for _, m := range d {
			if unknown(m) {
				rests[i] = slices.Concat(rests[i], m.key, []byte(":"), bytes.TrimSpace(m.value), []byte("\n"))
			}
		}
	}
	if !bytes.Equal(rests[0], rests[1]) {
		t.Errorf("%q became %q", rests[0], rests[1])
	}
}
