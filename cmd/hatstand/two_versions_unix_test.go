//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctorAndTwoVersions has a second, older installation, which a profile starts by its path: doctor says of which version each
// is, and --uninstall lists both. A release's version is what the linker was told, so that this one is built as releases are.
func TestDoctorAndTwoVersions(t *testing.T) {
	long(t)
	t.Parallel()
	bin := goBuild(t, "hatstand", ".", []string{"CGO_ENABLED=0"}, "-trimpath", "-ldflags=-X hatstand/cmd/internal/buildinfo.version=v0.2.0")
	w := newRealWorld(t, bin)
	older := t.TempDir()
	// It lies where it is started, and its version is asked of the small program beside it.
	for name, script := range map[string]string{"hatstand": "exit 1\n", "hatstand-credential-process": "[ \"$*\" = --build ] && echo v0.1.0\n"} {
		if err := os.WriteFile(filepath.Join(older, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	small := filepath.Join(older, "hatstand-credential-process")
	config := filepath.Join(envOf(w.env, "HOME"), ".aws", "config")
	const text = "[profile me]\n\n[profile prod]\nregion = eu-west-1\ncredential_process = "
	const rest = " prod\n\n[hatstand prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n"
	// What only the settings name is not started by looking at it.
	foreign := filepath.Join(t.TempDir(), "hatstand-credential-process")
	if err := os.WriteFile(foreign, []byte("#!/bin/sh\ntouch \"$0.ran\"\necho v0.0.9\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	other := "\n[profile other]\nregion = eu-west-1\ncredential_process = " + foreign + " other\n"
	if err := os.WriteFile(config, []byte(text+small+rest+other), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "PATH="+older+":"+os.Getenv("PATH"))
	says := func(args []string, want ...string) {
		t.Helper()
		p := w.run(append([]string{bin}, args...)...)
		p.start()
		p.wait()
		for _, line := range want {
			if p.exitCode() != 0 || !strings.Contains(p.out.String(), line) {
				t.Errorf("%q ends with %d and without %q:\n%s%s", args, p.exitCode(), line, p.out.String(), p.errs.String())
			}
		}
	}
	says([]string{"doctor"},
		"  warn  "+filepath.Join(older, "hatstand")+": is installed too, of version v0.1.0\n          keep one: this is "+bin+"\n",
		"  warn  "+small+": of version v0.1.0, started by prod; this hatstand is of version v0.2.0\n          to start this one: hatstand adopt prod\n")
	says([]string{"doctor", "--uninstall"}, "  -     "+filepath.Join(older, "hatstand")+": another installation\n          rm "+filepath.Join(older, "hatstand")+"; rm "+small+"\n")
	if _, err := os.Stat(foreign + ".ran"); err == nil {
		t.Error("doctor started a program that only the settings name")
	}
}
