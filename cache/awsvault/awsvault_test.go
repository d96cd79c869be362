package awsvault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"
	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/cache/backend"
)

func TestSessionsOfAWSVaultAreToldFromItsKeys(t *testing.T) {
	for _, c := range []struct {
		what, name string
		session    bool
	}{
		{"a profile", "prod", false},
		{"a profile with a slash and a colon", "team/prod:eu", false},
		{"a profile named session", "session", false},
		{"a profile named session:prod", "session:prod", false},
		{"a session with MFA", "sts.GetSessionToken,cHJvZA,YXJuOmF3czppYW06OjExMTExMTExMTExMTptZmEvYWxpY2U,1700000000", true},
		{"a session without MFA", "sts.AssumeRole,cHJvZA,,1700000000", true},
		{"three commas and no base64", "a,b*,c,1", false},
		{"no expiry", "sts.GetSessionToken,cHJvZA,,", false},
		{"a session of version 5", "session,prod,,1700000000", true},
		{"a session of version 4", "session:prod:arn_aws_iam__111111111111_mfa_alice:1700000000", true},
		{"a session of version 3", "prod session (1700000000)", true},
		{"a token of single sign-on", "oidc:https://example.awsapps.com/start", true},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := isVaultSession(c.name); got != c.session {
				t.Errorf("%q: %v", c.name, got)
			}
		})
	}
}

// vaultFolder is a folder as aws-vault's file backend makes one.
func vaultFolder(t *testing.T, passphrase string, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	ring, err := keyring.Open(keyring.Config{AllowedBackends: []keyring.BackendType{keyring.FileBackend},
		ServiceName: "aws-vault", FileDir: dir, FilePasswordFunc: keyring.FixedStringPrompt(passphrase)})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := json.Marshal(aws.Credentials{AccessKeyID: "AKIA" + name, SecretAccessKey: "secret of " + name})
		if err == nil {
			err = ring.Set(keyring.Item{Key: name, Label: "aws-vault (" + name + ")", Data: data})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// answers gives the passphrases in turn, and notes how often it was asked.
func answers(asked *int, all ...string) func(context.Context, backend.PassphraseRequest) (string, error) {
	return func(_ context.Context, r backend.PassphraseRequest) (string, error) {
		*asked++
		if r.Wrong != (*asked > 1) || *asked > len(all) {
			return "", fmt.Errorf("question %d: %+v", *asked, r)
		}
		return all[*asked-1], nil
	}
}

// contents is all that lies in a folder, with the time of its last change.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		data := []byte(nil)
		if info.Mode().IsRegular() {
			data, err = os.ReadFile(path)
		}
		fmt.Fprintf(&b, "%s %v %v %x\n", path, info.Mode(), info.ModTime(), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAWSVaultsFilesAreRead(t *testing.T) {
	dir := vaultFolder(t, "pw", "me", "team/Prod:eu", "50%", "oidc:https://x", "sts.AssumeRole,bWU,,1700000000")
	for _, junk := range []string{".DS_Store", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, junk), []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	asked := 0
	v, err := Open(t.Context(), Options{Backend: "file", FileDir: dir, Passphrase: answers(&asked, "no", "pw")})
	if err != nil {
		t.Fatal(err)
	}
	names, err := v.Names(t.Context())
	if want := []string{"50%", "me", "team/Prod:eu"}; err != nil || !slices.Equal(names, want) || asked != 0 {
		t.Fatalf("names %q, %v, asked %d times", names, err, asked)
	}
	for _, name := range names {
		k, err := v.Keys(t.Context(), name)
		if err != nil || k.SessionToken != "" || k.AccessKeyID != "AKIA"+name || k.SecretAccessKey != "secret of "+name {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	if asked != 2 {
		t.Errorf("the passphrase was asked for %d times, want a wrong one and a right one", asked)
	}
	if _, err := v.Keys(t.Context(), "nobody"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if after := contents(t, dir); after != before {
		t.Errorf("reading changed the folder:\n%s\n%s", before, after)
	}
}

func TestAWSVaultsFilesStayShut(t *testing.T) {
	dir := vaultFolder(t, "pw", "me", "torn")
	if err := os.Truncate(filepath.Join(dir, "torn"), 40); err != nil {
		t.Fatal(err)
	}
	open := func(asked *int, all ...string) *Vault {
		v, err := Open(t.Context(), Options{Backend: "file", FileDir: dir, Passphrase: answers(asked, all...)})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	t.Run("after three wrong answers", func(t *testing.T) {
		asked := 0
		_, err := open(&asked, "a", "b", "c", "pw").Keys(t.Context(), "me")
		var e *Error
		if !errors.As(err, &e) || e.Kind != backend.Locked || asked != 3 || err.Error() != "aws-vault's file keyring: read keys of me: wrong passphrase" {
			t.Errorf("%v, asked %d times", err, asked)
		}
	})
	t.Run("where one is damaged and the passphrase is right", func(t *testing.T) {
		asked := 0
		v := open(&asked, "pw")
		if _, err := v.Keys(t.Context(), "me"); err != nil {
			t.Fatal(err)
		}
		_, err := v.Keys(t.Context(), "torn")
		var e *Error
		if !errors.As(err, &e) || e.Kind != backend.Failed || asked != 1 {
			t.Errorf("%v, asked %d times", err, asked)
		}
	})
	t.Run("where nobody can be asked", func(t *testing.T) {
		v, err := Open(t.Context(), Options{Backend: "file", FileDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Keys(t.Context(), "me")
		var e *Error
		if !errors.As(err, &e) || e.Kind != backend.Locked {
			t.Error(err)
		}
	})
}

func TestOpeningAWSVaultMakesNothing(t *testing.T) {
	dir := t.TempDir()
	before := contents(t, dir)
	for _, name := range []string{"file", "pass"} {
		if name == "pass" && runtime.GOOS == "windows" {
			continue // not one of its keyrings
		}
		_, err := Open(t.Context(), Options{Backend: name, FileDir: filepath.Join(dir, "keys"), PassDir: filepath.Join(dir, "store")})
		var e *Error
		if !errors.As(err, &e) || e.Kind != backend.Absent {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(t.Context(), Options{Backend: "keyctl"}); !errors.Is(err, backend.UnknownBackend) {
		t.Error(err)
	}
	if after := contents(t, dir); after != before {
		t.Errorf("%s\n%s", before, after)
	}
}

func TestAnItemOfAWSVaultThatHoldsNoKeysIsNotShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	ring, err := keyring.Open(keyring.Config{AllowedBackends: []keyring.BackendType{keyring.FileBackend},
		FileDir: dir, FilePasswordFunc: keyring.FixedStringPrompt("pw")})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"half": `{"AccessKeyID":"AKIA"}`, "text": "hunter2", "session": `{"AccessKeyID":"ASIA","SecretAccessKey":"s","SessionToken":"t"}`} {
		if err := ring.Set(keyring.Item{Key: name, Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	v, err := Open(t.Context(), Options{Backend: "file", FileDir: dir, Passphrase: answers(&asked, "pw")})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"half", "text"} {
		if _, err := v.Keys(t.Context(), name); !errors.Is(err, ErrNotKeys) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if k, err := v.Keys(t.Context(), "session"); err != nil || k.SessionToken != "t" || k.AccessKeyID != "ASIA" {
		t.Errorf("%v %v", k, err)
	}
}
