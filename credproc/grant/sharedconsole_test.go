package grant_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/service/signin"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/awscache"
	"hatstand/credproc/grant/loginsession"
	"hatstand/profiles"
)

// cases is the login provider's suite of the Rust SDK, beside this repository.
const cases = "../../../shared/conformance/signin/smithy-rs/aws/rust-runtime/aws-config/test-data/login-provider-test-cases.json"

func newPEM(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.MarshalECPrivateKey(key)
	check(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

// mocked is an AWS that gives the answers of a case.
type mocked struct {
	t     *testing.T
	calls []mockedCall
}

type mockedCall struct {
	Request      struct{ TokenInput json.RawMessage }
	Response     struct{ TokenOutput json.RawMessage }
	ResponseCode int
}

func (m *mocked) Do(r *http.Request) (*http.Response, error) {
	if len(m.calls) == 0 {
		m.t.Error("a call too many")
		return nil, errors.New("no answer")
	}
	call := m.calls[0]
	m.calls = m.calls[1:]
	sent, err := io.ReadAll(r.Body)
	check(m.t, err)
	if !sameJSON(m.t, sent, call.Request.TokenInput) {
		m.t.Errorf("sent %s, want %s", sent, call.Request.TokenInput)
	}
	status, body := http.StatusOK, []byte(call.Response.TokenOutput)
	if call.ResponseCode != 0 {
		status, body = call.ResponseCode, []byte(`{"error":"INVALID_REQUEST","message":"no"}`)
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	check(t, json.Unmarshal(a, &x))
	check(t, json.Unmarshal(b, &y))
	return reflect.DeepEqual(x, y)
}

func TestAWSsOwnCasesOfALoginSession(t *testing.T) {
	text, err := os.ReadFile(cases)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here", cases)
	}
	check(t, err)
	key, err := json.Marshal(newPEM(t))
	check(t, err)
	text = bytes.ReplaceAll(text, []byte(`"@DPOP_KEY@"`), key)
	var all []struct {
		Documentation  string
		ConfigContents string
		CacheContents  map[string]json.RawMessage
		MockAPICalls   []mockedCall `json:"mockApiCalls"`
		Outcomes       []map[string]json.RawMessage
	}
	check(t, json.Unmarshal(text, &all))
	if len(all) != 8 {
		t.Fatalf("%d cases", len(all))
	}
	now := time.Date(2025, 11, 19, 0, 0, 0, 0, time.UTC)
	for _, c := range all {
		t.Run(c.Documentation, func(t *testing.T) {
			set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(c.ConfigContents)}, profiles.File{})
			check(t, err)
			chain, err := set.Chain(profiles.Request{Target: "signin"})
			check(t, err)
			dir := t.TempDir()
			check(t, os.Chmod(dir, 0o700))
			for name, data := range c.CacheContents {
				check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
			}
			aws := &mocked{t, c.MockAPICalls}
			if n := len(aws.calls); n > 0 && aws.calls[0].ResponseCode != 0 { // AWS has said so of good tokens: asked twice
				aws.calls = append(aws.calls, aws.calls[0])
			}
			keyring := &keyring{}
			clock := func() time.Time { return now }
			m := &grant.Manager{Items: keyring, Locks: &locks{}, Person: &atConsole{absent: true},
				Tokens: grant.InFile{Console: awscache.Folder(dir), Items: keyring, Now: clock},
				Connect: func(g profiles.Grant) (grant.Service, error) {
					return loginsession.Connect(awsclient.Config{HTTP: aws, Now: clock, Waits: awsclient.Waits{Tries: 1, First: 1, Longest: 1}}, g), nil
				},
				Forget: func(context.Context, string) error { return nil }, Now: clock, Log: slog.New(slog.DiscardHandler),
				Sleep: func(context.Context, time.Duration) error { return nil }}
			token, err := m.Token(t.Context(), chain.Base.Grant)
			for _, want := range c.Outcomes {
				switch string(want["result"]) {
				case `"error"`:
					ofKind(t, err, grant.NotSignedIn)
				case `"credentials"`:
					check(t, err)
					got, err := json.Marshal(map[string]string{"result": "credentials", "accessKeyId": token.Access,
						"secretAccessKey": token.Console.SecretAccessKey, "sessionToken": token.Console.SessionToken,
						"accountId": "012345678901", "expiresAt": token.Expires.Format(time.RFC3339)})
					check(t, err)
					expected, err := json.Marshal(want)
					check(t, err)
					if !sameJSON(t, got, expected) {
						t.Errorf("%s\nwant %s", got, expected)
					}
				case `"cacheContents"`:
					for name, expected := range want {
						if name == "result" {
							continue
						}
						got, err := os.ReadFile(filepath.Join(dir, name))
						check(t, err)
						if !sameJSON(t, got, expected) {
							t.Errorf("%s\nwant %s", got, expected)
						}
					}
				default:
					t.Errorf("unknown result %s", want["result"])
				}
			}
			if len(aws.calls) > 0 {
				t.Errorf("%d calls were not made", len(aws.calls))
			}
		})
	}
}

// shared has a station's tokens in the AWS CLI's files.
func (s *consoleStation) shared(t *testing.T) (process func() *grant.Manager, path string) {
	dir := t.TempDir()
	check(t, os.Chmod(dir, 0o700))
	return func() *grant.Manager {
		m := s.process()
		m.Tokens = grant.InFile{Console: awscache.Folder(dir), Items: s.keyring, Now: s.Now}
		return m
	}, filepath.Join(dir, awscache.LoginFileName(ofAlice))
}

// What is shared is read and renewed by the Go SDK, and what that writes serves us: one sign-in for both.
func TestAConsoleSessionIsSharedWithTheGoSDK(t *testing.T) {
	s := newConsoleStation(t)
	process, path := s.shared(t)
	first, err := process().Token(t.Context(), s.Grant)
	check(t, err)
	if data := s.keyring.items["token/login:"+ofAlice]; bytes.Contains(data, []byte(first.Refresh)) || bytes.Contains(data, []byte("PRIVATE")) {
		t.Error("the keyring has secrets of a sign-in that is shared")
	}
	info, err := os.Stat(path)
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	client := signin.New(signin.Options{Region: region, BaseEndpoint: &s.URL})
	sdk := logincreds.New(client, path)
	got, err := sdk.Retrieve(t.Context())
	check(t, err)
	if got.AccessKeyID != first.Access || got.AccountID != "444444444444" {
		t.Errorf("the SDK reads %s of %s", got.AccessKeyID, got.AccountID)
	}
	// The SDK renews what has expired, and drops and renames members.
	text, err := os.ReadFile(path)
	check(t, err)
	text = regexp.MustCompile(`"expiresAt": "[^"]+"`).ReplaceAll(text, []byte(`"expiresAt": "2020-01-01T00:00:00Z"`))
	text = bytes.Replace(text, []byte("{"), []byte(`{"theirs": [1], `), 1)
	check(t, os.WriteFile(path, text, 0o600))
	if got, err = sdk.Retrieve(t.Context()); err != nil || got.AccessKeyID == first.Access {
		t.Fatalf("the SDK's renewal: %s, %v", got.AccessKeyID, err)
	}
	second, err := process().Token(t.Context(), s.Grant)
	check(t, err)
	if second.Access != got.AccessKeyID || second.SignIn != first.SignIn || second.User != "alice" || s.whose(t, second) != ofAlice {
		t.Errorf("another program's renewal: %s, sign-in %s", second.Access, second.SignIn)
	}
	s.wantCounts(t, []int{2}, "CreateOAuth2Token")
	// And back: 50 processes of ours, one renewal, which the SDK reads.
	s.Move(11 * time.Minute)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if token, err := process().Token(t.Context(), s.Grant); err != nil || token.Access == second.Access {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	s.wantCounts(t, []int{3}, "CreateOAuth2Token")
	third, err := process().Token(t.Context(), s.Grant)
	check(t, err)
	if got, err = logincreds.New(client, path).Retrieve(t.Context()); err != nil || got.AccessKeyID != third.Access {
		t.Errorf("the SDK reads %s, %v", got.AccessKeyID, err)
	}
}

// Another program spends our refresh token, without our lock: what it stored is used.
func TestAnotherProgramRenewsAConsoleSession(t *testing.T) {
	s := newConsoleStation(t)
	process, path := s.shared(t)
	first, err := process().Token(t.Context(), s.Grant)
	check(t, err)
	s.Move(15 * time.Minute)
	m := process()
	m.Sleep = func(context.Context, time.Duration) error { // AWS has just refused: now the other one stores
		other, err := s.connect(s.Grant).Refresh(t.Context(), first)
		if err != nil {
			return nil // it did before
		}
		text, err := os.ReadFile(path)
		check(t, err)
		for old, now := range map[string]string{first.Access: other.Access, first.Refresh: other.Refresh,
			first.Console.SecretAccessKey: other.Console.SecretAccessKey, first.Console.SessionToken: other.Console.SessionToken} {
			text = []byte(strings.ReplaceAll(string(text), old, now))
		}
		text = regexp.MustCompile(`"expiresAt": "[^"]+"`).ReplaceAll(text, []byte(`"expiresAt": "`+other.Expires.UTC().Format(time.RFC3339)+`"`))
		check(t, os.WriteFile(path, text, 0o600))
		return nil
	}
	s.Fault(awstest.Fault{Action: "CreateOAuth2Token", Code: "AccessDeniedException", Reason: "TOKEN_EXPIRED"})
	s.person.absent = true
	token, err := m.Token(t.Context(), s.Grant)
	check(t, err)
	if token.Access == first.Access || s.whose(t, token) != ofAlice {
		t.Error("the other program's credentials are wanted")
	}
}

// The sign-in has ended: the file stays for the AWS CLI to say so, and is not tried again.
func TestASharedConsoleSessionEnds(t *testing.T) {
	s := newConsoleStation(t)
	process, path := s.shared(t)
	_, err := process().Token(t.Context(), s.Grant)
	check(t, err)
	s.Move(15 * time.Minute)
	s.service.EndSessions(ofAlice)
	s.person.absent = true
	for range 2 {
		_, err = process().Token(t.Context(), s.Grant)
		ofKind(t, err, grant.NotSignedIn)
	}
	s.wantCounts(t, []int{2}, "CreateOAuth2Token")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	s.person.absent = false
	token, err := process().Token(t.Context(), s.Grant)
	check(t, err)
	if s.whose(t, token) != ofAlice {
		t.Error("nobody")
	}
	ended, err := process().Logout(t.Context(), s.Grant)
	if _, stat := os.Stat(path); len(ended) != 1 || err != nil || !errors.Is(stat, os.ErrNotExist) || s.keyring.has(grant.TokenItem) {
		t.Errorf("signed out: %v, %v; file %v", ended, err, stat)
	}
}
