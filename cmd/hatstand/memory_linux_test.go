package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hatstand/credproc/awstest"
)

// anybody is a user without rights: root may look into every process.
const anybody = 65534

// TestMemoryIsPrivate has programs of the same user look into hatstand, which has secrets in its environment
// and its memory, and into a program that is not hardened, which shows that they look well. The program that
// exec puts in hatstand's place is its user's again.
func TestMemoryIsPrivate(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	alice := server.AddUser(home, "alice")
	device, key := alice.AddMFA("alice"), alice.AddKey()
	server.AddRole(roleOf("p0"), awstest.Role{Trust: []awstest.Trust{{Principal: home}}})

	dir, err := os.MkdirTemp("", "hs") // the test's own folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if out, err := exec.Command("cp", herdBin(t), filepath.Join(dir, "hatstand")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const look = `#!/bin/sh
cd "$(dirname "$0")"
try() { if "$@" >out.$$ 2>/dev/null && [ -s out.$$ ]; then echo yes; else echo no; fi; rm -f out.$$; }
for what in environ maps auxv; do
  echo "$1 $what $(try cat /proc/$PPID/$what)" >>seen
done
echo "$1 fd $(try ls /proc/$PPID/fd)" >>seen
if [ "$2" ]; then gcore -o core.$$ $PPID >/dev/null 2>&1; echo "$1 core $(try cat core.$$.$PPID)" >>seen; rm -f core.*; fi
exit 1
`
	files := map[string]string{
		"look": look,
		"config": fmt.Sprintf("[profile me]\nmfa_serial = %s\nmfa_process = %s hatstand $CORE\n\n[profile you]\n\n[profile p0]\nregion = eu-west-1\nrole_arn = %s\nsource_profile = you\n",
			device.Serial, filepath.Join(dir, "look"), roleOf("p0")),
	}
	core := ""
	if _, err := exec.LookPath("gcore"); err == nil {
		core = "core"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, " $CORE", strings.TrimRight(" "+core, " "))), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{".", "look", "config", "hatstand"} {
		if err := os.Chown(filepath.Join(dir, path), anybody, anybody); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = append(scrubbed(dir), "AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_ENDPOINT_URL_STS="+server.URL, "TMPDIR="+dir,
			"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE="+herdPassphrase, "AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: anybody, Gid: anybody}}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	hatstand := filepath.Join(dir, "hatstand")
	t.Cleanup(func() { run(hatstand, "lock") })
	for _, name := range []string{"me", "you"} {
		if out, code := run(hatstand, "keys", "add", name, "--from-env"); code != 0 {
			t.Fatalf("%d: %s", code, out)
		}
	}
	look1 := filepath.Join(dir, "look")
	run(hatstand, "credential-process", "me") // its mfa_process looks
	run("sh", "-c", look1+" another "+core+"; true")
	run(hatstand, "exec", "p0", "--", "sh", "-c", look1+" executed "+core+"; true")
	b, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	seen := string(b)
	if !strings.Contains(seen, "another environ yes") {
		t.Skipf("programs of one user may not look into one another here: %s", seen)
	}
	if !strings.Contains(seen, "another core yes") {
		t.Log("no core can be taken here of any program")
	}
	for line := range strings.Lines(seen) {
		who, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		what, got, _ := strings.Cut(rest, " ")
		want := "yes"
		if who == "hatstand" {
			want = "no"
		}
		if got != want && (what != "core" || who == "hatstand" || strings.Contains(seen, "another core yes")) {
			t.Errorf("%s: %s could be read: %s, want %s", who, what, got, want)
		}
	}
	for _, who := range []string{"hatstand", "another", "executed"} {
		if !strings.Contains(seen, who+" environ ") {
			t.Errorf("nobody looked into %s: %s", who, seen)
		}
	}
}
