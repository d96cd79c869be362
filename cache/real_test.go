package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hatstand/cache/internal/bustest"
)

// Importing the keyring library dials the session bus before main begins, so whatever needs a bus, or
// needs none, happens in a process of its own: a world with its own home, runtime folder and bus.

// inWorld names the backend for TestInWorld.
const inWorld = "HATSTAND_CACHE_TEST_WORLD"

// TestInWorld is run by the others, inside the world they made.
func TestInWorld(t *testing.T) {
	name := os.Getenv(inWorld)
	if name == "" {
		t.Skip("plays its part in the tests of real keyrings")
	}
	s, err := Open(t.Context(), Options{Backend: name, DataDir: os.Getenv("HOME"), StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	contract(t, s)
	if name == "pass" || name == "keyctl" {
		return
	}
	// What other programs keep in the same keyring is no business of ours.
	if names, err := s.list(t.Context(), ""); err != nil || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
}

// childPut stores keys of p in the backend named, below DIR.
func childPut(args []string) error {
	s, err := Open(context.Background(), childOptions(args))
	if err != nil {
		return describe(err)
	}
	return describe(s.PutKeys(context.Background(), "p", testKeys("AKIA")))
}

// childGet reads keys, a session and the list from the backend named, below DIR.
func childGet(args []string) error { return childReads(childOptions(args)) }

func childReads(o Options) error {
	s, err := Open(context.Background(), o)
	if err != nil {
		return describe(err)
	}
	_, keysErr := s.Keys(context.Background(), "p")
	_, _, sessionErr := s.Session(context.Background(), SessionID{Base: "p", Hash: "h"})
	_, listErr := s.ListKeys(context.Background())
	fmt.Printf("keys: %v\nsession: %v\nlist: %v\n", describe(keysErr), describe(sessionErr), describe(listErr))
	return nil
}

// childChoose opens whatever works and prints its name.
func childChoose(args []string) error {
	s, err := Open(context.Background(), childOptions(args))
	if err != nil {
		return describe(err)
	}
	fmt.Println(s.Backend())
	return nil
}

// childBus prints what a child of hatstand would get as the bus's address, after opening the file backend.
func childBus(args []string) error {
	err := childChoose(args)
	address, set := os.LookupEnv("DBUS_SESSION_BUS_ADDRESS")
	fmt.Printf("%q %v\n", address, set)
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "HATSTAND_INTERNAL") {
			fmt.Println("left behind:", v)
		}
	}
	return err
}

// childProbe prints what each backend says.
func childProbe(args []string) error {
	for _, r := range Probe(context.Background(), childOptions(args)) {
		fmt.Printf("%s: %v %q %q\n", r.Backend, describe(r.Err), r.Note, r.Holds)
		var e *Error
		if errors.As(r.Err, &e) {
			fmt.Printf("%s needs: %d %s\n", r.Backend, e.Need, e.Subject)
		}
	}
	return nil
}

func childOptions(args []string) Options {
	return Options{Backend: args[0], DataDir: args[1], StateDir: filepath.Join(args[1], "state"),
		Passphrase: func(context.Context, PassphraseRequest) (string, error) { return "pw", nil }}
}

func describe(err error) error {
	var e *Error
	if errors.As(err, &e) {
		cause := []string{"failed", "absent", "locked", "denied", "timed out"}[e.Kind]
		return fmt.Errorf("[%s] %w", cause, err)
	}
	return err
}

// A world is a home of its own.
type world struct {
	t   *testing.T
	dir string
	env []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("these keyrings are Linux's")
	}
	dir, err := os.MkdirTemp("", "hs") // short: sockets' paths have 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	bustest.EndWith(t, dir)
	w := &world{t: t, dir: dir, env: []string{
		"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir + "/run", "PATH=" + os.Getenv("PATH"), "GNUPGHOME=" + dir + "/gnupg",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + dir + "/nobody", noExitSleep,
	}}
	for _, name := range []string{"run", "gnupg"} {
		mkdir(t, dir, name, 0o700)
	}
	return w
}

// run runs a command in the world.
func (w *world) run(name string, args ...string) (string, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = w.env
	cmd.WaitDelay = time.Second // a daemon that was started may hold the pipe
	return run(w.t, cmd)
}

// as runs the test program in a role.
func (w *world) as(role string, args ...string) (string, error) {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.run("env", slices.Concat([]string{childRole + "=" + role, self}, args)...)
}

// onBus runs the test program in a role on a session bus of its own, after the shell line given.
func (w *world) onBus(first, role string, args ...string) (string, error) {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	line := []string{"--", "sh", "-c", first + `
exec "$@"`, "sh", "env", childRole + "=" + role, self}
	return w.run("dbus-run-session", slices.Concat(line, args)...)
}

const unlocked = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; sleep 0.3`

// daemonPID is a shell's way to this world's keyring program.
const daemonPID = `$(pidof gnome-keyring-daemon | tr ' ' '\n' | while read p; do tr '\0' '\n' </proc/$p/environ | grep -q "^HOME=$HOME$" && echo $p; done)`

func needSecretService(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	need(t, "dbus-run-session", "dbus")
	need(t, "gnome-keyring-daemon", "gnome-keyring")
	return w
}

func TestRealSecretService(t *testing.T) {
	w := needSecretService(t)
	tool := need(t, "secret-tool", "libsecret-tools")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.run("dbus-run-session", "--", "sh", "-c", unlocked+`
printf theirs | `+tool+` store --label="keys/other" profile other && exec env `+inWorld+`=secret-service "$0" -test.run '^TestInWorld$' -test.v`, self)
	if err != nil || !strings.Contains(out, "--- PASS: TestInWorld") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSecretServiceTroubles(t *testing.T) {
	w := needSecretService(t)
	if out, err := w.onBus(unlocked, "put", "secret-service", w.dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	everyOneSays := func(t *testing.T, out, want string) {
		t.Helper()
		for line := range strings.Lines(out) {
			if !strings.Contains(line, want) {
				t.Errorf("%q does not say %q", line, want)
			}
		}
		if strings.Count(out, "\n") != 3 {
			t.Errorf("%q", out)
		}
	}
	t.Run("unlocked", func(t *testing.T) {
		out, err := w.onBus(unlocked, "get", "secret-service", w.dir)
		if err != nil || out != "keys: <nil>\nsession: not in the keyring\nlist: <nil>\n" {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("locked with no display is an error at once", func(t *testing.T) {
		start := time.Now()
		out, err := w.onBus("", "get", "secret-service", w.dir)
		if err != nil {
			t.Fatal(err)
		}
		everyOneSays(t, out, "[locked]")
		t.Logf("three calls and the bus took %s", time.Since(start).Round(time.Millisecond))
	})
	t.Run("no bus", func(t *testing.T) {
		_, err := w.as("get", "secret-service", w.dir)
		if err == nil || !strings.Contains(err.Error(), "[absent]") || !strings.Contains(err.Error(), "no D-Bus session bus") {
			t.Errorf("%v", err)
		}
	})
	t.Run("the recorded keyring is never left for another", func(t *testing.T) {
		_, err := w.as("choose", "", w.dir)
		if err == nil || !strings.Contains(err.Error(), "[absent]") || !strings.Contains(err.Error(), "state/backend") {
			t.Errorf("%v", err)
		}
	})
	t.Run("nobody has made the collection", func(t *testing.T) {
		other := newWorld(t)
		write(t, filepath.Join(other.dir, "x"), "")
		mkdir(t, other.dir, "state", 0o700)
		write(t, filepath.Join(other.dir, "state", "backend"), "secret-service\n")
		out, err := other.onBus("", "get", "", other.dir)
		if err != nil {
			t.Fatal(err)
		}
		everyOneSays(t, out, "[absent]")
	})
	t.Run("the keyring's program stopped", func(t *testing.T) {
		need(t, "pidof", "sysvinit-utils")
		// It does not notice that its bus ends.
		stopped := filepath.Join(t.TempDir(), "pid")
		t.Cleanup(func() {
			b, _ := os.ReadFile(stopped)
			pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
			if err != nil {
				t.Fatal(err)
			}
			if p, err := os.FindProcess(pid); err != nil || p.Kill() != nil {
				t.Errorf("process %d stays, stopped", pid)
			}
		})
		out, err := w.onBus(unlocked+`
pid=`+daemonPID+`; echo "$pid" >'`+stopped+`'; kill -STOP "$pid"`, "one", "secret-service", w.dir)
		if err != nil || !strings.HasPrefix(out, "[timed out] ") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

func TestRealPass(t *testing.T) {
	w := newWorld(t)
	need(t, "pass", "pass")
	need(t, "gpg", "gnupg")
	if out, err := w.as("probe", "", w.dir); err != nil || !strings.Contains(out, "pass: [absent]") {
		t.Errorf("a store that was not made: %v\n%s", err, out)
	}
	for _, line := range [][]string{
		{"gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "hatstand@example.org", "default", "default", "never"},
		{"pass", "init", "hatstand@example.org"},
	} {
		if out, err := w.run(line[0], line[1:]...); err != nil {
			t.Fatalf("%s: %v\n%s", line[0], err, out)
		}
	}
	w.env = append(w.env, inWorld+"=pass")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.run(self, "-test.run", "^TestInWorld$", "-test.v")
	if err != nil || !strings.Contains(out, "--- PASS: TestInWorld") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := w.as("choose", "", w.dir); err != nil || out != "pass\n" {
		t.Errorf("chosen without a bus: %q, %v", out, err)
	}
}
