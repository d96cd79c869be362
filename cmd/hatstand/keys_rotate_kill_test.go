//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/credproc/awstest"
)

// TestARotationIsKilled kills the real process at each of its calls to AWS, before and after the call took
// effect, and at each of its writes to the keyring. Right then the stored key works; and running it again
// leaves one key, in AWS and in the keyring.
func TestARotationIsKilled(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	calls := []string{"ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey", "GetCallerIdentity", "DeleteAccessKey"}
	for i, action := range calls {
		for _, after := range []bool{false, true} {
			when := map[bool]string{false: "before", true: "after"}[after]
			t.Run(fmt.Sprintf("%s call %d, %s", when, i+1, action), func(t *testing.T) {
				t.Parallel()
				k := newKilled(t, bin)
				k.atCall(k.hat("keys", "rotate", "plain"), i, after)
				k.worksStill()
				k.finishes(k.hat("keys", "rotate", "plain"))
			})
		}
	}
	for i, action := range calls {
		t.Run(fmt.Sprintf("with MFA, after call %d, %s", i+1, action), func(t *testing.T) {
			t.Parallel()
			k := newKilled(t, bin)
			k.profile, k.user = "me", k.aliceUser
			k.step()
			// The session is the first run's own call, before the others.
			k.atCall(k.hat("keys", "rotate", "me", "--mfa-code", k.before()), i+1, true)
			k.finishes(k.hat("keys", "rotate", "me", "--mfa-code", k.shown(k.alice)))
		})
	}
	t.Run("at each write to the keyring", func(t *testing.T) { killedWriting(t, bin) })
}

// A killed is a machine with a profile, plain, whose key has no MFA device, and a role of it.
type killed struct {
	*herd
	profile   string
	user      *awstest.User
	aliceUser *awstest.User
	carol     *awstest.User
}

func newKilled(t *testing.T, bin string, env ...string) *killed {
	t.Helper()
	h := emptyHerd(t, bin).with(env...)
	carol := h.aws.AddUser(home, "carol")
	k := &killed{herd: h, profile: "plain", user: carol, carol: carol, aliceUser: h.aws.AddUser(home, "alice")}
	h.alice = k.aliceUser.AddMFA("alice")
	k.aliceUser.DenyWithoutMFA("iam:*")
	for _, name := range []string{"plain", "me"} {
		h.aws.AddRole(roleOf(name), awstest.Role{Trust: []awstest.Trust{{Principal: home}}})
	}
	h.write(".aws/config", fmt.Sprintf("[profile plain]\n\n[profile role]\nrole_arn = %s\nsource_profile = plain\n\n[profile me]\nmfa_serial = %s\n", roleOf("plain"), h.alice.Serial))
	return k
}

// addAll stores both users' keys.
func (k *killed) addAll() {
	k.tb.Helper()
	k.addKeys("plain", k.carol)
	k.addKeys("me", k.aliceUser)
	k.aws.Reset()
}

// atCall kills a process at its i-th call, from 0: before AWS does it, or after that and before the answer.
func (k *killed) atCall(p *realRun, i int, after bool) {
	k.tb.Helper()
	k.addAll()
	if i > 0 {
		k.aws.Fault(awstest.Fault{Times: i}) // these go through
	}
	started := make(chan struct{})
	k.aws.Fault(awstest.Fault{After: after, Drop: true, Hook: func() {
		<-started
		_ = p.cmd.Process.Kill()
	}})
	p.start()
	close(started)
	p.wait()
	k.died(p)
}

func (k *killed) died(p *realRun) {
	k.tb.Helper()
	if p.exitCode() != -1 || p.out.Len() > 0 || p.errs.Len() > 0 {
		k.tb.Fatalf("it was not killed: exit code %d, stdout %q, stderr %q; AWS saw %v", p.exitCode(), p.out.String(), p.errs.String(), k.aws.Calls())
	}
}

// worksStill assumes a role with what is stored now.
func (k *killed) worksStill() {
	k.tb.Helper()
	p := k.hat("credential-process", "role", "--no-cache")
	p.start()
	p.wait()
	if p.exitCode() != 0 || p.errs.Len() > 0 {
		k.tb.Errorf("the stored key does not work: %s", p.errs.String())
	}
}

// finishes runs the rotation again, to its end.
func (k *killed) finishes(p *realRun) {
	k.tb.Helper()
	p.start()
	p.wait()
	ids, statuses := k.user.Keys()
	if len(ids) != 1 || statuses[0] != "Active" {
		k.tb.Errorf("AWS has %v %v", ids, statuses)
	}
	want := fmt.Sprintf(" is replaced by %s; the old key is deleted\n", ids[len(ids)-1])
	if p.exitCode() != 0 || p.errs.Len() > 0 || !strings.HasSuffix(p.out.String(), want) {
		k.tb.Errorf("run again: exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
	var listed []listedKey
	if err := json.Unmarshal([]byte(k.do("", k.bin, "keys", "list", "--json")), &listed); err != nil {
		k.tb.Fatal(err)
	}
	i := slices.IndexFunc(listed, func(l listedKey) bool { return l.Profile == k.profile })
	if i < 0 || listed[i].AccessKeyID != ids[0] || listed[i].Rotating {
		k.tb.Errorf("the keyring has %+v, AWS %v", listed, ids)
	}
	if k.profile == "plain" {
		k.worksStill()
	}
	if n := k.aws.Count("GetSessionToken"); n > 2 {
		k.tb.Errorf("%d codes were spent", n)
	}
}

// killedWriting stores the keys with pass, whose stand-in kills whoever started it at the n-th write,
// before or after pass did it.
func killedWriting(t *testing.T, bin string) {
	real, err := exec.LookPath("pass")
	if err != nil {
		missingPart(t, "pass")
	}
	if _, err := exec.LookPath("gpg"); err != nil {
		missingPart(t, "gnupg")
	}
	const script = `#!/bin/sh
case $1 in insert|rm) ;; *) exec %[1]q "$@" ;; esac
echo >>%[2]q
n=$(wc -l <%[2]q)
if [ "$KILL_AT" = "$n before" ]; then kill -9 $PPID; exit 1; fi
%[1]q "$@"
code=$?
if [ "$KILL_AT" = "$n after" ]; then kill -9 $PPID; fi
exit $code
`
	// A profile's note, the note with the new key, the key itself, and the note's removal.
	const writes = 4
	for n := range writes + 1 {
		for _, when := range []string{"before", "after"} {
			t.Run(fmt.Sprintf("%s write %d", when, n+1), func(t *testing.T) {
				t.Parallel()
				k := newKilled(t, bin, "HATSTAND_BACKEND=pass")
				k.passStore()
				dir, count := t.TempDir(), filepath.Join(t.TempDir(), "count")
				if err := os.WriteFile(filepath.Join(dir, "pass"), fmt.Appendf(nil, script, real, count), 0o700); err != nil {
					t.Fatal(err)
				}
				k.addAll()
				p := k.with("PATH="+dir+":"+os.Getenv("PATH"), fmt.Sprintf("KILL_AT=%d %s", n+1, when)).hat("keys", "rotate", "plain")
				p.start()
				p.wait()
				if n == writes { // one more than there are
					if p.exitCode() != 0 || strings.Count(k.readFile(count), "\n") != writes {
						t.Errorf("exit code %d, %q after %d writes", p.exitCode(), p.errs.String(), strings.Count(k.readFile(count), "\n"))
					}
					return
				}
				k.died(p)
				k.worksStill()
				k.finishes(k.hat("keys", "rotate", "plain"))
			})
		}
	}
}

// passStore makes a password store with a key of its own.
func (k *killed) passStore() {
	k.tb.Helper()
	gnupg, err := os.MkdirTemp("", "gpg") // a socket's path must be short
	if err != nil {
		k.tb.Fatal(err)
	}
	k.env = append(k.env, "GNUPGHOME="+gnupg, "PASSWORD_STORE_DIR="+filepath.Join(k.dir, "store"))
	k.tb.Cleanup(func() {
		stop := exec.Command("gpgconf", "--kill", "all")
		stop.Env = k.env
		_ = stop.Run()
		_ = os.RemoveAll(gnupg)
	})
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "carol@example.org", "default", "default", "never"},
		{"pass", "init", "carol@example.org"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = k.env
		if out, err := cmd.CombinedOutput(); err != nil {
			k.tb.Fatalf("%v: %v: %s", args, err, out)
		}
	}
}

func (k *killed) readFile(path string) string {
	k.tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		k.tb.Fatal(err)
	}
	return string(b)
}

// A listedKey is a row of keys list --json.
type listedKey struct {
	Profile     string
	AccessKeyID string `json:"access_key_id"`
	Backend     string
	Rotating    bool `json:"rotation_unfinished"`
}
