package cache

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
)

const service = "hatstand"

// passPrefix is the folder of the password store that holds our items.
const passPrefix = "hatstand"

func openFile(o Options) (*backend, error) {
	if o.DataDir == "" {
		return nil, errors.New("no folder was given for the file keyring")
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, err
	}
	return &backend{name: "file", ring: newFileRing(dir, o), ours: true}, nil
}

// openRing opens one backend of 99designs/keyring, whose Open says nothing of why it failed.
func openRing(kind keyring.BackendType, c keyring.Config) (keyring.Keyring, error) {
	c.AllowedBackends = []keyring.BackendType{kind}
	c.ServiceName = cmpOr(c.ServiceName, service)
	ring, err := keyring.Open(c)
	if errors.Is(err, keyring.ErrNoAvailImpl) {
		return nil, errNotOpened
	}
	return ring, err
}

var errNotOpened = errors.New("it does not open")

// absent makes the error of a backend that is not there.
func absent(name, format string, a ...any) error {
	return &UnavailableError{Backend: name, Op: "open", Cause: Absent, Err: fmt.Errorf(format, a...)}
}

// listedMiss catches keyrings that answer "not found" where they mean "denied": what their list has
// was there to be read.
func listedMiss(ring keyring.Keyring, item string) error {
	names, err := ring.Keys()
	if err != nil {
		return err
	}
	if item != "" && slices.Contains(names, item) {
		return errDenied
	}
	return nil
}

var errDenied = errors.New("it has the item and does not give it out")

// guarded looks before each call, where a locked keyring would open a dialog.
type guarded struct {
	keyring.Keyring
	look func() error
}

func (k guarded) Get(name string) (keyring.Item, error) {
	if err := k.look(); err != nil {
		return keyring.Item{}, err
	}
	return k.Keyring.Get(name)
}

func (k guarded) Set(it keyring.Item) error {
	if err := k.look(); err != nil {
		return err
	}
	return k.Keyring.Set(it)
}

func (k guarded) Remove(name string) error {
	if err := k.look(); err != nil {
		return err
	}
	return k.Keyring.Remove(name)
}

func (k guarded) Keys() ([]string, error) {
	if err := k.look(); err != nil {
		return nil, err
	}
	return k.Keyring.Keys()
}

// prefixed keeps our items apart in a keyring that is shared with other programs.
type prefixed struct {
	keyring.Keyring
	prefix string
}

func (k prefixed) Get(name string) (keyring.Item, error) {
	it, err := k.Keyring.Get(k.prefix + name)
	it.Key = name
	return it, err
}

func (k prefixed) GetMetadata(name string) (keyring.Metadata, error) {
	return k.Keyring.GetMetadata(k.prefix + name)
}

func (k prefixed) Set(it keyring.Item) error {
	it.Key = k.prefix + it.Key
	return k.Keyring.Set(it)
}

func (k prefixed) Remove(name string) error { return k.Keyring.Remove(k.prefix + name) }

func (k prefixed) Keys() ([]string, error) {
	names, err := k.Keyring.Keys()
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, n := range names {
		if rest, ok := strings.CutPrefix(n, k.prefix); ok {
			ours = append(ours, rest)
		}
	}
	return ours, nil
}

// probeFile tells whether the folder can be had; nothing is asked and nothing written into it, and where
// nothing may be asked it is not made either.
func probeFile(o Options) error {
	if o.DataDir == "" {
		return absent("file", "no folder was given")
	}
	dir := filepath.Join(o.DataDir, "keyring")
	get := makeFolder
	if o.Unasked {
		get = couldMake
	}
	if err := get(dir); err != nil {
		return (&fileStore{folder: dir}).failed("open", err)
	}
	return nil
}

func timedOut(name string, limit time.Duration, err error) error {
	switch {
	case errors.Is(err, errTimeout):
		return &UnavailableError{Backend: name, Op: "open", Cause: TimedOut, Err: fmt.Errorf("%w within %s", err, limit)}
	case errors.Is(err, context.DeadlineExceeded):
		return &UnavailableError{Backend: name, Op: "open", Cause: TimedOut, Err: err}
	}
	return err
}

// lockFolder takes a lock for a moment, where locks work.
func lockFolder(stateDir, name string) (release func(), ok bool) {
	locks, err := OpenLocks("", stateDir)
	if err != nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), defaultTimeout)
	defer cancel()
	release, err = locks.Acquire(ctx, name, "opening "+name)
	return release, err == nil
}
