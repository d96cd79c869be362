// Package awsvault reads the keys that aws-vault keeps, for importing them.
//
// It promises to change nothing there: nothing is written, made or removed. It never shows an item that holds no keys.
package awsvault

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
	"hatstand/credproc/credentials"
)

// vaultService is the name under which aws-vault has everything: service, wallet, folder, prefix.
const vaultService = "aws-vault"

// vaultCollection is aws-vault's own collection of the Secret Service.
const vaultCollection = "awsvault"

// Options say where aws-vault keeps its items.
type Options struct {
	Backend      string // one of Backends()
	FileDir      string // of its file backend; absolute
	PassDir      string // of its pass backend; "": where pass itself keeps its store
	PassCmd      string // "": pass
	PassPrefix   string
	Collection   string // of its secret-service backend; "": its own
	KeychainName string
	// Passphrase answers for the file backend.
	Passphrase func(context.Context, backend.PassphraseRequest) (string, error)
	// Environ is the environment that names the session bus; nil is this process's.
	Environ func() []string
	// Timeout bounds each call; 0 is 5 s. A dialog may wait for 3 min.
	Timeout time.Duration
}

// A Vault is aws-vault's keyring, opened to be read. Nothing is ever written to it, made or removed. Its
// methods may not be called at the same time.
type Vault struct {
	o      Options
	b      *backend.Opened
	proven bool // the file backend's passphrase has opened an item
}

// Backends are the backends that aws-vault can have items in here, in its own order. Its keyctl is
// none of them: it gives no scope, without which the library opens nothing.
func Backends() []string { return backends() }

// Open opens one of aws-vault's backends. The error is an *[Error], or one of kind [backend.UnknownBackend].
func Open(ctx context.Context, o Options) (*Vault, error) {
	if o.Timeout <= 0 {
		o.Timeout = backend.DefaultTimeout
	}
	if !slices.Contains(Backends(), o.Backend) {
		return nil, &backend.Error{Kind: backend.UnknownBackend, Backend: o.Backend}
	}
	o.Collection = cmp.Or(o.Collection, vaultCollection)
	v := &Vault{o: o}
	if err := v.open(ctx); err != nil {
		return nil, v.failed("open", "", err)
	}
	return v, nil
}

func (v *Vault) open(ctx context.Context) error {
	b, err := backend.Within(
		ctx,
		v.o.Timeout,
		&backend.Opened{MayAsk: v.o.Backend == "kwallet"},
		func() (*backend.Opened, error) {
			if v.o.Backend == "file" {
				return openVaultFile(v.o)
			}
			return openVaultBackend(ctx, v.o)
		},
	)
	v.b = b
	return err
}

// Backend is its name.
func (v *Vault) Backend() string { return v.o.Backend }

// Shared reports whether other programs' items stand among aws-vault's, with nothing to tell them apart
// but their names: a password store in which it was given no prefix, or a collection that is the desktop's.
func (v *Vault) Shared() bool {
	switch v.o.Backend {
	case "pass":
		return v.o.PassPrefix == ""
	case "secret-service":
		return v.o.Collection != vaultCollection
	}
	return false
}

// Names are the profiles that have keys there, sorted; sessions and tokens of single sign-on, which
// aws-vault keeps in the same place, are left out.
func (v *Vault) Names(ctx context.Context) ([]string, error) {
	names, err := backend.Within(ctx, v.o.Timeout, v.b, func() ([]string, error) { return v.b.Keyring.Keys(ctx) })
	if err == nil && v.b.WhyMissing != nil { // what is locked may list its items, without their names
		err = v.b.WhyMissing(ctx, "")
	}
	if err != nil {
		return nil, v.failed("list", "", err)
	}
	names = slices.DeleteFunc(names, isVaultSession)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Keys are those of one profile, with their session token if they are temporary.
// [backend.ErrNotFound] if there are none; [ErrNotKeys] if the item is another program's; else an *[Error].
func (v *Vault) Keys(ctx context.Context, name string) (k credentials.Value, err error) {
	data, err := v.get(ctx, name)
	if errors.Is(err, backend.ErrNotFound) {
		return credentials.Value{}, backend.ErrNotFound
	}
	if err != nil {
		return credentials.Value{}, v.failed("read", name, err)
	}
	var stored struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	// The decoder's error may show a part of the item.
	if json.Unmarshal(data, &stored) != nil || stored.AccessKeyID == "" || stored.SecretAccessKey == "" {
		return credentials.Value{}, ErrNotKeys
	}
	return credentials.Value{
		AccessKeyID:     stored.AccessKeyID,
		SecretAccessKey: stored.SecretAccessKey,
		SessionToken:    stored.SessionToken,
	}, nil
}

// ErrNotKeys says of an item of a [Vault] that it holds no keys.
var ErrNotKeys = errors.New("it holds no keys")

// get reads one item, asking for the file backend's passphrase until it is right, three times in all.
func (v *Vault) get(ctx context.Context, name string) ([]byte, error) {
	for try := 0; ; try++ {
		if f, ok := v.b.Keyring.(*vaultFile); ok && f.passphrase == "" && f.has(name) {
			if err := f.ask(ctx, v.o.Passphrase, try > 0); err != nil {
				return nil, &Error{Kind: backend.Locked, Err: err}
			}
		}
		data, err := backend.Within(ctx, v.o.Timeout, v.b, func() ([]byte, error) { return v.b.Keyring.Get(ctx, name) })
		switch {
		case err == nil:
			v.proven = true
			return data, nil
		case !errors.Is(err, errSealed):
			return nil, err
		case v.proven:
			return nil, errors.New("it is damaged, or has another passphrase than the others")
		case try == questions-1:
			return nil, &Error{Kind: backend.Locked, Err: errors.New("wrong passphrase")}
		}
		v.b.Keyring.(*vaultFile).passphrase = ""
	}
}

var errSealed = errors.New("the passphrase does not open it")

// isVaultSession tells aws-vault's sessions by their names: TYPE,PROFILE,SERIAL,EXPIRY, the middle two in
// base64. Older versions called them session,..., session:... or "PROFILE session (EXPIRY)".
func isVaultSession(name string) bool {
	if strings.HasPrefix(name, "oidc:") || strings.HasPrefix(name, "session:") && strings.Count(name, ":") > 2 {
		return true
	}
	if head, ok := strings.CutSuffix(name, ")"); ok {
		_, expiry, ok := strings.Cut(head, " session (")
		return ok && isDigits(expiry)
	}
	parts := strings.Split(name, ",")
	if len(parts) != 4 || parts[0] == "" || parts[1] == "" || !isDigits(parts[3]) {
		return false
	}
	return parts[0] == "session" || isBase64(parts[1]) && isBase64(parts[2])
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isBase64(s string) bool {
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

// questions is how often the file backend's passphrase is asked for in all.
const questions = 3

// vaultFile is aws-vault's folder of files. 99designs/keyring reads them, a file at a time: it would make
// the folder, take whatever lies in it for an item, and keep a wrong passphrase.
type vaultFile struct {
	backend.Keyring // none: what is not below is never called
	dir             string
	passphrase      string
}

func openVaultFile(o Options) (*backend.Opened, error) {
	if info, err := os.Stat(o.FileDir); err != nil || !info.IsDir() {
		return nil, vaultAbsent("there is no folder %s", o.FileDir)
	}
	return &backend.Opened{Name: "file", Keyring: &vaultFile{dir: o.FileDir}}, nil
}

func (f *vaultFile) ask(
	ctx context.Context,
	passphrase func(context.Context, backend.PassphraseRequest) (string, error),
	wrong bool,
) (err error) {
	if passphrase == nil {
		return errors.New("there is nobody to ask for its passphrase")
	}
	f.passphrase, err = passphrase(ctx, backend.PassphraseRequest{Folder: f.dir, Wrong: wrong})
	return err
}

func (f *vaultFile) reader() (library.Keyring, error) {
	return library.Open(
		keyring.FileBackend,
		keyring.Config{FileDir: f.dir, FilePasswordFunc: keyring.FixedStringPrompt(f.passphrase)},
	)
}

// Keys are the names of the files that are items.
func (f *vaultFile) Keys(ctx context.Context) ([]string, error) {
	ring, err := f.reader()
	if err != nil {
		return nil, err
	}
	names, err := ring.Keys(ctx)
	return slices.DeleteFunc(names, func(name string) bool { return !f.has(name) }), err
}

// has tells whether the item is there, by how the library's files begin.
func (f *vaultFile) has(name string) bool {
	file, err := os.Open(filepath.Join(f.dir, strings.NewReplacer("%", "%25", "/", "%2F").Replace(name)))
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 4)
	_, err = io.ReadFull(file, head)
	return err == nil && bytes.HasPrefix(head, []byte("eyJ")) // {" in base64
}

// Get opens one file.
func (f *vaultFile) Get(ctx context.Context, name string) ([]byte, error) {
	if !f.has(name) {
		return nil, backend.ErrNotFound
	}
	ring, err := f.reader()
	if err != nil {
		return nil, err
	}
	data, err := ring.Get(ctx, name)
	if err != nil && !errors.Is(err, backend.ErrNotFound) {
		return nil, errSealed // the library's words may hold parts of what it opened
	}
	return data, err
}

func vaultAbsent(format string, a ...any) error {
	return &Error{Kind: backend.Absent, Err: fmt.Errorf(format, a...)}
}

// An Error says that aws-vault's keyring could not be read. Nothing was changed there.
type Error struct {
	Backend string
	Op      string // "open", "list", "read"
	Profile string // "" for the whole
	Kind    backend.Kind
	Err     error
}

func (v *Vault) failed(op, profile string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := &Error{Backend: v.o.Backend, Op: op, Profile: profile, Err: err}
	var inner *Error
	var unavailable *backend.Error
	switch {
	case errors.As(err, &inner):
		e.Kind, e.Err = inner.Kind, inner.Err
	case errors.As(err, &unavailable):
		e.Kind, e.Err = unavailable.Kind, unavailable.Err
	case errors.Is(err, backend.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		e.Kind = backend.TimedOut
	}
	return e
}

func (e *Error) Error() string {
	what := e.Op
	if e.Profile != "" {
		what += " keys of " + e.Profile
	}
	return fmt.Sprintf("aws-vault's %s keyring: %s: %s", e.Backend, what, backend.OneLine(e.Err))
}

func (e *Error) Unwrap() error { return e.Err }
