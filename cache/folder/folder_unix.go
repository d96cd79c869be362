//go:build unix

package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// NoFollow refuses to open a link in place of a file, and does not wait at a FIFO in its place.
const NoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// Open opens a file of ours to be read, and nothing else in its place: a FIFO that somebody holds open would be
// read for ever.
func Open(path string) (*os.File, error) {
	f, err := openUnseen(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, &Error{File: true, Path: path, Reason: "is not a regular file"}
	}
	return f, nil
}

// openUnseen is Open without a look at what was opened.
func openUnseen(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|NoFollow, 0)
	if errors.Is(err, syscall.ELOOP) { // "too many levels of symbolic links", where one is too many
		return nil, &Error{File: true, Path: path, Reason: "is a link"}
	}
	return f, err
}

func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid() && (st.Uid != overflowUID || mapped(st.Uid))
}

// ownedByRoot also takes the overflow user for root where the user namespace does not map root (bubblewrap,
// Flatpak): the folders of the system look like that there.
func ownedByRoot(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok &&
		(st.Uid == 0 || st.Uid == overflowUID && !mapped(overflowUID) && !mapped(0) && os.Geteuid() != overflowUID)
}

// overflowUID is the owner that Linux shows for every user that the user namespace does not map, so it may stand for
// many users.
const overflowUID = 65534

// mapped reports whether a user ID means one user in this user namespace. Without namespaces it does.
func mapped(uid uint32) bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || mappedIn(string(b), uid)
}

func mappedIn(uidMap string, uid uint32) bool {
	for line := range strings.Lines(uidMap) {
		var first, outside, count uint64
		if n, _ := fmt.Sscan(line, &first, &outside, &count); n == 3 && first <= uint64(uid) &&
			uint64(uid) < first+count {
			return true
		}
	}
	return false
}

// Names is how many names a file has.
func Names(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// replaceable reports whether other users may rename or remove what is in a folder.
func replaceable(folder fs.FileInfo) bool {
	return folder.Mode().Perm()&0o002 != 0 && folder.Mode()&fs.ModeSticky == 0
}

func writableByOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }
func writableByAll(info fs.FileInfo) bool    { return info.Mode().Perm()&0o002 != 0 }

// Rename is os.Rename.
func Rename(from, to string) error { return os.Rename(from, to) }

// writable tells whether this process could make a file in a folder.
func writable(path string) error {
	if err := unix.Access(path, unix.W_OK|unix.X_OK); err != nil {
		return &fs.PathError{Op: "write to", Path: path, Err: err}
	}
	return nil
}

func Sync(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot
		return err
	}
	return nil
}
