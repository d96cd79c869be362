// Package keyctl keeps items in the kernel's keyring of this user: in memory that is never swapped, gone when the
// machine stops.
//
// Items are keys of type "user" in a keyring of its own, as github.com/99designs/keyring has them, and either reads and
// replaces what the other wrote. A replaced item is replaced at once: no reader meets half of one, or none. Every
// process of the user can read them, whether or not its session is linked to the user's keyring. It never asks anybody.
package keyctl

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"hatstand/cache/backend"
)

// permissions lets the possessor and other processes of the same user do everything.
const permissions = 0x3f3f0000

// A Keyring is a [backend.Keyring]. An error that says that the user's keys take too much room is [unix.EDQUOT].
type Keyring struct{ id int }

// Open opens the keyring of a name. [backend.ErrNotFound] if nobody has made it.
func Open(name string) (*Keyring, error) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", name, 0)
	if err != nil {
		return nil, orMissing(err)
	}
	return &Keyring{id}, nil
}

// Make makes the keyring of a name. Two processes that make it at once would each have their own, and one be lost.
func Make(name string) (*Keyring, error) {
	id, err := add("keyring", name, nil, unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return nil, err
	}
	return &Keyring{id}, nil
}

// Get returns an item's value.
func (k *Keyring) Get(_ context.Context, name string) ([]byte, error) {
	id, err := unix.KeyctlSearch(k.id, "user", name, 0)
	if err != nil {
		return nil, orMissing(err)
	}
	return read(id) // one that was replaced just now fails, and is there
}

// Set stores an item.
func (k *Keyring) Set(_ context.Context, it backend.Item) error {
	_, err := add("user", it.Name, it.Data, k.id)
	return err
}

// Remove removes an item.
func (k *Keyring) Remove(_ context.Context, name string) error {
	id, err := unix.KeyctlSearch(k.id, "user", name, 0)
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, k.id, 0, 0)
	}
	if errors.Is(err, unix.ENOENT) { // another process removed it
		return backend.ErrNotFound
	}
	return orMissing(err)
}

// Keys are the names of the items.
func (k *Keyring) Keys(context.Context) ([]string, error) {
	ids, err := read(k.id)
	if err != nil {
		return nil, err
	}
	var names []string
	for ; len(ids) >= 4; ids = ids[4:] {
		description, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, int(int32(binary.NativeEndian.Uint32(ids))))
		if errors.Is(orMissing(err), backend.ErrNotFound) {
			continue // it was removed or replaced meanwhile
		}
		if err != nil {
			return nil, err
		}
		// type;user;group;permissions;description. More may come before the last (keyctl_describe(3)).
		if fields := strings.Split(description, ";"); fields[0] == "user" {
			names = append(names, fields[len(fields)-1])
		}
	}
	return names, nil
}

// add makes a key in this thread's own keyring first: only a possessed key can be given its permissions, and a process
// that is killed half-way leaves nothing. To link it replaces the one of that name.
func add(kind, name string, data []byte, keyring int) (id int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if id, err = unix.AddKey(kind, name, data, unix.KEY_SPEC_THREAD_KEYRING); err != nil {
		return 0, err
	}
	defer func() { _, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_THREAD_KEYRING, 0, 0) }()
	if err := unix.KeyctlSetperm(id, permissions); err != nil {
		return 0, err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_LINK, id, keyring, 0, 0)
	return id, err
}

// read returns a key's value; of a keyring, the numbers of what is in it.
func read(id int) ([]byte, error) {
	b := make([]byte, 4096)
	for {
		n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, b, 0)
		if err != nil {
			return nil, err
		}
		if n <= len(b) {
			return b[:n], nil
		}
		b = make([]byte, n)
	}
}

// orMissing tells what is not there (never was, removed, expired) from a kernel that forbids keyrings.
func orMissing(err error) error {
	if errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYEXPIRED) || errors.Is(err, unix.EKEYREVOKED) {
		return backend.ErrNotFound
	}
	return err
}
