package awscache

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// sso is what AWS CLI 2.36 writes, and login likewise; both in one line, as Python does.
const (
	sso = `{"startUrl": "https://x.awsapps.com/start", "region": "eu-west-1", "accessToken": "SECRET-access", "expiresAt": "2026-11-29T16:00:00Z", ` +
		`"clientId": "client", "clientSecret": "SECRET-client", "registrationExpiresAt": "2027-02-01T00:00:00Z", "refreshToken": "SECRET-refresh"}`
	login = `{"accessToken": {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "SECRET-key", "sessionToken": "SECRET-session", "accountId": "012345678901", "expiresAt": "2026-11-29T16:00:00Z"}, ` +
		`"tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": "SECRET-refresh", "idToken": "SECRET-id", "dpopKey": "SECRET-dpop"}`
)

func ssoToken() SSOToken {
	return SSOToken{
		StartURL: "https://x.awsapps.com/start", Region: "eu-west-1",
		AccessToken: "SECRET-access", ExpiresAt: time.Date(2026, 11, 29, 16, 0, 0, 0, time.UTC),
		ClientID: "client", ClientSecret: "SECRET-client", RegistrationExpiresAt: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC),
		RefreshToken: "SECRET-refresh",
	}
}

func loginToken() LoginToken {
	return LoginToken{
		AccessToken: AccessToken{
			AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "SECRET-key", SessionToken: "SECRET-session",
			AccountID: "012345678901", ExpiresAt: time.Date(2026, 11, 29, 16, 0, 0, 0, time.UTC),
		},
		TokenType: "aws_sigv4", ClientID: "arn:aws:signin:::devtools/same-device",
		RefreshToken: "SECRET-refresh", IDToken: "SECRET-id", DPoPKey: "SECRET-dpop",
	}
}

func TestTokensAreWrittenAsTheAWSCLIDoes(t *testing.T) {
	if got := string(ssoToken().encode()); got != sso {
		t.Errorf("%s\nwant\n%s", got, sso)
	}
	if got := string(loginToken().encode()); got != login {
		t.Errorf("%s\nwant\n%s", got, login)
	}
	older := ssoToken()
	older.RefreshToken, older.ClientID, older.ClientSecret, older.RegistrationExpiresAt = "", "", "", time.Time{}
	older.ExpiresAt = older.ExpiresAt.In(time.FixedZone("", 3600)).Add(999 * time.Millisecond)
	want := `{"startUrl": "https://x.awsapps.com/start", "region": "eu-west-1", "accessToken": "SECRET-access", "expiresAt": "2026-11-29T16:00:00Z"}`
	if got := string(older.encode()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestTokensAreReadAsTheyWereWritten(t *testing.T) {
	s, err := decodeSSO([]byte(sso))
	s.read = nil
	if want := ssoToken(); err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%s", secretDiff(s, want, err))
	}
	l, err := decodeLogin([]byte(login))
	l.read, l.AccessToken.read = nil, nil
	if want := loginToken(); err != nil || !reflect.DeepEqual(l, want) {
		t.Errorf("%s", secretDiff(l, want, err))
	}
}

// secretDiff shows what tokens themselves never do.
func secretDiff(got, want any, err error) string {
	text := func(v any) (s string) {
		r := reflect.ValueOf(v)
		for i := range r.NumField() {
			s += fmt.Sprintf(" %s=%v", r.Type().Field(i).Name, r.Field(i))
		}
		return s
	}
	return fmt.Sprintf("%s\nwant %s\n%v", text(got), text(want), err)
}

func TestTimesAreReadInEachFormThatIsWritten(t *testing.T) {
	want := time.Date(2026, 11, 29, 16, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		claim, text string
		want        time.Time // zero where it is no time
	}{
		{"Z", "2026-11-29T16:00:00Z", want},
		{"UTC", "2026-11-29T16:00:00UTC", want},
		{"an offset", "2026-11-29T17:30:00+01:30", want},
		{"an offset without a colon", "2026-11-29T11:00:00-0500", want},
		{"Go's nanoseconds", "2026-11-29T16:00:00.987654321Z", want},
		{"Python's microseconds and offset", "2026-11-29T16:00:00.000001+00:00", want},
		{"a fraction and UTC", "2026-11-29T16:00:00.5UTC", want},
		{"a leap of the year by the offset", "2027-01-01T00:30:00+01:00", time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)},
		{"the last second", "9999-12-31T23:59:59Z", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
		{"a year that cannot be written", "9999-12-31T23:59:59-01:00", time.Time{}},
		{"a year before the first", "0001-01-01T00:00:00+01:00", time.Time{}},
		{"no zone", "2026-11-29T16:00:00", time.Time{}},
		{"another zone's name", "2026-11-29T16:00:00CET", time.Time{}},
		{"both", "2026-11-29T16:00:00ZUTC", time.Time{}},
		{"a number", "1795968000", time.Time{}},
		{"nothing", "", time.Time{}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got, ok := parseTime(row.text)
			if !got.Equal(row.want) || ok == row.want.IsZero() {
				t.Errorf("%v %v, want %v", got, ok, row.want)
			}
		})
	}
}

func TestUnknownMembersStayAsTheyAre(t *testing.T) {
	for _, row := range []struct{ claim, before, after string }{
		{"among the known ones, in their order",
			`{"z":1,"startUrl":"u","accessToken":"A","b": {"c" : [ 1.50, 1e400, "\u00e9é<" ]} ,"expiresAt":"2026-11-29T16:00:00UTC","a":null}`,
			`{"z": 1, "startUrl": "u", "accessToken": "B", "b": {"c" : [ 1.50, 1e400, "\u00e9é<" ]}, "expiresAt": "2026-11-29T16:00:00Z", "a": null}`},
		{"with names that are spelled by escapes, or are another case's",
			"{\n  \"\\u0061\": 1,\n  \"AccessToken\": \"x\",\n  \"accessToken\": \"A\",\n  \"expiresAt\": \"2026-11-29T16:00:00Z\"\n}\n",
			`{"\u0061": 1, "AccessToken": "x", "accessToken": "B", "expiresAt": "2026-11-29T16:00:00Z"}`},
		{"twice", `{"a":1,"a":2,"accessToken":"A","expiresAt":"2026-11-29T16:00:00Z"}`,
			`{"a": 1, "a": 2, "accessToken": "B", "expiresAt": "2026-11-29T16:00:00Z"}`},
		{"but known ones that are empty, null or double go",
			`{"accessToken":"old","region":null,"refreshToken":"","accessToken":"A","expiresAt":"2026-11-29T16:00:00Z","registrationExpiresAt":""}`,
			`{"accessToken": "B", "expiresAt": "2026-11-29T16:00:00Z"}`},
		{"even if its name is empty", `{"":"","accessToken":"A","expiresAt":"2026-11-29T16:00:00Z"}`,
			`{"": "", "accessToken": "B", "expiresAt": "2026-11-29T16:00:00Z"}`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			token, err := decodeSSO([]byte(row.before))
			if err != nil || token.AccessToken != "A" {
				t.Fatal(err)
			}
			token.AccessToken = "B"
			if got := string(token.encode()); got != row.after {
				t.Errorf("%s\nwant\n%s", got, row.after)
			}
		})
	}
	t.Run("of both objects of a login", func(t *testing.T) {
		before := strings.NewReplacer(`"accountId"`, `"x": [1], "accountId"`, `"tokenType"`, `"y": {}, "tokenType"`).Replace(login)
		token, err := decodeLogin([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		token.AccessToken.SecretAccessKey, token.RefreshToken = "NEW", "NEWER"
		want := strings.NewReplacer("SECRET-key", "NEW", "SECRET-refresh", "NEWER").Replace(before)
		if got := string(token.encode()); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	})
}

// The Go SDK has another name for idToken, and writes "" where it read none.
func TestIdentityTokenIsAnIDToken(t *testing.T) {
	for _, row := range []struct{ claim, inFile, want string }{
		{"alone", `"identityToken": "jwt"`, "jwt"},
		{"beside AWS's own", `"identityToken": "old", "idToken": "jwt"`, "jwt"},
		{"empty", `"identityToken": ""`, ""},
		{"null", `"identityToken": null`, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			token, err := decodeLogin([]byte(strings.Replace(login, `"idToken": "SECRET-id"`, row.inFile, 1)))
			if err != nil || token.IDToken != row.want {
				t.Errorf("%q, %v", token.IDToken, err)
			}
			written := string(token.encode())
			if strings.Contains(written, "identityToken") || strings.Contains(written, `"idToken": "jwt"`) != (row.want != "") {
				t.Error(written)
			}
		})
	}
}

func TestWhatIsNoToken(t *testing.T) {
	with := func(from, to string) string { return strings.Replace(sso, from, to, 1) }
	in := func(from, to string) string { return strings.Replace(login, from, to, 1) }
	for _, row := range []struct {
		claim, text string
		login       bool
		kind        Kind
		reason      string
	}{
		{"nothing", "", false, NotJSON, "not a JSON object"},
		{"blanks", " \n", false, NotJSON, "not a JSON object"},
		{"a list", `["SECRET"]`, false, NotJSON, "not a JSON object"},
		{"a text", `"SECRET"`, false, NotJSON, "not a JSON object"},
		{"null", `null`, false, NotJSON, "not a JSON object"},
		{"half of it", sso[:150], false, NotJSON, "not a JSON object"},
		{"more behind it", sso + `{"SECRET": 1}`, false, NotJSON, "not a JSON object"},
		{"a comma too many", with(`}`, `,}`), false, NotJSON, "not a JSON object"},
		{"a byte order mark", "\ufeff" + sso, false, NotJSON, "not a JSON object"},
		{"no UTF-8", with("SECRET-access", "SECRET-\xff"), false, NotJSON, "not a JSON object"},
		{"Python's NaN", with(`"client"`, `NaN`), false, NotJSON, "not a JSON object"},
		{"a depth without end", strings.Repeat(`{"a":`, 300_000), false, NotJSON, "not a JSON object"},
		{"a great depth", with(`{`, `{"a":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`,`), false, NotJSON, "not a JSON object"},
		{"no access token", with(`"accessToken"`, `"x"`), false, Incomplete, "no accessToken"},
		{"an empty access token", with(`SECRET-access`, ``), false, Incomplete, "no accessToken"},
		{"no end", with(`"expiresAt"`, `"x"`), false, Incomplete, "no expiresAt"},
		{"an end that is no time", with(`2026-11-29T16:00:00Z`, `SECRET`), false, Incomplete, "expiresAt is not what it should be"},
		{"an end that is a number", with(`"2026-11-29T16:00:00Z"`, `1795968000`), false, Incomplete, "expiresAt is not what it should be"},
		{"an access token that is a list", with(`"SECRET-access"`, `["SECRET"]`), false, Incomplete, "accessToken is not what it should be"},
		{"a login's file", login, false, Incomplete, "accessToken is not what it should be"},
		{"a sign-in's file", sso, true, Incomplete, "accessToken is not what it should be"},
		{"a login without credentials", in(`"accessToken"`, `"x"`), true, Incomplete, "no accessToken.accessKeyId"},
		{"null for them", `{"accessToken": null}`, true, Incomplete, "no accessToken.accessKeyId"},
		{"a list for them", `{"accessToken": []}`, true, Incomplete, "accessToken is not what it should be"},
		{"without a secret", in(`"secretAccessKey"`, `"x"`), true, Incomplete, "no accessToken.secretAccessKey"},
		{"without a session token", in(`"sessionToken"`, `"x"`), true, Incomplete, "no accessToken.sessionToken"},
		{"without an end", in(`"expiresAt"`, `"x"`), true, Incomplete, "no accessToken.expiresAt"},
		{"with an end that is no time", in(`2026-11-29T16:00:00Z`, `SECRET`), true, Incomplete, "accessToken is not what it should be"},
		{"without a client", in(`"clientId"`, `"x"`), true, Incomplete, "no clientId"},
		{"without a refresh token", in(`"refreshToken"`, `"x"`), true, Incomplete, "no refreshToken"},
		{"without a key", in(`"dpopKey"`, `"x"`), true, Incomplete, "no dpopKey"},
		{"with a number for the key", in(`"SECRET-dpop"`, `4711`), true, Incomplete, "dpopKey is not what it should be"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := decodeSSO([]byte(row.text))
			if row.login {
				_, err = decodeLogin([]byte(row.text))
			}
			if got, _ := errors.AsType[fault](err); got != (fault{row.kind, row.reason}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestMarkFollowsTheRefreshToken(t *testing.T) {
	s, l := ssoToken(), loginToken()
	if want := hexSHA256("SECRET-refresh"); s.Mark() != want || l.Mark() != want {
		t.Error(s.Mark(), l.Mark())
	}
	s.RefreshToken, l.RefreshToken = "", ""
	if s.Mark() != hexSHA256("SECRET-access") || l.Mark() != hexSHA256("SECRET-session") {
		t.Error(s.Mark(), l.Mark())
	}
	if want := "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; (SSOToken{RefreshToken: "test"}).Mark() != want {
		t.Error("not a SHA-256 in lower case")
	}
}

// What is printed, whichever way, has nothing that is secret.
func TestTokensDoNotPrintThemselves(t *testing.T) {
	s, err := decodeSSO([]byte(strings.Replace(sso, "{", `{"more": "SECRET-more", `, 1)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := decodeLogin([]byte(strings.Replace(login, "{", `{"more": "SECRET-more", `, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for want, v := range map[string]any{
		"sign-in at https://x.awsapps.com/start until 2026-11-29T16:00:00Z, tokens not shown": s,
		"credentials ASIAEXAMPLE, secret not shown":                                           l.AccessToken,
		"aws login: credentials ASIAEXAMPLE, secret not shown":                                l,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
			args := slices.Repeat([]any{v}, strings.Count(verb, "%"))
			if got := fmt.Sprintf(verb, args...); !strings.Contains(got, want) || strings.Contains(got, "SECRET") {
				t.Errorf("%s: %s", verb, got)
			}
		}
		if got := fmt.Sprintf("%+v", struct{ A, B any }{v, []any{v}}); got != "{A:"+want+" B:["+want+"]}" {
			t.Error(got)
		}
		if data, err := json.Marshal(map[string]any{"t": v}); err != nil || string(data) != `{"t":"`+want+`"}` {
			t.Errorf("%s %v", data, err)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "t", v)
		if !strings.Contains(log.String(), want) || strings.Contains(log.String(), "SECRET") {
			t.Error(log.String())
		}
	}
}

func TestFoldersAndNames(t *testing.T) {
	home := filepath.FromSlash("/home/alice")
	for _, row := range []struct{ claim, got, want string }{
		{"a session's name goes first", SSOFileName("dev", "https://x/start"), "34c6fceca75e456f25e7e99531e2425c6c1de443.json"},
		{"a start URL where there is none", SSOFileName("", "https://ssotest.awsapps.com/start"), "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json"},
		{"a start URL as it is written", SSOFileName("", "https://ssotest.awsapps.com/start/"), "0029ab73200eacbf2239c6f41662e18a86edc182.json"},
		{"a login_session", LoginFileName("arn:aws:sts::012345678910:assumed-role/Admin/admin"), "4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json"},
		{"a login_session with blanks around it", LoginFileName(" arn:aws:sts::012345678910:assumed-role/Admin/admin\t"), "4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json"},
		{"the sign-ins' folder", string(SSOFolder(home)), filepath.FromSlash("/home/alice/.aws/sso/cache")},
		{"the logins' folder", string(LoginFolder(home, "")), filepath.FromSlash("/home/alice/.aws/login/cache")},
		{"another folder for logins", string(LoginFolder(home, "/x/y")), "/x/y"},
		{"one below the home", string(LoginFolder(home, "~/y")), filepath.FromSlash("/home/alice/y")},
		{"the home itself", string(LoginFolder(home, "~")), home},
		{"a ~ that is another user's", string(LoginFolder(home, "~bob/y")), "~bob/y"},
		{"no home", string(SSOFolder("")), ""},
		{"no home, another folder", string(LoginFolder("", "/x")), "/x"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			if row.got != row.want {
				t.Errorf("%s, want %s", row.got, row.want)
			}
		})
	}
}
