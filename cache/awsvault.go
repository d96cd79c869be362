package cache

import (
	"bytes"
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
)

// vaultService is the name under which aws-vault has everything: service, wallet, folder, prefix.
const vaultService = "aws-vault"

// vaultCollection is aws-vault's own collection of the Secret Service.
const vaultCollection = "awsvault"

// VaultOptions say where aws-vault keeps its items.
type VaultOptions struct {
	Backend      string // one of VaultBackends()
	FileDir      string // of its file backend; absolute
	PassDir      string // of its pass backend; "": where pass itself keeps its store
	PassCmd      string // "": pass
	PassPrefix   string
	Collection   string // of its secret-service backend; "": its own
	KeychainName string
	// Passphrase answers for the file backend.
	Passphrase func(context.Context, PassphraseRequest) (string, error)
	// Timeout bounds each call; 0 is 5 s. A dialog may wait for 3 min.
	Timeout time.Duration
}

// A Vault is aws-vault's keyring, opened to be read. Nothing is ever written to it, made or removed. Its
// methods may not be called at the same time.
type Vault struct {
	o      VaultOptions
	b      *backend
	proven bool // the file backend's passphrase has opened an item
}

// VaultBackends are the backends that aws-vault can have items in here, in its own order. Its keyctl is
// none of them: it gives no scope, without which the library opens nothing.
func VaultBackends() []string { return vaultBackends() }

// OpenVault opens one of aws-vault's backends. The error is a *[VaultError], or an *[UnknownBackendError].
func OpenVault(ctx context.Context, o VaultOptions) (*Vault, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if !slices.Contains(VaultBackends(), o.Backend) {
		return nil, &UnknownBackendError{Name: o.Backend}
	}
	o.Collection = cmpOr(o.Collection, vaultCollection)
	v := &Vault{o: o}
	if err := v.open(ctx); err != nil {
		return nil, v.failed("open", "", err)
	}
	return v, nil
}

func (v *Vault) open(ctx context.Context) error {
	b, err := within(ctx, v.o.Timeout, &backend{asks: v.o.Backend == "kwallet"}, func() (*backend, error) {
		if v.o.Backend == "file" {
			return openVaultFile(v.o)
		}
		return openVaultBackend(v.o)
	})
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
	names, err := within(ctx, v.o.Timeout, v.b, v.b.ring.Keys)
	if err == nil && v.b.missed != nil { // what is locked may list its items, without their names
		err = v.b.missed(v.b.ring, "")
	}
	if err != nil {
		return nil, v.failed("list", "", err)
	}
	names = slices.DeleteFunc(names, isVaultSession)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Keys are those of one profile, and the session token that stands with them if they are temporary.
// [ErrNotFound] if there are none; [ErrNotKeys] if the item is another program's; else a *[VaultError].
func (v *Vault) Keys(ctx context.Context, name string) (k Keys, sessionToken string, err error) {
	item, err := v.get(ctx, name)
	if isMiss(err) {
		return Keys{}, "", ErrNotFound
	}
	if err != nil {
		return Keys{}, "", v.failed("read", name, err)
	}
	var stored struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	// The decoder's error may show a part of the item.
	if json.Unmarshal(item.Data, &stored) != nil || stored.AccessKeyID == "" || stored.SecretAccessKey == "" {
		return Keys{}, "", ErrNotKeys
	}
	return Keys{AccessKeyID: stored.AccessKeyID, SecretAccessKey: stored.SecretAccessKey}, stored.SessionToken, nil
}

// ErrNotKeys says of an item of a [Vault] that it holds no keys.
var ErrNotKeys = errors.New("it holds no keys")

// get reads one item, asking for the file backend's passphrase until it is right, three times in all.
func (v *Vault) get(ctx context.Context, name string) (keyring.Item, error) {
	for try := 0; ; try++ {
		if f, ok := v.b.ring.(*vaultFile); ok && f.passphrase == "" && f.has(name) {
			if err := f.ask(ctx, v.o.Passphrase, try > 0); err != nil {
				return keyring.Item{}, &VaultError{Cause: Locked, Err: err}
			}
		}
		item, err := within(ctx, v.o.Timeout, v.b, func() (keyring.Item, error) { return v.b.ring.Get(name) })
		switch {
		case err == nil:
			v.proven = true
			return item, nil
		case !errors.Is(err, errSealed):
			return keyring.Item{}, err
		case v.proven:
			return keyring.Item{}, errors.New("it is damaged, or has another passphrase than the others")
		case try == questions-1:
			return keyring.Item{}, &VaultError{Cause: Locked, Err: errors.New("wrong passphrase")}
		}
		v.b.ring.(*vaultFile).passphrase = ""
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

// vaultFile is aws-vault's folder of files. 99designs/keyring reads them, a file at a time: it would make
// the folder, take whatever lies in it for an item, and keep a wrong passphrase.
type vaultFile struct {
	keyring.Keyring // none: what is not below is never called
	dir             string
	passphrase      string
}

func openVaultFile(o VaultOptions) (*backend, error) {
	if info, err := os.Stat(o.FileDir); err != nil || !info.IsDir() {
		return nil, vaultAbsent("there is no folder %s", o.FileDir)
	}
	return &backend{name: "file", ring: &vaultFile{dir: o.FileDir}}, nil
}

func (f *vaultFile) ask(ctx context.Context, passphrase func(context.Context, PassphraseRequest) (string, error), wrong bool) (err error) {
	if passphrase == nil {
		return errors.New("there is nobody to ask for its passphrase")
	}
	f.passphrase, err = passphrase(ctx, PassphraseRequest{Folder: f.dir, Wrong: wrong})
	return err
}

func (f *vaultFile) reader() (keyring.Keyring, error) {
	return openRing(keyring.FileBackend, keyring.Config{FileDir: f.dir, FilePasswordFunc: keyring.FixedStringPrompt(f.passphrase)})
}

func (f *vaultFile) Keys() ([]string, error) {
	ring, err := f.reader()
	if err != nil {
		return nil, err
	}
	names, err := ring.Keys()
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

func (f *vaultFile) Get(name string) (keyring.Item, error) {
	if !f.has(name) {
		return keyring.Item{}, keyring.ErrKeyNotFound
	}
	ring, err := f.reader()
	if err != nil {
		return keyring.Item{}, err
	}
	item, err := ring.Get(name)
	if err != nil && !errors.Is(err, keyring.ErrKeyNotFound) {
		return keyring.Item{}, errSealed // the library's words may hold parts of what it opened
	}
	return item, err
}

func vaultAbsent(format string, a ...any) error {
	return &VaultError{Cause: Absent, Err: fmt.Errorf(format, a...)}
}

// A VaultError says that aws-vault's keyring could not be read. Nothing was changed there.
type VaultError struct {
	Backend string
	Op      string // "open", "list", "read"
	Profile string // "" for the whole
	Cause   Cause
	Err     error
}

func (v *Vault) failed(op, profile string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := &VaultError{Backend: v.o.Backend, Op: op, Profile: profile, Err: err}
	var inner *VaultError
	var unavailable *UnavailableError
	switch {
	case errors.As(err, &inner):
		e.Cause, e.Err = inner.Cause, inner.Err
	case errors.As(err, &unavailable):
		e.Cause, e.Err = unavailable.Cause, unavailable.Err
	case errors.Is(err, errTimeout), errors.Is(err, context.DeadlineExceeded):
		e.Cause = TimedOut
	}
	return e
}

func (e *VaultError) Error() string {
	what := e.Op
	if e.Profile != "" {
		what += " keys of " + e.Profile
	}
	return fmt.Sprintf("aws-vault's %s keyring: %s: %s", e.Backend, what, oneLine(e.Err))
}

func (e *VaultError) Unwrap() error { return e.Err }

// Hints are the next things to try.
func (e *VaultError) Hints() []string {
	switch {
	case e.Cause == Absent:
		return []string{"name the keyring that aws-vault uses: --backend " + strings.Join(VaultBackends(), "|") + ", or AWS_VAULT_BACKEND"}
	case e.Backend == "file" && e.Cause == Locked:
		return []string{"set AWS_VAULT_FILE_PASSPHRASE, or run this at a terminal"}
	case e.Backend == "secret-service", e.Backend == "kwallet":
		return []string{"unlock it on the desktop; aws-vault list tells whether aws-vault can read it"}
	}
	return []string{"aws-vault list --backend=" + e.Backend + " tells whether aws-vault can read it"}
}
