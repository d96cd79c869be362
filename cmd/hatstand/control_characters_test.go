package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/mfa"
)

// The whole way, with what a config file can hold.
func TestNothingInAConfigCanSteerTheTerminal(t *testing.T) {
	const evil = "e\x1b]0;pwned\x07\u202evil"
	for _, row := range []struct {
		name, config string
		args         []string
		code         int
	}{
		{"a profile that is not there", "[profile x]\n", []string{"credential-process", evil}, 2},
		{"a source that is not there", "[profile x]\nrole_arn = arn:aws:iam::222222222222:role/A\nsource_profile = " + evil + "\n", []string{"credential-process", "x"}, 2},
		{"a value that is refused", "[profile x]\nrole_arn = " + evil + "\nsource_profile = x\n", []string{"explain", "x"}, 2},
		{"a line that is no setting", "[profile x]\n" + evil + "\n", []string{"explain", "x"}, 2},
		{"a flag that is not known", "", []string{"list", "--" + evil}, 2},
		{"a verb that is not known", "", []string{evil}, 2},
		{"a backend that is not known", "[hatstand]\nbackend = " + evil + "\n[profile x]\n", []string{"credential-process", "x"}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			config := filepath.Join(dir, "config")
			if err := os.WriteFile(config, []byte(row.config), 0o600); err != nil {
				t.Fatal(err)
			}
			stdin, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			var out, errs bytes.Buffer
			code := run(t.Context(), app.World{
				Args:    row.args,
				Getenv:  func(k string) string { return map[string]string{"HOME": dir, "AWS_CONFIG_FILE": config}[k] },
				Environ: func() []string { return nil }, Stdin: stdin, Stdout: &out, Stderr: &errs,
				Terminal: func() (*mfa.TTY, error) { return nil, mfa.ErrNoTerminal },
				Now:      time.Now, GOOS: runtime.GOOS, Self: func() string { return "" }, UserName: func() string { return "" },
			})
			if code != row.code || out.Len() > 0 {
				t.Errorf("exit code %d, stdout %q", code, out.String())
			}
			if errs.Len() == 0 || strings.ContainsAny(errs.String(), "\x1b\x07\u202e") {
				t.Errorf("stderr %q", errs.String())
			}
			for l := range strings.Lines(errs.String()) {
				if !strings.HasPrefix(l, "hatstand: ") {
					t.Errorf("stderr has the line %q", l)
				}
			}
		})
	}
}
