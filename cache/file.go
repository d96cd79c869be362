package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/99designs/keyring"
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

// fileRing is a keyring.Keyring over a folder. The zero ctx means that nothing bounds a question.
type fileRing struct {
	ctx context.Context
	*fileStore
}

type fileStore struct {
	folder     string
	passphrase func(context.Context, PassphraseRequest) (string, error)
	waits      func(holder int, ended <-chan struct{})
	patience   time.Duration // for another process that asks; 0: as long as the context lasts
	vault      vault
	cost       cost
	now        func() time.Time
	log        *slog.Logger
	readOnly   bool // no passphrase is asked for, and none waited for

	mu   sync.Mutex
	keys map[keyID][]byte // unlocked by this process
	// refused is why this process was not given the passphrase, if it was not.
	refused   *PassphraseError
	refusedAt time.Time
}

func newFileRing(dataDir string, o Options) *fileRing {
	return &fileRing{context.Background(), &fileStore{
		folder: filepath.Join(dataDir, "keyring"), passphrase: o.Passphrase, waits: o.Waiting, patience: unlockWithin, vault: kernelVault{},
		cost: recommended(), now: o.Now, log: o.Log, readOnly: o.readOnly,
	}}
}

func (k *fileRing) bind(ctx context.Context) keyring.Keyring { return &fileRing{ctx, k.fileStore} }

// Get reads, finds the key and opens: nothing else is touched while the key waits in the kernel.
func (k *fileRing) Get(name string) (keyring.Item, error) {
	b, err := k.read(name)
	if err != nil {
		return keyring.Item{}, err
	}
	it, err := parseSealed(b)
	if err == nil && it.name != name {
		err = errWrongName
	}
	if err != nil {
		return keyring.Item{}, k.corrupt(name, err)
	}
	key, err := k.unlock(k.ctx, it.id)
	if errors.Is(err, errOtherKey) {
		return keyring.Item{}, k.corrupt(name, err)
	}
	if err != nil {
		return keyring.Item{}, err
	}
	data, err := it.open(key)
	if err != nil {
		return keyring.Item{}, k.corrupt(name, err)
	}
	return keyring.Item{Key: name, Data: data}, nil
}

func (k *fileRing) read(name string) ([]byte, error) {
	if err := checkFolder(k.folder); err != nil {
		return nil, k.missing(err)
	}
	f, err := openToRead(k.path(name))
	if _, planted := errors.AsType[*FileError](err); planted {
		return nil, nil // no item begins like that: it is damaged
	}
	if err != nil {
		return nil, k.missing(err)
	}
	defer f.Close()
	b, err := readUpTo(f, sealedLimit+1)
	if err != nil {
		return nil, k.failed("read", err)
	}
	return b, nil
}

// readUpTo reads a file in one call where it fits, which every item of ours does.
func readUpTo(r io.Reader, limit int) ([]byte, error) {
	b := make([]byte, 0, min(limit, 16<<10))
	for len(b) < limit {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Set seals and replaces.
func (k *fileRing) Set(item keyring.Item) error {
	if err := makeFolder(k.folder); err != nil {
		return k.failed("open", err)
	}
	id, key, err := k.currentKey(k.ctx)
	if err != nil {
		return err
	}
	b, err := seal(key, id, item.Key, item.Data)
	if err != nil {
		return err
	}
	if len(b) > sealedLimit {
		return k.failed("write", errTooLong)
	}
	if err := writeFile(k.path(item.Key), b); err != nil {
		return k.failed("write", err)
	}
	return nil
}

// Remove needs no key: what may be written may be removed.
func (k *fileRing) Remove(name string) error {
	if err := checkFolder(k.folder); err != nil {
		return k.missing(err)
	}
	if err := os.Remove(k.path(name)); err != nil {
		return k.missing(err)
	}
	return syncFolder(k.folder)
}

// Keys lists the items without opening them, and clears up after writers that were killed.
func (k *fileRing) Keys() ([]string, error) {
	if err := checkFolder(k.folder); err != nil {
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
		if strings.HasPrefix(file, tempPrefix) {
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

func (k *fileRing) clear(e fs.DirEntry) {
	if info, err := e.Info(); err == nil && k.now().Sub(info.ModTime()) > leftoverAge {
		_ = os.Remove(filepath.Join(k.folder, e.Name()))
	}
}

func (k *fileRing) nameInside(file string) (string, bool) {
	f, err := openToRead(filepath.Join(k.folder, file))
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := readUpTo(f, sealedLimit+1)
	if err != nil {
		return "", false
	}
	it, err := parseSealed(b)
	return it.name, err == nil && fileName(it.name) == file
}

// GetMetadata knows the time alone, like 99designs/keyring's own file backend.
func (k *fileRing) GetMetadata(name string) (keyring.Metadata, error) {
	info, err := os.Stat(k.path(name))
	if err != nil {
		return keyring.Metadata{}, k.missing(err)
	}
	return keyring.Metadata{ModificationTime: info.ModTime()}, nil
}

func (k *fileStore) path(name string) string { return filepath.Join(k.folder, fileName(name)) }

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
func (k *fileStore) missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return keyring.ErrKeyNotFound
	}
	return k.failed("open", err)
}

func (k *fileStore) corrupt(name string, err error) error {
	return &CorruptError{Backend: "file", Item: name, Err: fmt.Errorf("%w (%s)", err, k.path(name))}
}

func (k *fileStore) failed(op string, err error) error {
	e := &UnavailableError{Backend: "file", Op: op, Err: err}
	var folder *FolderError
	switch {
	case errors.As(err, &folder):
		e.Cause, e.hints = Denied, folder.Hints()
	case errors.Is(err, fs.ErrPermission):
		e.Cause, e.hints = Denied, []string{"ls -ld " + k.folder + " shows who may use it"}
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		e.hints = []string{"make " + k.folder + " a folder that can be written to, or name another by XDG_DATA_HOME; nothing that was stored is lost"}
	default:
		e.hints = []string{"df " + k.folder + " shows whether there is room; nothing that was stored is lost"}
	}
	return e
}
