package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hatstand/mfa"
)

// TestMistypedCommandLines: what somebody is told who mistypes. testdata/mistyped.txt has a command line each, below it
// the error and the hints; -update writes what is said now, and a person reads it. Each exits with 2, prints nothing on
// stdout, and tells what to do: in a hint, or in the error itself where that ends in what is allowed.
func TestMistypedCommandLines(t *testing.T) {
	notOnWindows(t)
	t.Parallel()
	const golden = "testdata/mistyped.txt"
	before, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	config, lines, ok := strings.Cut(string(before), "\n====\n")
	if !ok {
		t.Fatal("there is no line ==== below the config file")
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var after strings.Builder
	after.WriteString(config + "\n====\n")
	count := 0
	for line := range strings.Lines(lines) {
		if !strings.HasPrefix(line, "hatstand ") {
			continue
		}
		count++
		args := strings.Fields(line)[1:]
		for i := range args {
			args[i] = strings.Trim(args[i], `'"`)
		}
		code, stdout, stderr := mistype(t, home, args)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "hatstand: error: ") {
			t.Errorf("%sexit code %d, stdout %q, stderr %q", line, code, stdout, stderr)
		}
		after.WriteString(line)
		for said := range strings.Lines(stderr) {
			after.WriteString("  " + strings.TrimPrefix(said, "hatstand: "))
		}
		after.WriteString("\n")
	}
	if count < 100 {
		t.Errorf("there are %d command lines", count)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(after.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if after.String() != string(before) {
		wrote := strings.Split(after.String(), "\n\n")
		for i, want := range strings.Split(string(before), "\n\n") {
			if i >= len(wrote) || wrote[i] != want {
				t.Errorf("%s is not so any more: go test ./cmd/hatstand -run Mistyped -update\nwant\n%s\ngot\n%s", golden, want, wrote[min(i, len(wrote)-1)])
			}
		}
	}
}

// mistype runs a command line in this process, with nobody at a terminal and no keyring.
func mistype(t *testing.T, home string, args []string) (code int, stdout, stderr string) {
	t.Helper()
	variables := map[string]string{
		"HOME": home, "HATSTAND_BACKEND": "file", "XDG_RUNTIME_DIR": home, "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
	}
	w := system()
	var out, errs bytes.Buffer
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	w.Args, w.Stdin, w.Stdout, w.Stderr = args, stdin, &out, &errs
	w.Getenv = func(name string) string { return variables[name] }
	w.Environ = func() (all []string) {
		for name, value := range variables {
			all = append(all, name+"="+value)
		}
		return all
	}
	w.GOOS = "linux"
	w.Terminal = func() (*mfa.TTY, error) { return nil, mfa.ErrNoTerminal }
	w.UserHome = func() string { return home }
	return run(t.Context(), w), out.String(), errs.String()
}
