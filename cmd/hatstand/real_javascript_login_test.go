//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestRealJSReadsASharedSignInToTheConsole has the JS SDK use a file that hatstand login has written, renew it, and
// hatstand use what that wrote.
func TestRealJSReadsASharedSignInToTheConsole(t *testing.T) {
	if !longTests() {
		t.Skip("it installs packages: HATSTAND_TEST_LONG=1")
	}
	t.Parallel()
	program, missing, broken := installedJS(t, "testdata/programs/jslogin", "login.js")
	switch {
	case missing != "":
		missingPart(t, missing)
	case broken != "":
		t.Skip(broken)
	}
	h := emptyHerd(t, herdBin(t))
	alice := h.aws.AddUser(home, "alice").ARN
	h.aws.ConsoleSignIn().SetPerson(alice)
	h.write(".aws/config", fmt.Sprintf("[hatstand]\nsso_cache = shared\n\n[profile me]\nlogin_session = %s\nregion = eu-west-1\n", alice))
	h = h.with("AWS_ENDPOINT_URL_SIGNIN="+h.aws.URL, "BROWSER=browse "+filepath.Join(h.dir, "page"), "DISPLAY=:77",
		personVariable+"="+filepath.Join(h.dir, "person"))
	h.do("", h.bin, "login", "me")
	js := func() (id string) {
		var got struct{ ID, Account string }
		text := h.do("", "node", filepath.Join(program, "login.js"), "me")
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Account != home {
			t.Fatalf("%v: %s", err, text)
		}
		return got.ID
	}
	ours := func() string {
		var d document
		if err := json.Unmarshal([]byte(h.do("", h.bin, "credential-process", "me")), &d); err != nil {
			t.Fatal(err)
		}
		return d.AccessKeyId
	}
	first := ours()
	if got := js(); got != first {
		t.Errorf("the JS SDK has %s, want %s", got, first)
	}
	files, err := filepath.Glob(filepath.Join(h.dir, ".aws", "login", "cache", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %q", err, files)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	expired := regexp.MustCompile(`"expiresAt": "[^"]+"`).ReplaceAll(text, []byte(`"expiresAt": "2020-01-01T00:00:00Z"`))
	if err := os.WriteFile(files[0], expired, 0o600); err != nil {
		t.Fatal(err)
	}
	second := js()
	if second == first || ours() != second {
		t.Errorf("after the JS SDK's renewal: %s, hatstand has %s", second, ours())
	}
	if n := h.aws.Count("CreateOAuth2Token"); n != 2 {
		t.Errorf("%d tokens were given, want 2", n)
	}
}
