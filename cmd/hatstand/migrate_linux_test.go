package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hatstand/credproc/awstest"
)

// passWrapper is the real pass, which kills the program that started it at one of its calls: "before" it does
// anything, or "after". All else that keys migrate does lies between two of these.
const passWrapper = `#!/bin/sh
n=$(($(cat "$HOME/calls" 2>/dev/null || echo 0) + 1))
echo $n >"$HOME/calls"
kill=$(cat "$HOME/kill" 2>/dev/null)
if [ "$kill" = "$n before" ]; then kill -9 $PPID; exit 1; fi
%s "$@"
code=$?
if [ "$kill" = "$n after" ]; then kill -9 $PPID; fi
exit $code
`

// TestMigrateKilled kills keys migrate at each of its steps. The keyring that is recorded has everything
// at every moment, and migrating again finishes.
func TestMigrateKilled(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, to := range []string{"pass", "file"} {
		t.Run("to "+to, func(t *testing.T) {
			t.Parallel()
			h := newMovingHerd(t, bin)
			from := map[string]string{"pass": "file", "file": "pass"}[to]
			if from == "pass" {
				h.do("", h.bin, "keys", "migrate", "--to", "pass")
			}
			saved := h.save()
			h.write("calls", "0\n")
			h.do("", h.bin, "keys", "migrate", "--to", to)
			calls, err := strconv.Atoi(strings.TrimSpace(h.read("calls")))
			if err != nil || calls < 6 {
				t.Fatalf("%d calls of pass, %v", calls, err)
			}
			h.holds(to)
			h.empty(from)
			for i := range 2 * calls {
				if sampled(i) {
					continue
				}
				at := fmt.Sprintf("%d %s", i/2+1, []string{"before", "after"}[i%2])
				h.restore(saved)
				h.killedAt(at, "keys", "migrate", "--to", to)
				recorded, _, _ := strings.Cut(h.read(".local/state/hatstand/backend"), "\n")
				if recorded != from && recorded != to {
					t.Errorf("%s: recorded is %q", at, recorded)
				}
				h.holds(recorded)
				if out := h.do("", h.bin, "keys", "migrate", "--to", to); !strings.Contains(out, "which is used from now on") {
					t.Errorf("%s: %q", at, out)
				}
				h.holds(to)
				h.empty(from)
				if t.Failed() {
					t.Fatalf("killed at call %s", at)
				}
			}
			before := h.shown(h.alice)
			if code := strings.TrimSpace(h.do("", h.bin, "mfa", "code", "device")); code == "" || code != before && code != h.shown(h.alice) {
				t.Error("another code than the device's")
			}
		})
	}
}

// killedAt runs hatstand, which is killed at a call of pass.
func (h *herd) killedAt(at string, args ...string) {
	h.tb.Helper()
	h.write("calls", "0\n")
	h.write("kill", at+"\n")
	p := h.hat(args...)
	p.start()
	p.wait()
	if p.exitCode() != -1 || p.out.Len() > 0 || p.errs.Len() > 0 {
		h.tb.Fatalf("%s: exit code %d, stdout %q, stderr %q", at, p.exitCode(), p.out.String(), p.errs.String())
	}
	h.write("kill", "")
}

// newMovingHerd has alice's keys and her device's seed in the file keyring, and a password store beside it.
func newMovingHerd(t *testing.T, bin string) *herd {
	t.Helper()
	pass, err := exec.LookPath("pass")
	if err != nil {
		missingPart(t, "pass")
	}
	if _, err := exec.LookPath("gpg"); err != nil {
		missingPart(t, "gnupg")
	}
	h := emptyHerd(t, bin)
	gnupg, err := os.MkdirTemp("", "hs") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, v := range h.env {
		if !strings.HasPrefix(v, "HATSTAND_BACKEND=") && !strings.HasPrefix(v, "PATH=") {
			env = append(env, v)
		}
	}
	h.env = append(env, "GNUPGHOME="+gnupg, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "PATH="+filepath.Join(h.dir, "bin")+":"+os.Getenv("PATH"))
	t.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "all")
		cmd.Env = h.env
		_ = cmd.Run()
		_ = os.RemoveAll(gnupg)
	})
	alice := h.aws.AddUser(home, "alice")
	h.alice = alice.AddMFA("alice")
	h.aws.AddRole(roleOf("p0"), awstest.Role{Trust: []awstest.Trust{{Principal: home}}})
	h.write(".aws/config", fmt.Sprintf("[profile me]\n\n[profile device]\nmfa_serial = %s\nrole_arn = %s\nsource_profile = me\n\n[profile p0]\nregion = eu-west-1\nrole_arn = %[2]s\nsource_profile = me\n", h.alice.Serial, roleOf("p0")))
	h.addKeys("me", alice) // the first that works here is file: there is no password store yet
	h.do(h.alice.Seed, h.bin, "mfa", "add", "device", "--from-stdin")
	for _, line := range [][]string{
		{"gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "hatstand@example.org", "default", "default", "never"},
		{pass, "init", "hatstand@example.org"},
	} {
		cmd := exec.Command(line[0], line[1:]...)
		cmd.Env = h.env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", line, err, out)
		}
	}
	if err := os.Mkdir(filepath.Join(h.dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.write("bin/pass", fmt.Sprintf(passWrapper, pass))
	if err := os.Chmod(filepath.Join(h.dir, "bin", "pass"), 0o700); err != nil {
		t.Fatal(err)
	}
	return h
}

// keyringFolders are where the two keyrings and the record are.
func keyringFolders() []string {
	return []string{".local/share/hatstand/keyring", ".local/state/hatstand", ".password-store"}
}

func (h *herd) save() string {
	h.tb.Helper()
	dir := h.tb.TempDir()
	for i, folder := range keyringFolders() {
		h.do("", "cp", "-a", filepath.Join(h.dir, folder), filepath.Join(dir, fmt.Sprint(i)))
	}
	return dir
}

func (h *herd) restore(saved string) {
	h.tb.Helper()
	for i, folder := range keyringFolders() {
		h.do("", "rm", "-rf", filepath.Join(h.dir, folder))
		h.do("", "cp", "-a", filepath.Join(saved, fmt.Sprint(i)), filepath.Join(h.dir, folder))
	}
}

// holds uses what the keyring in use has: the keys, at AWS, and the seed.
func (h *herd) holds(backend string) {
	h.tb.Helper()
	h.gets(h.hat("credential-process", "p0", "--no-cache"), "p0")
	// Not mfa code: it would wait for the next step each time.
	if out := h.do("", h.bin, "explain", "device"); !strings.Contains(out, "from the stored seed") {
		h.tb.Errorf("%s: %s", backend, out)
	}
}

// empty holds a keyring to having nothing of what was moved.
func (h *herd) empty(backend string) {
	h.tb.Helper()
	pattern := map[string]string{"file": ".local/share/hatstand/keyring/*.item", "pass": ".password-store/hatstand/*/*.gpg"}[backend]
	left, err := filepath.Glob(filepath.Join(h.dir, pattern))
	if err != nil || len(left) > 0 {
		h.tb.Errorf("left in %s: %q, %v", backend, left, err)
	}
}
