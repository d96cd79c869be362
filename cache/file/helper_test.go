package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/cache/backend"
)

// The test program plays other processes too: with childRole set it runs that role instead of tests.
const childRole = "HATSTAND_FILE_TEST_CHILD"

func TestMain(m *testing.M) {
	role, isChild := os.LookupEnv(childRole)
	if !isChild {
		os.Exit(m.Run())
	}
	f := map[string]func([]string) error{"write": childWrite, "unlock": childUnlock}[role]
	if err := f(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child prepares another process in that role.
func child(ctx context.Context, t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	// The race detector would hold each process for a second at its end.
	cmd.Env = append(os.Environ(), childRole+"="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
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
	why := fmt.Sprintf("%s is not installed: apt-get install %s", program, pkg)
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

// A store has words for the items of a keyring, as package cache has.
type store struct{ *Keyring }

func (s store) put(ctx context.Context, name, value string) error {
	return s.Set(ctx, backend.Item{Name: name, Data: []byte(value)})
}

func (s store) get(ctx context.Context, name string) (string, error) {
	b, err := s.Get(ctx, name)
	return string(b), err
}

func (s store) PutSeed(ctx context.Context, name, value string) error {
	return s.put(ctx, "mfa/"+name, value)
}
func (s store) Seed(ctx context.Context, name string) (string, error) { return s.get(ctx, "mfa/"+name) }
func (s store) PutKeys(ctx context.Context, name, value string) error {
	return s.put(ctx, "keys/"+name, value)
}
func (s store) KeysOf(ctx context.Context, name string) (string, error) {
	return s.get(ctx, "keys/"+name)
}
func (s store) names() ([]string, error)       { return s.Keyring.Keys(context.Background()) }
func (s store) lock(ctx context.Context) error { return s.forget(ctx) }

// newProcess is what a new process has of a file store: the folder and the vault, and no key.
func newProcess(dir string, v keyKeeper, a *asker) (store, *Keyring) {
	ring := Open(Options{
		Folder: filepath.Join(dir, "keyring"), Passphrase: a.ask, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	ring.kernel, ring.cost, ring.patience = v, cheap(), 0 // a context that tests wait by is not to be wrapped
	return store{ring}, ring
}

// waitingContext tells when somebody begins to wait.
type waitingContext struct {
	context.Context
	waits chan struct{}
}

func (c waitingContext) Done() <-chan struct{} {
	c.waits <- struct{}{}
	return c.Context.Done()
}

// isOurs tells whether an error is the keyring's, and says what to do.
func isOurs(err error) bool {
	var e *backend.Error
	return errors.As(err, &e) && e.Kind <= backend.TimedOut && e.Need != backend.NeedNothing
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

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
