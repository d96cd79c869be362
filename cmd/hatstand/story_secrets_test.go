package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// secrets are all that a story knows: what it was made with, and what went over the wire since.
type secrets struct {
	mu sync.Mutex
	// nowhere are long-lived: no output may show them.
	nowhere []string
	// handed are credentials that AWS issued: only a verb that hands credentials out may show them.
	handed []string
	// codes are token codes that AWS was sent.
	codes []string
	// signins are sign-in tokens: only console --print may show them.
	signins []string
}

func (s *secrets) always(more ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range more {
		if secret != "" && !slices.Contains(s.nowhere, secret) {
			s.nowhere = append(s.nowhere, secret)
		}
	}
}

// A tap is an AWS's wire: it learns the secrets that pass.
type tap struct {
	aws     http.Handler
	secrets *secrets
}

func (t tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	t.secrets.always(signature)
	nowhere, _ := ssoSecrets(body)
	t.secrets.always(nowhere...)
	t.secrets.mu.Lock()
	for _, name := range []string{"TokenCode", "AuthenticationCode1", "AuthenticationCode2"} {
		if code := form.Get(name); code != "" {
			t.secrets.codes = append(t.secrets.codes, code)
		}
	}
	t.secrets.mu.Unlock()
	t.aws.ServeHTTP(tapped{w, t.secrets}, r)
}

type tapped struct {
	http.ResponseWriter
	secrets *secrets
}

// Unwrap lets a handler flush what it has written.
func (t tapped) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t tapped) Write(answer []byte) (int, error) {
	nowhere, handed := ssoSecrets(answer)
	t.secrets.always(nowhere...)
	t.secrets.mu.Lock()
	t.secrets.handed = append(t.secrets.handed, handed...)
	for _, m := range regexp.MustCompile(`<(?:SecretAccessKey|SessionToken)>([^<]+)<`).FindAllSubmatch(answer, -1) {
		t.secrets.handed = append(t.secrets.handed, string(m[1]))
	}
	for _, m := range regexp.MustCompile(`"SigninToken":"([^"]+)"`).FindAllSubmatch(answer, -1) {
		t.secrets.signins = append(t.secrets.signins, string(m[1]))
	}
	t.secrets.mu.Unlock()
	for _, m := range regexp.MustCompile(`<Base32StringSeed>([^<]+)<`).FindAllSubmatch(answer, -1) {
		if seed, err := base64.StdEncoding.DecodeString(string(m[1])); err == nil {
			t.secrets.always(string(seed))
		}
	}
	return t.ResponseWriter.Write(answer)
}

// search looks for secrets in what a program wrote: its stdout, its stderr and what was drawn on its
// terminal, the log, and every file in the folders that hatstand may write to.
func (s *story) search(ts *testscript.TestScript, args []string, stdout, stderr string) {
	hands := args[0] != "hatstand" || slices.Contains(args, "credential-process") || slices.Contains(args, "exec") || len(args) > 1 && (args[1] == "env" || args[1] == "hat")
	shows := len(args) > 2 && args[1] == "mfa" && args[2] == "code" || args[0] == "oathtool"
	s.secrets.always(s.idpSecrets()...)
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	s.printed = slices.Contains(args, "console") && slices.Contains(args, "--print")
	s.hold(ts, "stdout", stdout, hands, shows)
	s.hold(ts, "stderr", stderr, false, false)
	folders := append([]string{filepath.Join(s.work, "home"), filepath.Join(s.work, "run"), filepath.Join(s.work, ".tmp"), ts.Getenv("HATSTAND_LOG")}, s.disks...)
	shared := s.sharesTokens()
	for _, folder := range folders {
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || filepath.Base(filepath.Dir(path)) == ".aws" {
				return nil // the user's own files hold what the user put there
			}
			if shared && strings.Contains(path, string(filepath.Separator)+".aws"+string(filepath.Separator)) {
				return nil // as the user wants it
			}
			b, err := os.ReadFile(path)
			if err == nil {
				s.hold(ts, path, string(b), false, false)
			}
			return nil
		})
	}
}

// hold fails the story if text holds a secret. It needs mu.
func (s *story) hold(ts *testscript.TestScript, name, text string, hands, shows bool) {
	held := func(secret string) bool {
		return strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret))
	}
	printed := name == "stdout" && s.printed
	bare := name == "stdout" && s.bare
	if !bare && slices.ContainsFunc(s.secrets.nowhere, held) || !printed && slices.ContainsFunc(s.secrets.signins, held) || !hands && slices.ContainsFunc(s.secrets.handed, held) {
		ts.Fatalf("%s holds a secret: %q", name, text)
	}
	if shows {
		return
	}
	for _, number := range regexp.MustCompile(`[0-9]+`).FindAllString(text, -1) {
		if slices.Contains(s.secrets.codes, number) {
			ts.Fatalf("%s holds a token code: %q", name, text)
		}
	}
}
