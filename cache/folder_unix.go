//go:build unix

package cache

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// noFollow refuses to open a link in place of a file, and does not wait at a FIFO in its place.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// openToRead opens a file of ours to be read, and nothing else in its place: a FIFO that somebody holds open would be
// read for ever.
func openToRead(path string) (*os.File, error) {
	f, err := openUnseen(path)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		f.Close()
		return nil, &FileError{path, "is not a regular file"}
	}
	return f, nil
}

// openUnseen is openToRead for who looks at the file anyway. os.OpenFile would have the runtime start its poller,
// which a warm call has no other use for.
func openUnseen(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|noFollow, 0)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|noFollow, 0)
	}
	if err == nil {
		err = unix.SetNonblock(fd, false) // else os.NewFile hands it to the poller
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// names is how many names a file has.
func names(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// replaceable tells whether other users may rename what stands in a folder, or remove it.
func replaceable(folder fs.FileInfo) bool {
	return folder.Mode().Perm()&0o002 != 0 && folder.Mode()&fs.ModeSticky == 0
}

func writableByOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

// writable tells whether this process could make a file in a folder.
func writable(path string) error {
	if err := unix.Access(path, unix.W_OK|unix.X_OK); err != nil {
		return &fs.PathError{Op: "write to", Path: path, Err: err}
	}
	return nil
}

func syncFolder(path string) error {
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
