// Package file keeps items in a folder of this user's own, one sealed file each.
//
// It promises that an item is encrypted under a key made from the passphrase, that a file put in another's place does
// not open, that a write replaces an item whole or not at all, and that the passphrase is asked for once a login (on
// Linux the key waits in the kernel). It never writes an item, the key or the passphrase unencrypted to a disk, and it
// asks for the passphrase only through [Options].Passphrase.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// The file backend: one sealed file an item in a folder of the user's own, and beside them params,
// which says how the passphrase becomes the key.
const (
	itemSuffix = ".item"
	paramsFile = "params"
	// A file name may have 255 bytes; longer items are named by their hash.
	fileNameLimit = 200
	hashedPrefix  = "+"
	// A temporary file older than this belongs to a writer that was killed.
	leftoverAge = time.Hour
)

// Options say where the items are and who knows the passphrase.
type Options struct {
	Folder string // absolute
	// Passphrase answers when the key does not wait in the kernel.
	Passphrase func(context.Context, backend.PassphraseRequest) (string, error)
	// Waiting is called when another process (0: not known) has been asking for the passphrase for 5 s; ended is closed
	// when that is over. It may be nil.
	Waiting func(holder int, ended <-chan struct{})
	Now     func() time.Time
	Log     *slog.Logger
	// ReadOnly: no passphrase is asked for, and none is waited for that another process asks for.
	ReadOnly bool
}

// A Keyring is a [backend.Keyring] over a folder.
type Keyring struct {
	folder     string
	passphrase func(context.Context, backend.PassphraseRequest) (string, error)
	waits      func(holder int, ended <-chan struct{})
	patience   time.Duration // for another process that asks; 0: as long as the context lasts
	kernel     keyKeeper
	cost       cost
	now        func() time.Time
	log        *slog.Logger
	readOnly   bool

	mu   sync.Mutex
	keys map[keyID][]byte // unlocked by this process
	// refused says why nobody gave this process the passphrase; nil: somebody did, or nobody was asked.
	refused   *backend.Error
	refusedAt time.Time
}

// Open makes no folder and asks nobody.
func Open(o Options) *Keyring {
	return &Keyring{
		folder: o.Folder, passphrase: o.Passphrase, waits: o.Waiting, patience: unlockWithin, kernel: kernelKeyring{},
		cost: recommended(), now: o.Now, log: o.Log, readOnly: o.ReadOnly,
	}
}

// Opened is the keyring as package cache uses it.
func (k *Keyring) Opened() *backend.Opened {
	return &backend.Opened{Name: "file", Keyring: k, EndsItself: true, Lock: k.forget, Locked: k.locked}
}

// Probe reports whether the folder can be used. With mayMake it is made; nothing is written into it and nobody is
// asked.
func Probe(path string, mayMake bool) error {
	get := folder.CouldMake
	if mayMake {
		get = folder.Make
	}
	if err := get(path); err != nil {
		return (&Keyring{folder: path}).failed("open", err)
	}
	return nil
}

// Get reads the item's file, finds the key and decrypts. While the kernel has the key, Get opens no other file.
func (k *Keyring) Get(ctx context.Context, name string) ([]byte, error) {
	b, err := k.read(name)
	if err != nil {
		return nil, err
	}
	it, err := parseSealed(b)
	if err == nil && it.name != name {
		err = errWrongName
	}
	if err != nil {
		return nil, k.corrupt(name, err)
	}
	key, err := k.unlock(ctx, it.id)
	if errors.Is(err, errOtherKey) {
		return nil, k.corrupt(name, err)
	}
	if err != nil {
		return nil, err
	}
	data, err := it.open(key)
	if err != nil {
		return nil, k.corrupt(name, err)
	}
	return data, nil
}

func (k *Keyring) read(name string) ([]byte, error) {
	if err := folder.Check(k.folder); err != nil {
		return nil, k.missing(err)
	}
	f, err := folder.Open(k.path(name))
	if _, planted := errors.AsType[*folder.Error](err); planted {
		return nil, nil // no item begins like that: it is damaged
	}
	if err != nil {
		return nil, k.missing(err)
	}
	defer f.Close()
	b, err := folder.ReadUpTo(f, sealedLimit+1)
	if err != nil {
		return nil, k.failed("read", err)
	}
	return b, nil
}

// Set seals and replaces.
func (k *Keyring) Set(ctx context.Context, item backend.Item) error {
	if err := folder.Make(k.folder); err != nil {
		return k.failed("open", err)
	}
	id, key, err := k.currentKey(ctx)
	if err != nil {
		return err
	}
	b, err := seal(key, id, item.Name, item.Data)
	if err != nil {
		return err
	}
	if len(b) > sealedLimit {
		return k.failed("write", errTooLong)
	}
	if err := folder.WriteFile(k.path(item.Name), b); err != nil {
		return k.failed("write", err)
	}
	return nil
}

// Remove needs no key: what may be written may be removed.
func (k *Keyring) Remove(_ context.Context, name string) error {
	if err := folder.Check(k.folder); err != nil {
		return k.missing(err)
	}
	if err := os.Remove(k.path(name)); err != nil {
		return k.missing(err)
	}
	return folder.Sync(k.folder)
}

// Keys lists the items without opening them, and clears up after writers that were killed.
func (k *Keyring) Keys(context.Context) ([]string, error) {
	if err := folder.Check(k.folder); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, k.failed("list", err)
	}
	entries, err := os.ReadDir(k.folder)
	if err != nil {
		return nil, k.failed("list", err)
	}
	var names []string
	for _, e := range entries {
		file := e.Name()
		if strings.HasPrefix(file, folder.TempPrefix) {
			k.clear(e)
			continue
		}
		stem, ok := strings.CutSuffix(file, itemSuffix)
		if !ok {
			continue
		}
		if !strings.HasPrefix(stem, hashedPrefix) {
			names = append(names, strings.ReplaceAll(stem, "~", "/"))
			continue
		}
		if name, ok := k.nameInside(file); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

func (k *Keyring) clear(e fs.DirEntry) {
	if info, err := e.Info(); err == nil && k.now().Sub(info.ModTime()) > leftoverAge {
		_ = os.Remove(filepath.Join(k.folder, e.Name()))
	}
}

func (k *Keyring) nameInside(file string) (string, bool) {
	f, err := folder.Open(filepath.Join(k.folder, file))
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := folder.ReadUpTo(f, sealedLimit+1)
	if err != nil {
		return "", false
	}
	it, err := parseSealed(b)
	return it.name, err == nil && fileName(it.name) == file
}

func (k *Keyring) path(name string) string { return filepath.Join(k.folder, fileName(name)) }

// fileName keeps a name readable: an encoded name has no ~ of its own.
func fileName(name string) string {
	file := strings.ReplaceAll(name, "/", "~")
	if len(file) > fileNameLimit || strings.Contains(name, "~") || strings.HasPrefix(name, hashedPrefix) || strings.HasPrefix(name, ".") {
		sum := sha256.Sum256([]byte(name))
		file = hashedPrefix + hex.EncodeToString(sum[:])
	}
	return file + itemSuffix
}

// missing turns the absence of a file or of the whole folder into that of an item.
func (k *Keyring) missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return backend.ErrNotFound
	}
	return k.failed("open", err)
}

func (k *Keyring) corrupt(name string, err error) error {
	return &backend.Error{Kind: backend.Corrupt, Backend: "file", Name: name, Err: fmt.Errorf("%w (%s)", err, k.path(name))}
}

func (k *Keyring) failed(op string, err error) *backend.Error {
	e := &backend.Error{Backend: "file", Op: op, Subject: k.folder, Err: err}
	_, unsafe := errors.AsType[*folder.Error](err)
	switch {
	case unsafe:
		e.Kind, e.Need = backend.Denied, backend.NeedSafeFolder
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Need = backend.Denied, backend.NeedPermission
	case errors.Is(err, syscall.EROFS):
		e.Need = backend.NeedWritable
	default:
		e.Need = backend.NeedSpace
	}
	return e
}
