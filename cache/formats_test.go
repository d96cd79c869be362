package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/credentials"
)

var (
	storedAt = time.Date(2026, 11, 30, 8, 15, 0, 0, time.UTC)

	formatKeys = Keys{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		ARN: "arn:aws:iam::111111111111:user/alice", Added: storedAt}
	formatRotation = Rotation{Old: formatKeys, Next: Keys{AccessKeyID: "AKIAI44QH8DHBEXAMPLE", SecretAccessKey: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY", Added: storedAt},
		Seen: []string{"AKIAIOSFODNN7EXAMPLE"}, Began: storedAt, Made: storedAt.Add(time.Second), KeepOld: true}
	formatSession = credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret", SessionToken: "token", AccountID: "222222222222",
		MadeWith: "AKIAIOSFODNN7EXAMPLE", CanExpire: true, Expires: storedAt.Add(time.Hour), Source: "hatstand"}
)

const formatSeed = "JBSWY3DPEHPK3PXP"

// formats are all that this package stores. A file of testdata/formats is an item as a released version stored it, and
// stays: when a format changes, its version grows, and new files come beside the old ones.
func formats() map[string]struct {
	encode func() ([]byte, error)
	decode func([]byte) (any, error)
	want   any
} {
	type format = struct {
		encode func() ([]byte, error)
		decode func([]byte) (any, error)
		want   any
	}
	type session struct {
		c      credentials.Value
		issued time.Time
	}
	return map[string]format{
		"keys": {func() ([]byte, error) { return encodeKeys(formatKeys) }, func(b []byte) (any, error) { return decodeKeys(b) }, formatKeys},
		"seed": {func() ([]byte, error) { return encodeSeed(formatSeed) }, func(b []byte) (any, error) { return decodeSeed(b) }, formatSeed},
		"session": {func() ([]byte, error) { return encodeSession(formatSession, storedAt) }, func(b []byte) (any, error) {
			c, issued, err := decodeSession(b)
			return session{c, issued}, err
		}, session{formatSession, storedAt}},
		"rotation": {func() ([]byte, error) { return encodeRotation(formatRotation) }, func(b []byte) (any, error) { return decodeRotation(b) }, formatRotation},
		"record": {
			func() ([]byte, error) {
				return []byte(Record{Place: Place{"secret-service", "Work keys"}, Copies: Place{Backend: "file"}}.String()), nil
			},
			func(b []byte) (any, error) { return parseRecord(string(b)) }, Record{Place: Place{"secret-service", "Work keys"}, Copies: Place{Backend: "file"}},
		},
	}
}

func TestWhatEarlierVersionsStoredIsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/formats/*")
	if err != nil || len(files) < len(formats()) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		kind, _, _ := strings.Cut(filepath.Base(path), ".")
		if kind == "record" && !slices.Contains(Backends(), "secret-service") {
			continue // a record of another system's keyring is not read
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, ok := formats()[kind]
		if !ok {
			t.Fatalf("%s: nothing stores it", path)
		}
		if got, err := f.decode(b); err != nil || !reflect.DeepEqual(got, f.want) {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
}

// Whoever changes what is stored sees it here, and gives it another version.
func TestWhatIsStoredIsTheFormatOfItsVersion(t *testing.T) {
	for kind, f := range formats() {
		got, err := f.encode()
		if err != nil {
			t.Fatal(err)
		}
		path := fmt.Sprintf("testdata/formats/%s.%d", kind, version)
		want, err := os.ReadFile(path)
		if err != nil || string(got) != strings.TrimSuffix(string(want), "\n") && kind != "record" || kind == "record" && string(got) != string(want) {
			t.Errorf("%s: stored is\n%s\nand not\n%s%v", path, got, want, err)
		}
	}
}

func TestWhatALaterVersionStoredIsLeftAlone(t *testing.T) {
	const later = `{"Version":2,"Of":"the future"}`
	id := SessionID{Base: "p", Hash: "h"}
	ring := &theMemory{Items: map[string][]byte{
		keysItem("p"): []byte(later), seedItem("s"): []byte(later), rotationItem("p"): []byte(later), id.item(): []byte(later),
	}}
	s := storeOver(ring)
	const said = "it was stored by a later version of hatstand (format 2, this one reads 1)"
	_, keys := s.Keys(t.Context(), "p")
	_, seed := s.Seed(t.Context(), "s")
	_, rotation := s.Rotation(t.Context(), "p")
	_, _, session := s.Session(t.Context(), id)
	if !errors.Is(session, ErrNotFound) {
		t.Errorf("session: %v, want a miss", session)
	}
	put := s.PutSession(t.Context(), id, formatSession, storedAt)
	for what, err := range map[string]error{"keys": keys, "seed": seed, "rotation": rotation, "put session": put} {
		if !errors.Is(err, Newer) || errors.Is(err, Corrupt) || !strings.HasSuffix(fmt.Sprint(err), said) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for item, data := range ring.Items {
		if string(data) != later {
			t.Errorf("%s is %s now", item, data)
		}
	}
}
