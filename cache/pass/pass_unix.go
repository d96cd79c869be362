//go:build unix

// Package pass keeps items in the password store of the program pass, which encrypts them with GnuPG.
//
// It promises that values go only through pipes, that what pass and GnuPG say goes into the error and never onto this
// process's stderr (readers of credential-process merge it into stdout), and that neither AWS's variables nor
// hatstand's reach the store's git and hooks. It never opens GnuPG's prompt where nobody may be asked.
package pass

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"hatstand/cache/backend"
	"hatstand/cache/internal/libitem"
)

// Options say how pass is run.
type Options struct {
	Environ   func() []string // nil is this process's
	NoPrompts bool            // GnuPG fails instead of asking for its key's passphrase
	// Terminal is the path of the terminal that GnuPG may ask on, "" where there is none; it may be nil. pass's
	// stdin is a pipe, so that GnuPG does not find it by itself, and its agent runs where /dev/tty is another one or
	// none.
	Terminal func() string
}

// Prefix is the folder of the password store that holds our items.
const Prefix = "hatstand"

// A Keyring is a [backend.Keyring] over the password store, in the layout and the format of 99designs/keyring.
type Keyring struct {
	environ  []string
	terminal func() string
}

// Open asks nobody and runs nothing.
func Open(o Options) (*backend.Opened, error) {
	if _, err := exec.LookPath("pass"); err != nil {
		return nil, notInstalled("pass")
	}
	opened := &backend.Opened{Name: "pass", Keyring: &Keyring{o.forPass(), o.terminal()}, MayAsk: !o.NoPrompts}
	if o.NoPrompts {
		opened.KindOf = func(error) backend.Kind { return backend.Locked }
	}
	return opened, nil
}

func (k *Keyring) Get(ctx context.Context, name string) ([]byte, error) {
	out, err := k.pass(ctx, nil, "show", Prefix+"/"+name)
	if err != nil {
		return nil, k.absence(ctx, name, err)
	}
	return libitem.Decode(out)
}

func (k *Keyring) Set(ctx context.Context, it backend.Item) error {
	value, err := libitem.Encode(it.Name, it.Label, it.Data)
	if err != nil {
		return err
	}
	_, err = k.pass(ctx, value, "insert", "--multiline", "--force", Prefix+"/"+it.Name)
	return err
}

func (k *Keyring) Remove(ctx context.Context, name string) error {
	if _, err := k.pass(ctx, nil, "rm", "--force", Prefix+"/"+name); err != nil {
		return k.absence(ctx, name, err)
	}
	return nil
}

// absence tells a call that failed since there is no such item: pass has one exit code for everything.
func (k *Keyring) absence(ctx context.Context, name string, err error) error {
	if names, lerr := k.Keys(ctx); lerr == nil && !slices.Contains(names, name) {
		return backend.ErrNotFound
	}
	return err
}

// Keys are the files of our part of the store. A store that is not there has none.
func (k *Keyring) Keys(context.Context) ([]string, error) {
	var names []string
	root := filepath.Join(storeFolder(k.environ), Prefix)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(path, ".gpg"); ok && !e.IsDir() {
			if name, err = filepath.Rel(root, name); err == nil {
				names = append(names, filepath.ToSlash(name))
			}
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

func (k *Keyring) pass(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "pass", args...)
	cmd.Env = k.environ
	if k.terminal != nil {
		if path := k.terminal(); path != "" {
			cmd.Env = append(slices.Clip(k.environ), "GPG_TTY="+path)
		}
	}
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

// forPass is the environment of pass. It has no variables of AWS or of hatstand, since pass also runs git and the
// store's hooks. If nobody may be asked, GnuPG fails instead of prompting.
func (o Options) forPass() []string {
	all := o.environ()
	env := slices.DeleteFunc(slices.Clone(all), func(v string) bool {
		return strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "HATSTAND_")
	})
	if o.NoPrompts {
		opts := strings.TrimSpace(valueOf(all, "PASSWORD_STORE_GPG_OPTS") + " --pinentry-mode error")
		env = append(env, "PASSWORD_STORE_GPG_OPTS="+opts)
	}
	return env
}

// terminal is for GPG_TTY; nil where the user has set that, or nothing may be asked.
func (o Options) terminal() func() string {
	if o.NoPrompts || valueOf(o.environ(), "GPG_TTY") != "" {
		return nil
	}
	return o.Terminal
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

// Probe asks pass to list its store, looks for the key that the store is for, since pass lists a folder that is none
// too, and asks GnuPG for that key: with only the public key, pass would store what nobody here can read.
func Probe(ctx context.Context, o Options) error {
	env := o.forPass()
	cmd := exec.CommandContext(ctx, "pass", "ls")
	var text bytes.Buffer
	cmd.Env, cmd.Stderr = env, &text
	err := cmd.Run()
	switch {
	case interrupted(err):
		return context.Canceled
	case errors.Is(err, exec.ErrNotFound):
		return notInstalled("pass")
	}
	ids, found := storeKeys(env)
	switch {
	case err != nil:
		need, said := backend.NeedStore, backend.OneLine(errors.New(text.String()))
		if found {
			need = backend.NeedMending
		}
		if said == "" {
			said = err.Error()
		}
		return unfit(need, "pass ls: %s", said)
	case !found:
		return unfit(backend.NeedStore, "the password store has no .gpg-id, and so no key")
	case len(ids) == 0:
		return nil
	}
	gpg := "gpg2" // as pass picks it
	if _, err := exec.LookPath(gpg); err != nil {
		gpg = "gpg"
	}
	if _, err := exec.LookPath(gpg); err != nil {
		e := unfit(backend.NeedProgram, "the program gpg, which pass runs, is not installed")
		e.Subject = "gnupg"
		return e
	}
	cmd = exec.CommandContext(ctx, gpg, append([]string{"--batch", "--quiet", "--no-tty", "--with-colons", "--list-secret-keys", "--"}, ids...)...)
	cmd.Env = env
	out, err := cmd.Output() // it fails where one of several keys is missing
	if interrupted(err) {
		return context.Canceled
	}
	secret, usable := secretKeys(string(out))
	switch {
	case !secret:
		return noKey("GnuPG has no secret key of %s, for which the store is encrypted", strings.Join(ids, ", "))
	case !usable:
		return noKey("GnuPG's key %s has expired, or cannot encrypt: what is stored can be read, but nothing can be written", strings.Join(ids, ", "))
	}
	return nil
}

// secretKeys reads GnuPG's listing with colons: whether there is a secret key, and whether one can encrypt now. The
// twelfth field of its line has a capital E then (GnuPG's doc/DETAILS).
func secretKeys(listing string) (any, usable bool) {
	for line := range strings.Lines(listing) {
		fields := strings.Split(line, ":")
		if fields[0] == "sec" {
			any = true
			usable = usable || len(fields) > 11 && strings.Contains(fields[11], "E")
		}
	}
	return any, usable
}

func noKey(format string, a ...any) error {
	return &backend.Error{Kind: backend.Denied, Backend: "pass", Op: "open", Need: backend.NeedSecretKey, Err: fmt.Errorf(format, a...)}
}

// unfit is the error of a pass that is installed and cannot be used.
func unfit(need backend.Need, format string, a ...any) *backend.Error {
	e := backend.NotThere("pass", format, a...)
	e.Need = need
	return e
}

func notInstalled(program string) error {
	e := unfit(backend.NeedProgram, "the program %s is not installed", program)
	e.Subject = program
	return e
}

// storeFolder is where pass keeps its store.
func storeFolder(environ []string) string {
	if dir := valueOf(environ, "PASSWORD_STORE_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(valueOf(environ, "HOME"), ".password-store")
}

// storeKeys are the keys that our part of the store is encrypted for, as PASSWORD_STORE_KEY or .gpg-id says; none if
// that cannot be read. found is whether anything says it, without which pass stores nothing.
func storeKeys(environ []string) (ids []string, found bool) {
	if key := valueOf(environ, "PASSWORD_STORE_KEY"); key != "" {
		return strings.Fields(key), true
	}
	dir := storeFolder(environ)
	for _, file := range []string{filepath.Join(dir, Prefix, ".gpg-id"), filepath.Join(dir, ".gpg-id")} {
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

// lastLine is what a program that failed said last; programs of several lines name the cause there.
func lastLine(text, otherwise string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return otherwise
}
