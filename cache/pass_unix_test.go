//go:build unix

package cache

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/cache/backend"
)

// passWorld has a password store, for a GnuPG key with that passphrase, and an agent that knows no way to ask
// for it.
func passWorld(t *testing.T, passphrase string) *world {
	t.Helper()
	w := newWorld(t)
	need(t, "pass", "pass")
	need(t, "gpg", "gnupg")
	write(t, filepath.Join(w.dir, "gnupg", "gpg-agent.conf"), "pinentry-program /nonexistent/pinentry\n")
	w.must("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--quick-gen-key", "hatstand@example.org", "default", "default", "never")
	w.must("pass", "init", "hatstand@example.org")
	return w
}

func (w *world) must(name string, args ...string) string {
	w.t.Helper()
	out, err := w.run(name, args...)
	if err != nil {
		w.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

func TestPassLockedWithNobodyToAsk(t *testing.T) {
	t.Parallel()
	w := passWorld(t, "of the key")
	if _, err := w.as("put", "pass", w.dir); err != nil {
		t.Fatal(err)
	}
	w.must("gpgconf", "--kill", "gpg-agent")
	for _, role := range []string{"get", "unasked"} {
		out, err := w.as(role, "pass", w.dir)
		if err != nil {
			t.Fatal(err)
		}
		keys, rest, _ := strings.Cut(out, "\n")
		if !strings.HasPrefix(keys, "keys: [") || !strings.Contains(keys, "No secret key") && !strings.Contains(keys, "No pinentry") {
			t.Errorf("%s: GnuPG's reason is not told: %q", role, keys)
		}
		if rest != "session: not in the keyring\nlist: <nil>\n" {
			t.Errorf("%s: %q", role, rest)
		}
	}
	if out, err := w.as("probe", "pass", w.dir); err != nil || !strings.Contains(out, `pass: <nil> "locked: gpg-agent asks`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPassWithoutTheSecretKey(t *testing.T) {
	t.Parallel()
	w := passWorld(t, "")
	if _, err := w.as("put", "pass", w.dir); err != nil {
		t.Fatal(err)
	}
	w.must("gpgconf", "--kill", "gpg-agent")
	if err := os.RemoveAll(filepath.Join(w.dir, "gnupg", "private-keys-v1.d")); err != nil {
		t.Fatal(err)
	}
	if out, err := w.as("get", "pass", w.dir); err != nil || !strings.Contains(out, "keys: [failed] ") || !strings.Contains(out, "No secret key") {
		t.Errorf("%v\n%s", err, out)
	}
	const want = "pass: [denied] keyring pass is unavailable: open: GnuPG has no secret key of hatstand@example.org"
	if out, err := w.as("probe", "", w.dir); err != nil || !strings.Contains(out, want) {
		t.Errorf("%v\n%s", err, out)
	}
	// With the public key it would take what nobody can read.
	if out, err := w.as("choose", "", t.TempDir()); err != nil || out != "file\n" {
		t.Errorf("chosen: %q, %v", out, err)
	}
}

// What pass lacks is what its hint is about.
func TestWhatPassLacksIsSaid(t *testing.T) {
	t.Parallel()
	fake := func(script string) func(*world) {
		return func(w *world) {
			mkdir(w.t, w.dir, "bin", 0o700)
			write(w.t, filepath.Join(w.dir, "bin", "pass"), "#!/bin/sh\n"+script)
			w.must("chmod", "700", filepath.Join(w.dir, "bin", "pass"))
			w.env = append(w.env, "PATH="+filepath.Join(w.dir, "bin"))
		}
	}
	needs := func(n backend.Need, subject string) string { return fmt.Sprintf("pass needs: %d %s\n", n, subject) }
	for _, row := range []struct {
		name   string
		lacks  func(*world)
		reason string
		needs  string // and its subject
	}{
		{"pass", func(w *world) { w.env = append(w.env, "PATH="+w.dir) },
			"the program pass is not installed", needs(backend.NeedProgram, "pass")},
		{"a store", func(w *world) { w.must("rm", "-r", filepath.Join(w.dir, ".password-store")) },
			`pass ls: Error: password store is empty. Try "pass init".`, needs(backend.NeedStore, "")},
		{"the store's key", func(w *world) { w.must("rm", filepath.Join(w.dir, ".password-store", ".gpg-id")) },
			"the password store has no .gpg-id, and so no key", needs(backend.NeedStore, "")},
		{"a folder that lists", fake("echo the disk is gone >&2\nexit 1\n"), "pass ls: the disk is gone", needs(backend.NeedMending, "")},
		{"GnuPG", fake(""), "the program gpg, which pass runs, is not installed", needs(backend.NeedProgram, "gnupg")},
		{"the secret key", func(*world) {}, "GnuPG has no secret key of hatstand@example.org, for which the store is encrypted", needs(backend.NeedSecretKey, "")},
		{"the secret key that the environment names", func(w *world) { w.env = append(w.env, "PASSWORD_STORE_KEY=eve@example.org") },
			"GnuPG has no secret key of eve@example.org, for which the store is encrypted", needs(backend.NeedSecretKey, "")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			need(t, "pass", "pass")
			need(t, "gpg", "gnupg")
			mkdir(t, w.dir, ".password-store", 0o700)
			write(t, filepath.Join(w.dir, ".password-store", ".gpg-id"), "hatstand@example.org\n")
			row.lacks(w)
			out, err := w.as("probe", "", w.dir)
			if err != nil || !strings.Contains(out, "keyring pass is unavailable: open: "+row.reason+" \"") || !strings.Contains(out, row.needs) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestPassTakesAKeyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	w := passWorld(t, "")
	w.must("rm", filepath.Join(w.dir, ".password-store", ".gpg-id"))
	w.env = append(w.env, "PASSWORD_STORE_KEY=hatstand@example.org")
	if out, err := w.as("choose", "", w.dir); err != nil || out != "pass\n" {
		t.Errorf("chosen: %q, %v", out, err)
	}
}

// What GnuPG has to say of other things is nobody's answer.
func TestPassWarningsAreKept(t *testing.T) {
	t.Parallel()
	w := passWorld(t, "")
	if err := os.Chmod(filepath.Join(w.dir, "gnupg"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "PASSWORD_STORE_GPG_OPTS=--verbose")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"put", "get"} {
		cmd := exec.Command(self, "pass", w.dir)
		var out, errs bytes.Buffer
		cmd.Env, cmd.Stdout, cmd.Stderr = append(slices.Clip(w.env), childRole+"="+role), &out, &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 {
			t.Errorf("%s: %v, stdout %q, stderr %q", role, err, out.String(), errs.String())
		}
	}
	// It is as noisy as that where nobody listens.
	cmd := exec.Command("pass", "show", "hatstand/keys/p")
	var errs bytes.Buffer
	cmd.Env, cmd.Stderr = w.env, &errs
	if err := cmd.Run(); err != nil || !strings.Contains(errs.String(), "WARNING: unsafe permissions") {
		t.Errorf("%v, %q", err, errs.String())
	}
}

// The store's hooks and git see neither AWS's variables nor the other keyring's passphrase; the format is the
// library's, so that it can read what is there.
func TestPassGetsNoSecretsOfOthers(t *testing.T) {
	t.Parallel()
	w := passWorld(t, "")
	gpg := need(t, "gpg", "gnupg")
	mkdir(t, w.dir, "bin", 0o700)
	write(t, filepath.Join(w.dir, "bin", "gpg2"), "#!/bin/sh\nenv >>"+w.dir+"/environments\nexec "+gpg+" \"$@\"\n")
	if err := os.Chmod(filepath.Join(w.dir, "bin", "gpg2"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "PATH="+w.dir+"/bin:"+os.Getenv("PATH"), "AWS_SECRET_ACCESS_KEY=of-the-environment", "HATSTAND_FILE_PASSPHRASE=of-the-file")
	for _, role := range []string{"put", "get"} {
		if _, err := w.as(role, "pass", w.dir); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(w.dir, "environments"))
	if text := string(b); err != nil || !strings.Contains(text, "GNUPGHOME=") || strings.Contains(text, "of-the-") {
		t.Errorf("%v\n%s", err, text)
	}
	if out := w.must("pass", "show", "hatstand/keys/p"); !strings.HasPrefix(out, `{"Key":"keys/p","Data":"`) {
		t.Errorf("%q", out[:min(len(out), 30)])
	}
}
