package awscache

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// smithy reads a folder of the Rust SDK's cases, which stand beside the project while it is developed and are not part
// of it.
func smithy(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "conformance", "signin", "smithy-rs", "aws", "rust-runtime", "aws-config", "test-data")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("AWS's cases are not here: %s", path)
	}
	return path
}

// The files of its cases are read, and written with the same members.
func TestTheRustSDKsTokensAreRead(t *testing.T) {
	want := map[string]int{"a-token": 4, "foobarbaz": 3, "secret-access-token": 3}
	got := map[string]int{}
	err := filepath.WalkDir(smithy(t), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(filepath.ToSlash(filepath.Dir(path)), "/.aws/sso/cache") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		token, err := decodeSSO(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		got[token.AccessToken]++
		if written := token.encode(); !sameJSON(t, written, data) {
			t.Errorf("%s became %s", data, written)
		}
		names := []string{
			SSOFileName("", token.StartURL), SSOFileName("dev", ""), SSOFileName("test-sso", ""), SSOFileName("correct-sso", ""),
			"differenthashthatdoesntmatch.json",
		}
		if !strings.Contains(strings.Join(names, " "), e.Name()) {
			t.Errorf("%s is none of %q", path, names)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !sameJSON(t, mustJSON(t, got), mustJSON(t, want)) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTheRustSDKsLoginsAreRead(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(smithy(t), "login-provider-test-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Documentation, ConfigContents string
		CacheContents                 map[string]json.RawMessage
		Outcomes                      []map[string]json.RawMessage
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 8 {
		t.Fatalf("%d cases, not 8", len(cases))
	}
	broken := map[string]string{ // what is wrong with the file, where something is
		"Failure - Missing accessToken":       "no accessToken.accessKeyId",
		"Failure - Missing refreshToken":      "no refreshToken",
		"Failure - Missing clientId in cache": "no clientId",
		"Failure - Missing dpopKey":           "no dpopKey",
	}
	for _, c := range cases {
		t.Run(c.Documentation, func(t *testing.T) {
			_, session, _ := strings.Cut(c.ConfigContents, "login_session = ")
			name := LoginFileName(session)
			f := LoginFolder("", t.TempDir())
			for file, text := range c.CacheContents {
				put(t, f, file, string(text))
			}
			token, err := f.ReadLogin(name)
			if c.CacheContents[name] == nil {
				checkError(t, err, Error{Kind: Absent, Path: filepath.Join(string(f), name), Reason: "there is none"})
				return
			}
			if reason := broken[c.Documentation]; reason != "" {
				checkError(t, err, Error{Kind: Incomplete, Path: filepath.Join(string(f), name), Reason: reason})
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := f.WriteLogin(name, token); err != nil {
				t.Fatal(err)
			}
			if got := get(t, f, name); !sameJSON(t, []byte(got), c.CacheContents[name]) {
				t.Errorf("%s\nwant\n%s", got, c.CacheContents[name])
			}
			var outcome struct{ Result, AccessKeyID, SecretAccessKey, SessionToken, AccountID, ExpiresAt string }
			if err := json.Unmarshal(mustJSON(t, c.Outcomes[0]), &outcome); err != nil {
				t.Fatal(err)
			}
			if outcome.Result != "credentials" {
				return // the refresh fails
			}
			if len(c.Outcomes) > 1 { // the refresh succeeds: the cache is then as the case says
				token.AccessToken.AccessKeyID, token.AccessToken.SecretAccessKey = outcome.AccessKeyID, outcome.SecretAccessKey
				token.AccessToken.SessionToken = outcome.SessionToken
				if token.AccessToken.ExpiresAt, err = time.Parse(time.RFC3339, outcome.ExpiresAt); err != nil {
					t.Fatal(err)
				}
				token.RefreshToken = "new_refresh_token"
				if got, want := token.encode(), c.Outcomes[1][name]; !sameJSON(t, got, want) {
					t.Errorf("%s\nwant\n%s", got, want)
				}
			}
			a := token.AccessToken
			if a.AccessKeyID != outcome.AccessKeyID || a.SecretAccessKey != outcome.SecretAccessKey || a.SessionToken != outcome.SessionToken ||
				a.AccountID != outcome.AccountID || a.ExpiresAt.Format(time.RFC3339) != outcome.ExpiresAt {
				t.Error("other credentials")
			}
		})
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sameJSON compares documents but for white space and the order of members.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for i, data := range [][]byte{a, b} {
		if err := json.Unmarshal(data, &values[i]); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	}
	return string(mustJSON(t, values[0])) == string(mustJSON(t, values[1]))
}
