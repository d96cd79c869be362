//go:build unix

package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/99designs/keyring"
)

// passRing is the password store. Its layout and its list are those of 99designs/keyring, which would hand
// hatstand's own stderr to pass: a warning of GnuPG's there breaks readers that merge stderr into stdout.
// So pass is run here. What it says goes into the error, and values go through pipes alone.
type passRing struct {
	keyring.Keyring
	ctx     context.Context
	environ []string
	unasked bool
}

func openPass(o Options) (*backend, error) {
	ring, err := openRing(keyring.PassBackend, keyring.Config{PassPrefix: passPrefix})
	if errors.Is(err, errNotOpened) {
		return nil, absent("pass", "the program pass is not installed")
	}
	if err != nil {
		return nil, err
	}
	b := &backend{name: "pass", asks: !o.Unasked, ring: &passRing{ring, context.Background(), o.passEnviron(), o.Unasked}}
	if o.Unasked {
		b.why = func(error) Cause { return Locked }
	}
	return b, nil
}

func (k *passRing) bind(ctx context.Context) keyring.Keyring {
	other := *k
	other.ctx = ctx
	return &other
}

func (k *passRing) Get(name string) (keyring.Item, error) {
	out, err := k.pass(nil, "show", passPrefix+"/"+name)
	if err != nil {
		return keyring.Item{}, k.absence(name, err)
	}
	var it keyring.Item
	err = json.Unmarshal(out, &it)
	return it, err
}

func (k *passRing) Set(it keyring.Item) error {
	value, err := json.Marshal(it)
	if err != nil {
		return err
	}
	_, err = k.pass(value, "insert", "--multiline", "--force", passPrefix+"/"+it.Key)
	return err
}

func (k *passRing) Remove(name string) error {
	if _, err := k.pass(nil, "rm", "--force", passPrefix+"/"+name); err != nil {
		return k.absence(name, err)
	}
	return nil
}

// absence tells a call that failed since there is no such item: pass has one exit code for everything.
func (k *passRing) absence(name string, err error) error {
	if names, lerr := k.Keys(); lerr == nil && !slices.Contains(names, name) {
		return keyring.ErrKeyNotFound
	}
	return err
}

func (k *passRing) pass(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(k.ctx, "pass", args...)
	cmd.Env = k.environ
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case interrupted(err):
		err = context.Canceled
	case errors.As(err, &exit):
		err = &passError{lastLine(string(exit.Stderr), exit.Error())}
	}
	return out, err
}

// interrupted tells whether a program ended by Ctrl-C, in its own words or a shell's. The terminal sends it to all in
// the foreground: pass may be gone before this process has heard of it.
func interrupted(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal() == syscall.SIGINT
	}
	return exit.ExitCode() == 128+int(syscall.SIGINT)
}

// A passError is what pass, or GnuPG below it, said.
type passError struct{ said string }

func (e *passError) Error() string { return e.said }

// passEnviron is the environment of pass, which runs git and hooks of the store's: nothing of ours or of
// AWS's is their business. Where nothing may be asked, GnuPG fails in the place of a prompt.
func (o Options) passEnviron() []string {
	all := o.environ()
	env := slices.DeleteFunc(slices.Clone(all), func(v string) bool {
		return strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "HATSTAND_")
	})
	if o.Unasked {
		opts := strings.TrimSpace(valueOf(all, "PASSWORD_STORE_GPG_OPTS") + " --pinentry-mode error")
		env = append(env, "PASSWORD_STORE_GPG_OPTS="+opts)
	}
	return env
}

func (o Options) environ() []string {
	if o.Environ == nil {
		return (&exec.Cmd{}).Environ()
	}
	return o.Environ()
}

// valueOf is a variable's value: the last one counts, as it does for a child.
func valueOf(environ []string, name string) string {
	for _, v := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// probePass asks pass to list its store, looks for the key that the store is for, since pass lists a folder that is
// none too, and asks GnuPG for that key: with the public key alone pass would store what nobody here can read.
func probePass(ctx context.Context, o Options) error {
	env := o.passEnviron()
	cmd := exec.CommandContext(ctx, "pass", "ls")
	var text bytes.Buffer
	cmd.Env, cmd.Stderr = env, &text
	err := cmd.Run()
	switch {
	case interrupted(err):
		return context.Canceled
	case errors.Is(err, exec.ErrNotFound):
		return absent("pass", "the program pass is not installed")
	}
	ids, found := passKeys(env)
	switch {
	case err != nil:
		hint := makeStore
		if found {
			hint = "run pass ls, and mend what it names"
		}
		return passUnfit(hint, "pass ls: %s", cmpOr(oneLine(errors.New(text.String())), err.Error()))
	case !found:
		return passUnfit(makeStore, "the password store has no .gpg-id, and so no key")
	case len(ids) == 0:
		return nil
	}
	gpg := "gpg2" // as pass picks it
	if _, err := exec.LookPath(gpg); err != nil {
		gpg = "gpg"
	}
	if _, err := exec.LookPath(gpg); err != nil {
		return passUnfit("install gnupg", "the program gpg, which pass runs, is not installed")
	}
	cmd = exec.CommandContext(ctx, gpg, append([]string{"--batch", "--quiet", "--no-tty", "--with-colons", "--list-secret-keys", "--"}, ids...)...)
	cmd.Env = env
	out, err := cmd.Output() // it fails where one of several keys is missing
	if interrupted(err) {
		return context.Canceled
	}
	if !bytes.HasPrefix(out, []byte("sec:")) && !bytes.Contains(out, []byte("\nsec:")) {
		return &UnavailableError{Backend: "pass", Op: "open", Cause: Denied,
			Err:   errors.New("GnuPG has no secret key of " + strings.Join(ids, ", ") + ", for which the store is encrypted"),
			hints: []string{"gpg --import FILE brings the secret key along; gpg --list-secret-keys shows those that are here", other}}
	}
	return nil
}

const makeStore = "make a store: pass init KEY, with a GnuPG key of yours (gpg --list-secret-keys shows them, gpg --quick-gen-key NAME makes one)"

// passUnfit is the error of a pass that is installed and cannot be used; hint says what it lacks.
func passUnfit(hint, format string, a ...any) error {
	return &UnavailableError{Backend: "pass", Op: "open", Cause: Absent, Err: fmt.Errorf(format, a...), hints: []string{hint, other}}
}

// passKeys are the keys that our part of the store is encrypted for, as PASSWORD_STORE_KEY or .gpg-id says; none if
// that cannot be read. found is whether anything says it, without which pass stores nothing.
func passKeys(environ []string) (ids []string, found bool) {
	if key := valueOf(environ, "PASSWORD_STORE_KEY"); key != "" {
		return strings.Fields(key), true
	}
	dir := cmpOr(valueOf(environ, "PASSWORD_STORE_DIR"), filepath.Join(valueOf(environ, "HOME"), ".password-store"))
	for _, file := range []string{filepath.Join(dir, passPrefix, ".gpg-id"), filepath.Join(dir, ".gpg-id")} {
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		for line := range strings.Lines(string(b)) {
			id, _, _ := strings.Cut(line, "#") // pass allows comments
			if id = strings.TrimSpace(id); id != "" {
				ids = append(ids, id)
			}
		}
		return ids, true
	}
	return nil, false
}
