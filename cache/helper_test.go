package cache

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The test program plays other processes too: with childRole set it runs that role instead of tests.
const childRole = "HATSTAND_CACHE_TEST_CHILD"

func TestMain(m *testing.M) {
	role, isChild := os.LookupEnv(childRole)
	if !isChild {
		if err := flag.Set("test.parallel", "8"); err != nil { // they wait for services more than they work
			panic(err)
		}
		os.Exit(m.Run())
	}
	f, ok := childRoles()[role]
	if !ok {
		fmt.Fprintf(os.Stderr, "no role %q\n", role)
		os.Exit(2)
	}
	if err := f(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// noExitSleep keeps the race detector from holding each process for a second at its end.
const noExitSleep = "GORACE=atexit_sleep_ms=0"

// childRoles are the parts the test program can play.
func childRoles() map[string]func(args []string) error {
	roles := map[string]func([]string) error{
		"put":    childPut,
		"probe":  childProbe,
		"get":    childGet,
		"choose": childChoose,
		"bus":    childBus,
	}
	maps.Copy(roles, systemRoles())
	return roles
}

// run runs a prepared process and returns what it printed.
func run(t testing.TB, cmd *exec.Cmd) (stdout string, err error) {
	t.Helper()
	var out, errText bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errText
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(errText.String()))
	}
	return out.String(), err
}

// need skips a test whose real part is missing, or fails it where every part is required.
func need(t testing.TB, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	missing(t, fmt.Sprintf("%s is not installed: apt-get install %s", program, pkg))
	return ""
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func mkdir(t *testing.T, dir, name string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to another user")
	}
}
