package awscache

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pythons are the different programs python3 on PATH.
func pythons() (found []string) {
	var seen []os.FileInfo
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "python3")
		info, err := os.Stat(path)
		if err != nil || slices.ContainsFunc(seen, func(s os.FileInfo) bool { return os.SameFile(s, info) }) {
			continue
		}
		seen, found = append(seen, info), append(found, path)
	}
	return found
}

// botocore reads what we wrote, under the names that it computes itself, and we read what it writes, with a time as it is
// and as a text. Debian's knows no aws login: a newer one is tested where it is found.
func TestBotocoreReadsAndWritesTokens(t *testing.T) {
	const script = `
import json, sys
from datetime import datetime, timezone
try:
    import botocore
except ImportError:
    sys.exit('none')
from botocore import utils

folder, session, url, arn = sys.argv[1:]
cache = utils.JSONFileCache(folder)
loader = utils.SSOTokenLoader(cache=cache)
by_session, by_url, login = loader(url, session_name=session), loader(url), None
cache['whatever'] = dict(by_session, expiresAt=datetime(2026, 11, 29, 17, 0, 0, 0, timezone.utc), more={'a': [1]})
if hasattr(utils, 'LoginTokenLoader'):
    loader = utils.LoginTokenLoader(cache=cache)
    login = loader.load_token(arn)
    loader.save_token(arn, dict(login, accessToken=dict(login['accessToken'], expiresAt='2026-11-29T17:00:00Z')))
print(json.dumps({'version': botocore.__version__, 'bySession': by_session, 'byURL': by_url, 'login': login}))
`
	const session, url, arn = "Büro", "https://x.awsapps.com/start#/", "arn:aws:iam::111111111111:user/alice"
	tried := 0
	for _, program := range pythons() {
		t.Run(program, func(t *testing.T) {
			f := newFolder(t)
			older := ssoToken()
			older.RefreshToken = ""
			for _, err := range []error{
				f.WriteSSO(SSOFileName(session, url), ssoToken()),
				f.WriteSSO(SSOFileName("", url), older),
				f.WriteLogin(LoginFileName(arn), loginToken()),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), program, "-c", script, string(f), session, url, arn)
			var errs strings.Builder
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil && errs.String() == "none\n" {
				t.Skip("it has no botocore")
			}
			tried++
			var read struct {
				Version                 string
				BySession, ByURL, Login json.RawMessage
			}
			if err != nil || json.Unmarshal(out, &read) != nil {
				t.Fatalf("%v\n%s\n%s", err, out, errs.String())
			}
			t.Log("botocore", read.Version)
			if !sameJSON(t, read.BySession, []byte(sso)) || !sameJSON(t, read.ByURL, older.encode()) {
				t.Errorf("%s\n%s", read.BySession, read.ByURL)
			}
			token, err := f.ReadSSO("whatever.json")
			if err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer("T16:00:00Z", "T17:00:00Z", "}", `, "more": {"a": [1]}}`).Replace(sso)
			if got := string(token.encode()); got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
			if string(read.Login) == "null" {
				t.Log("it knows no aws login")
				return
			}
			if !sameJSON(t, read.Login, []byte(login)) {
				t.Errorf("%s", read.Login)
			}
			saved, err := f.ReadLogin(LoginFileName(arn))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := string(saved.encode()), strings.Replace(login, "T16:", "T17:", 1); got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
		})
	}
	if tried == 0 {
		const missing = "not installed: apt-get install python3-botocore"
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
}
