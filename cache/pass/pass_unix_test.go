//go:build unix

package pass

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func TestValueOf(t *testing.T) {
	for _, row := range []struct {
		environ []string
		want    string
	}{
		{nil, ""}, {[]string{"A=1"}, "1"}, {[]string{"A=1", "A=2"}, "2"}, {[]string{"AB=1"}, ""}, {[]string{"A="}, ""}, {[]string{"A=b=c"}, "b=c"},
	} {
		if got := valueOf(row.environ, "A"); got != row.want {
			t.Errorf("%q: %q, want %q", row.environ, got, row.want)
		}
	}
}

func TestSecretKeys(t *testing.T) {
	for _, row := range []struct {
		name, listing  string
		secret, usable bool
	}{
		{"none", "", false, false},
		{"one that can encrypt", "sec:u:255:22:1D3C0D2B6F1A2B3C:1700000000:::u:::scESC:::+:::23::0:\n", true, true},
		{"one that has expired", "sec:e:255:22:1D3C0D2B6F1A2B3C:1700000000:1700000020::u:::sc:::+:::23::0:\n", true, false},
		{"the second of two", "sec:e:255:22:A:1:2::u:::sc:::+:::23::0:\nuid:e::::\nsec:u:255:22:B:1:::u:::scESC:::+:::23::0:\n", true, true},
		{"a listing of something else", "pub:u:255:22:A:1:2::u:::scESC:\n", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if secret, usable := secretKeys(row.listing); secret != row.secret || usable != row.usable {
				t.Errorf("%v, %v", secret, usable)
			}
		})
	}
}

// pass's stdin is a pipe, so that GnuPG has to be told on which terminal to ask.
func TestGnuPGIsToldTheTerminal(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\nprintf '{\"Data\":\"%s\"}' \"$(printf %s \"$GPG_TTY\" | base64)\"\n"
	if err := os.WriteFile(filepath.Join(dir, "pass"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + dir + ":" + os.Getenv("PATH")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, row := range []struct {
		name    string
		environ []string
		o       Options
		want    string
	}{
		{"the terminal", nil, Options{Terminal: func() string { return "/dev/pts/7" }}, "/dev/pts/7"},
		{"no terminal", nil, Options{Terminal: func() string { return "" }}, ""},
		{"nobody knows", nil, Options{}, ""},
		{"the user's own choice", []string{"GPG_TTY=/dev/pts/1"}, Options{Terminal: func() string { return "/dev/pts/7" }}, "/dev/pts/1"},
		{"nobody may be asked", nil, Options{NoPrompts: true, Terminal: func() string { return "/dev/pts/7" }}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.o.Environ = func() []string { return append([]string{path}, row.environ...) }
			opened, err := Open(row.o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := opened.Keyring.Get(context.Background(), "keys/me")
			if err != nil || string(got) != row.want {
				t.Errorf("GPG_TTY=%q, %v; want %q", got, err, row.want)
			}
		})
	}
}
