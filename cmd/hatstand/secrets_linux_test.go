package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"hatstand/credproc/awstest"
)

// Every program that a verb starts is watched as it starts: what other users can read of it, its arguments,
// holds no secret. The windows are scripts, since who answers is of no interest here.
func TestNoSecretInArguments(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		missingPart(t, "strace")
	}
	if out, err := exec.Command(strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not watch other programs here: %v: %s", err, out)
	}
	h := newMovingHerd(t, herdBin(t))
	bob := h.aws.AddUser(home, "bob")
	key := bob.AddKey()
	device := bob.AddMFA("bob")
	h.aws.AddRole(roleOf("p1"), awstest.Role{Trust: []awstest.Trust{{Principal: home, RequireMFA: true}}})
	const answer = `cat "$HOME/answer"`
	h.write(".aws/config", h.read(".aws/config")+fmt.Sprintf("\n[profile you]\nmfa_serial = %s\nmfa_process = sh '%s/mfa'\n\n[profile asks]\nmfa_serial = %s\n\n[profile p1]\nregion = eu-west-1\nrole_arn = %s\nsource_profile = you\n\n[profile p2]\nregion = eu-west-1\nrole_arn = %[4]s\nsource_profile = asks\n",
		device.Serial, h.dir, device.Serial, roleOf("p1")))
	for name, script := range map[string]string{
		"mfa": answer, "bin/zenity": answer, "bin/kdialog": answer,
		"bin/pinentry": "echo OK hello\nwhile read -r word rest; do case $word in\nGETPIN) echo \"D $(" + answer + ")\"; echo OK;;\nBYE) echo OK; exit;;\n*) echo OK;;\nesac; done",
	} {
		h.write(name, "#!/bin/sh\n"+script+"\n")
		if err := os.Chmod(filepath.Join(h.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	trace := filepath.Join(t.TempDir(), "trace")
	var secrets []string
	watch := func(env []string, stdin, answer string, args ...string) []byte {
		t.Helper()
		h.write("answer", answer+"\n")
		cmd := exec.Command(strace, append([]string{"-f", "-qq", "-A", "-s", "65536", "-e", "signal=none", "-e", "trace=execve", "-o", trace, h.bin}, args...)...)
		cmd.Env, cmd.Stdin = append(append([]string{}, h.env...), env...), strings.NewReader(stdin)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, _ := cmd.Output()
		return out
	}
	const onDisplay = "DISPLAY=:0"
	watch([]string{"AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret, "HATSTAND_BACKEND=pass"}, "", "", "keys", "add", "you", "--from-env")
	watch([]string{"AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret, "HATSTAND_BACKEND=pass"}, "", "", "keys", "add", "asks", "--from-env")
	code := h.shown(device)
	out := watch([]string{"HATSTAND_BACKEND=pass"}, "", code, "credential-process", "p1")
	var d document
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	secrets = append(secrets, key.Secret, device.Seed, code, d.SecretAccessKey, d.SessionToken)
	watch([]string{"HATSTAND_BACKEND=pass"}, "", "", "exec", "p1", "--", "true")
	for i, window := range []string{"zenity", "kdialog", "pinentry"} {
		code := fmt.Sprintf("%06d", 715243+i) // spent or wrong: it must not show either
		watch([]string{"HATSTAND_BACKEND=pass", "HATSTAND_PROMPT=" + window, onDisplay}, "", code, "login", "p2")
		secrets = append(secrets, code)
	}
	// The file keyring's passphrase, in the same windows.
	watch(nil, "", "", "lock")
	for i, window := range []string{"zenity", "kdialog", "pinentry"} {
		passphrase := fmt.Sprint("typed in a window ", i)
		watch([]string{"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE=", "HATSTAND_PROMPT=" + window, onDisplay}, "", passphrase, "credential-process", "p0")
		secrets = append(secrets, passphrase)
	}
	watch([]string{"HATSTAND_BACKEND=pass"}, device.Seed, "", "mfa", "add", "asks", "--from-stdin")
	watch([]string{"HATSTAND_BACKEND=file"}, "", "", "keys", "migrate", "--to", "pass")
	secrets = append(secrets, h.alice.Seed, herdPassphrase)

	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"bin/pass", "gpg", h.dir + "/mfa", "bin/zenity", "bin/kdialog", "bin/pinentry", "/true"} {
		if !regexp.MustCompile(`execve\([^\n]*` + regexp.QuoteMeta(program) + `"`).Match(text) {
			t.Errorf("%s was not run: the trace does not show what it should", program)
		}
	}
	for _, secret := range secrets {
		if secret == "" || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%q is in a program's arguments", secret)
		}
	}
}
