package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// A sighting is what an onlooker got of a program.
type sighting struct {
	Arguments string // all that were seen, one after the other
	Early     bool   // its environment could be read as it started
	Again     int    // how often its environment could be read again after it could not be
	Late      string // what could be opened once it had begun its work
	Kept      string // what was opened as it started and gives its environment then
}

// onlooker starts a program and looks into it all the time, as any program of its user can. It prints a sighting.
func onlooker() {
	secret := []byte(os.Getenv("HATSTAND_FILE_PASSPHRASE"))
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	proc := func(name string) string { return filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), name) }
	environ, _ := os.Open(proc("environ"))
	memory, _ := os.Open(proc("mem"))
	layout, _ := os.ReadFile(proc("maps"))
	var seen sighting
	arguments, before := map[string]bool{}, true
	for end := time.Now().Add(patient); ; {
		line, _ := os.ReadFile(proc("cmdline"))
		arguments[strings.ReplaceAll(string(line), "\x00", " ")] = true
		text, err := os.ReadFile(proc("environ"))
		now := err == nil
		seen.Early = seen.Early || now && bytes.Contains(text, secret)
		if now && !before {
			seen.Again++
		}
		before = now
		if _, err := os.Stat("asked"); err == nil || time.Now().After(end) {
			break
		}
	}
	seen.Arguments = strings.Join(slices.Sorted(maps.Keys(arguments)), "; ")
	for _, name := range []string{"environ", "mem", "maps", "auxv"} {
		if f, err := os.Open(proc(name)); err == nil {
			if _, err := f.Read(make([]byte, 1)); err == nil || name == "mem" {
				seen.Late += name + " "
			}
			f.Close()
		}
	}
	text := make([]byte, 1<<16)
	if n, _ := environ.Read(text); bytes.Contains(text[:n], secret) {
		seen.Kept += "environ "
	}
	if n, _ := memory.ReadAt(text, endOfStack(layout)-int64(len(text))); bytes.Contains(text[:n], secret) {
		seen.Kept += "mem "
	}
	if err := os.WriteFile("answer", nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	_ = cmd.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(seen)
}

// endOfStack is where a process's stack ends, by /proc/PID/maps. Below it is the environment that it was started with.
func endOfStack(maps []byte) int64 {
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(line, "[stack]\n") {
			_, end, _ := strings.Cut(strings.Fields(line)[0], "-")
			at, _ := strconv.ParseInt(end, 16, 64)
			return at
		}
	}
	return 1 << 16
}

// TestWhoLooksIntoAStart has a program of the same user lie in wait for either program. What it gets as they start is in
// docs/threats.md; once they have begun it gets nothing more, and their arguments have no secret at any time.
func TestWhoLooksIntoAStart(t *testing.T) {
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
	dir, err := os.MkdirTemp("", "hs") // the test's own folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, name := range []string{"hatstand", "hatstand-credential-process", "onlooker"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("cp", path, filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for name, text := range map[string]string{
		"ask":    "#!/bin/sh\ncd " + dir + "\n: >asked\nuntil test -e answer; do sleep 0.02; done\nexit 1\n",
		"config": fmt.Sprintf("[profile me]\nmfa_serial = %s\nmfa_process = %s/ask\n", device.Serial, dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".", "ask", "config", "hatstand", "hatstand-credential-process", "onlooker"} {
		if err := os.Chown(filepath.Join(dir, name), anybody, anybody); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = append(scrubbed(dir), "AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_ENDPOINT_URL_STS="+server.URL, "TMPDIR="+dir,
			"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE="+herdPassphrase, "AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: anybody, Gid: anybody}}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, errs.String())
		}
		return string(out)
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	run(path("hatstand"), "keys", "add", "me", "--from-env")
	t.Cleanup(func() { run(path("hatstand"), "lock") })
	for _, row := range []struct {
		args  []string
		again int // an execve opens a process again, until it has closed itself
	}{
		{[]string{"hatstand", "credential-process", "me"}, 0},
		{[]string{"hatstand-credential-process", "me"}, 1},
	} {
		for _, name := range []string{"asked", "answer"} {
			_ = os.Remove(path(name))
		}
		var seen sighting
		if err := json.Unmarshal([]byte(run(append([]string{path("onlooker"), path(row.args[0])}, row.args[1:]...)...)), &seen); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v", row.args[0], seen)
		if seen.Late != "" {
			t.Errorf("%s: once it has begun, these can be opened: %s", row.args[0], seen.Late)
		}
		if seen.Again > row.again {
			t.Errorf("%s: it opened itself again, %d times", row.args[0], seen.Again)
		}
		for _, secret := range []string{herdPassphrase, key.Secret} {
			if strings.Contains(seen.Arguments, secret) {
				t.Errorf("%s: a secret is in %q", row.args[0], seen.Arguments)
			}
		}
		if !strings.Contains(seen.Arguments, "me") {
			t.Errorf("%s: the onlooker saw nothing: %+v", row.args[0], seen)
		}
	}
}
