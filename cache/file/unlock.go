package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// A keyKeeper has an unlocked key between processes: the kernel's keyring, or nowhere.
type keyKeeper interface {
	load(name string) ([]byte, error) // errNoKey if it is not there
	save(name string, key []byte, life time.Duration) error
	drop(name string) error // nil if it was not there
}

var (
	errNoKey    = errors.New("no unlocked key is kept")
	errNoKernel = errors.New("this system has no place for an unlocked key")
)

// unlockedFor is how long an unlocked key waits in the kernel.
const unlockedFor = 12 * time.Hour

// kernelName is bound to the folder and to the salt, so that two stores never mix.
func (k *Keyring) kernelName(id keyID) string {
	sum := sha256.Sum256(append([]byte(k.folder+"\x00"), id[:]...))
	return "hatstand:file:" + hex.EncodeToString(sum[:16])
}

// unlocked returns the key that this process or the kernel has.
func (k *Keyring) unlocked(ctx context.Context, id keyID) ([]byte, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[id]; ok {
		return key, true
	}
	key, err := k.kernel.load(k.kernelName(id))
	if err == nil && len(key) == keySize {
		k.remember(id, key)
		return key, true
	}
	if err != nil && !errors.Is(err, errNoKey) && !errors.Is(err, errNoKernel) {
		k.log.WarnContext(ctx, "kernel keyring cannot be used: the passphrase is asked for each time", "reason", backend.OneLine(err))
	}
	return nil, false
}

func (k *Keyring) remember(id keyID, key []byte) {
	if k.keys == nil {
		k.keys = map[keyID][]byte{}
	}
	k.keys[id] = key
}

// unlock returns the key an item was sealed with: errOtherKey if no passphrase leads to it any more.
func (k *Keyring) unlock(ctx context.Context, id keyID) ([]byte, error) {
	if key, ok := k.unlocked(ctx, id); ok {
		return key, nil
	}
	if k.readOnly {
		return nil, backend.WouldAsk("file", "unlock", "no unlocked key waits")
	}
	p, err := k.params()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, k.paramsLost("%s is missing: without it no passphrase opens what is stored", k.paramsPath())
	}
	if err != nil {
		return nil, err
	}
	if p.id() != id {
		return nil, errOtherKey
	}
	return k.ask(ctx, &p)
}

// currentKey returns the key to seal with; the first time it makes one.
func (k *Keyring) currentKey(ctx context.Context) (keyID, []byte, error) {
	p, err := k.params()
	if errors.Is(err, fs.ErrNotExist) {
		key, err := k.ask(ctx, nil)
		if err != nil {
			return keyID{}, nil, err
		}
		if p, err = k.params(); err != nil {
			return keyID{}, nil, err
		}
		return p.id(), key, nil
	}
	if err != nil {
		return keyID{}, nil, err
	}
	if key, ok := k.unlocked(ctx, p.id()); ok {
		return p.id(), key, nil
	}
	key, err := k.ask(ctx, &p)
	return p.id(), key, err
}

func (k *Keyring) keep(ctx context.Context, id keyID, key []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remember(id, key)
	if err := k.kernel.save(k.kernelName(id), key, unlockedFor); err != nil && !errors.Is(err, errNoKernel) {
		k.log.WarnContext(ctx, "kernel keyring refused the key: the passphrase is asked for each time", "reason", backend.OneLine(err))
	}
}

// locked tells whether the passphrase would have to be asked for. The one that is at hand is tried, and
// nothing is kept.
func (k *Keyring) locked(ctx context.Context) (locked bool, err error) {
	p, err := k.params()
	if errors.Is(err, fs.ErrNotExist) {
		if orphan, ok := k.anyItem(); ok {
			return false, k.paramsLost("%s is missing: without it no passphrase opens %s", k.paramsPath(), orphan)
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, ok := k.unlocked(ctx, p.id()); ok {
		return false, nil
	}
	passphrase, err := k.question(ctx, backend.PassphraseRequest{Folder: k.folder})
	if err != nil {
		return true, nil
	}
	if _, ok := p.key(passphrase); !ok {
		return false, k.noPassphrase(backend.WrongPassphrase, nil)
	}
	return false, nil
}

// forget drops the key of this folder here and in the kernel.
func (k *Keyring) forget(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.keys)
	p, err := k.params()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := k.kernel.drop(k.kernelName(p.id())); err != nil && !errors.Is(err, errNoKernel) {
		return k.failed("lock", err)
	}
	return nil
}

func (k *Keyring) paramsLost(format string, a ...any) error {
	e := k.failed("unlock", fmt.Errorf(format, a...))
	e.Need, e.Subject = backend.NeedBackup, k.paramsPath()
	return e
}

func (k *Keyring) noPassphrase(kind backend.Kind, err error) *backend.Error {
	return &backend.Error{Kind: kind, Backend: "file", Op: "unlock", Subject: k.folder, Err: err}
}

func (k *Keyring) paramsPath() string { return filepath.Join(k.folder, paramsFile) }

func (k *Keyring) params() (params, error) {
	f, err := folder.Open(k.paramsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return params{}, err
	}
	if err != nil {
		return params{}, k.failed("unlock", err)
	}
	defer f.Close()
	b, err := folder.ReadUpTo(f, 64<<10)
	if err != nil {
		return params{}, k.failed("unlock", err)
	}
	p, err := parseParams(bytes.TrimSpace(b))
	if err != nil {
		e := k.failed("unlock", fmt.Errorf("%s: %w", k.paramsPath(), err))
		e.Need, e.Subject = backend.NeedBackup, k.paramsPath()
		return params{}, e
	}
	return p, nil
}

func (k *Keyring) anyItem() (string, bool) {
	entries, _ := os.ReadDir(k.folder)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), itemSuffix) {
			return e.Name(), true
		}
	}
	return "", false
}
