package awscache

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hatstand/cache/folder"
)

func TestWhatIsHeld(t *testing.T) {
	const arn, gone = "arn:aws:iam::111111111111:user/alice", "arn:aws:sts::111111111111:assumed-role/Admin/bob"
	jwt := func(subject string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":%q}`, subject)) + ".sig"
	}
	at := func(hour int) time.Time { return time.Date(2026, 11, 29, hour, 0, 0, 0, time.UTC) }
	registered := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	const url = "https://x.awsapps.com/start"
	with := func(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
	for _, row := range []struct {
		claim, file, text string
		want              Held // without its path; zero where nothing is held
	}{
		{"both tokens, of a session that is known", ssoName, sso,
			Held{Session: "corp", StartURL: url, AccessToken: true, ExpiresAt: at(16), RefreshToken: true, RegistrationExpiresAt: registered}},
		{"of one that is not", SSOFileName("gone", ""), sso,
			Held{StartURL: url, AccessToken: true, ExpiresAt: at(16), RefreshToken: true, RegistrationExpiresAt: registered}},
		{"an access token of a start URL", SSOFileName("", url), `{"startUrl":"` + url + `","accessToken":"A","expiresAt":"2026-11-29T15:00:01Z"}`,
			Held{StartURL: url, AccessToken: true, ExpiresAt: at(15).Add(time.Second)}},
		{"one that ends now", ssoName, `{"startUrl":"` + url + `","accessToken":"A","expiresAt":"2026-11-29T15:00:00UTC"}`, Held{}},
		{"a refresh token beside one that has ended", ssoName, with(sso, "2026-11-29T16", "2026-11-29T14"),
			Held{Session: "corp", StartURL: url, ExpiresAt: at(14), RefreshToken: true, RegistrationExpiresAt: registered}},
		{"an access token whose end is no time", ssoName, with(sso, "2026-11-29T16:00:00Z", "soon", "refreshToken", "x"),
			Held{Session: "corp", StartURL: url, AccessToken: true, RegistrationExpiresAt: registered}},
		{"another program's file", "kiro-auth-token.json", `{"accessToken":"A","refreshToken":"R","expiresAt":"2026-11-29T16:00:00.123Z","provider":7}`,
			Held{AccessToken: true, ExpiresAt: at(16), RefreshToken: true}},
		{"what a killed writer left", folder.TempPrefix + "123", sso,
			Held{StartURL: url, AccessToken: true, ExpiresAt: at(16), RefreshToken: true, RegistrationExpiresAt: registered}},
		{"a client's registration", "botocore-client-id-eu-west-1.json", `{"clientId":"c","clientSecret":"SECRET","expiresAt":"2027-02-01T00:00:00Z"}`, Held{}},
		{"a file that is empty of tokens", ssoName, `{"accessToken":"","refreshToken":null,"expiresAt":5}`, Held{}},
		{"a login that is known", LoginFileName(arn), login,
			Held{Session: arn, AccessToken: true, ExpiresAt: at(16), RefreshToken: true}},
		{"a login whose profile is gone", LoginFileName(gone), with(login, "SECRET-id", jwt(gone)),
			Held{Session: gone, AccessToken: true, ExpiresAt: at(16), RefreshToken: true}},
		{"a login that says it is another's", LoginFileName(gone), with(login, "SECRET-id", jwt(arn)),
			Held{AccessToken: true, ExpiresAt: at(16), RefreshToken: true}},
		{"a login that has ended, and cannot be refreshed", LoginFileName(arn), with(login, "2026-11-29T16", "2026-11-29T14", "refreshToken", "x"), Held{}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			f := newFolder(t)
			put(t, f, row.file, row.text)
			var want []Held
			if row.want != (Held{}) {
				row.want.Path = filepath.Join(string(f), row.file)
				want = []Held{row.want}
			}
			got, err := f.List(now, []string{"corp", arn})
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

// One file that cannot be read does not hide the others.
func TestListGoesOnPastWhatCannotBeRead(t *testing.T) {
	f := newFolder(t)
	put(t, f, "a.json", sso[:50])
	put(t, f, "b.json", sso)
	put(t, f, "c.json", strings.Repeat(" ", sizeLimit+1))
	put(t, f, "d.txt", "SECRET")
	if err := os.Mkdir(filepath.Join(string(f), "e.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	held, err := f.List(now, nil)
	if len(held) != 1 || held[0].Path != filepath.Join(string(f), "b.json") {
		t.Errorf("%+v", held)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 2 {
		t.Fatalf("%v", err)
	}
	checkError(t, joined.Unwrap()[0], Error{Kind: NotJSON, Path: filepath.Join(string(f), "a.json"), Reason: "not a JSON object"})
	checkError(t, joined.Unwrap()[1], Error{Kind: TooLarge, Path: filepath.Join(string(f), "c.json"), Reason: "larger than 1 MiB"})
}

func TestWhereThereIsNothingToList(t *testing.T) {
	for _, f := range []Folder{"", SSOFolder(t.TempDir()), newFolder(t)} {
		if held, err := f.List(now, []string{"corp"}); len(held) > 0 || err != nil {
			t.Errorf("%q: %v, %v", f, held, err)
		}
	}
}

func TestSubjectsOfBrokenTokens(t *testing.T) {
	for _, text := range []string{"", "a.b", "a.b.c.d", "e30.!.x", "e30.e30.x", "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":7}`)) + ".x"} {
		if got := subject(text); got != "" {
			t.Errorf("%q: %q", text, got)
		}
	}
}
