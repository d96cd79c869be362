package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A FolderError says why a folder is not safe to keep secrets or locks in.
type FolderError struct {
	Path   string
	Reason string
	Fix    string // the command that repairs it
}

func (e *FolderError) Error() string { return fmt.Sprintf("folder %s %s", e.Path, e.Reason) }

// Hints are the commands that repair it.
func (e *FolderError) Hints() []string {
	if e.Fix == "" {
		return nil
	}
	return []string{e.Fix}
}

// A FileError says why a file is not one of ours to use.
type FileError struct {
	Path   string
	Reason string
}

func (e *FileError) Error() string { return fmt.Sprintf("file %s %s", e.Path, e.Reason) }

// Hints say how to be rid of it.
func (e *FileError) Hints() []string {
	return []string{"ls -l " + e.Path + " shows it; nothing of hatstand's is lost if it is moved away"}
}

// checkFile tells whether a file is a file, and this user's.
func checkFile(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return &FileError{path, "is not a regular file"}
	case !ownedByUs(info):
		return &FileError{path, "belongs to another user"}
	}
	return nil
}

// checkFolder tells whether a folder, or a link to one, is this user's alone to write. Somebody
// else's link could be turned to another place at any time.
func checkFolder(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if !ownedByUs(info) {
			return &FolderError{path, "is a link that another user owns", "remove it, or give another folder"}
		}
		if info, err = os.Stat(path); err != nil {
			return err
		}
	}
	switch {
	case !info.IsDir():
		return &FolderError{path, "is not a folder", "move the file away"}
	case !ownedByUs(info):
		return &FolderError{path, "belongs to another user", "chown it, or run this as its owner"}
	case writableByOthers(info):
		return &FolderError{path, "can be written by other users", "chmod 700 " + path}
	}
	return nil
}

// makeFolder makes a folder, 0700, and its missing parents, unless it is there; then checks it, and that
// nobody else can put another in its place.
func makeFolder(path string) error {
	err := checkFolder(path)
	if err == nil {
		return checkParent(path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := checkFolder(path); err != nil {
		return err
	}
	return checkParent(path)
}

// checkParent does not mind a parent that its group may write to: where each user has a group of their own,
// that is how folders are made.
func checkParent(path string) error {
	parent := filepath.Dir(path)
	info, err := os.Stat(parent)
	if err == nil && replaceable(info) {
		err = &FolderError{parent, "can be written by every user, who could replace what is in it", "chmod o-w " + parent}
	}
	return err
}

// couldMake tells whether makeFolder would succeed, and makes nothing.
func couldMake(path string) error {
	err := checkFolder(path)
	for parent := path; errors.Is(err, fs.ErrNotExist) && filepath.Dir(parent) != parent; {
		parent = filepath.Dir(parent)
		if _, err = os.Stat(parent); err == nil {
			return writable(parent)
		}
	}
	if err != nil {
		return err
	}
	return writable(path)
}

// readFile reads a small file of ours.
func readFile(path string) ([]byte, error) {
	f, err := openUnseen(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = checkFile(path, info)
	}
	if err != nil {
		return nil, err
	}
	return readUpTo(f, 4096)
}

// writeFile replaces a file whole or not at all, even if the machine stops in between: a temporary
// name in the same folder, fsync, rename, fsync of the folder.
func writeFile(path string, data []byte) error {
	temp, err := writeTemp(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// createFile writes a file whole unless there is one: then the error is fs.ErrExist, whoever was first.
func createFile(path string, data []byte) error {
	temp, err := writeTemp(path, data)
	if err != nil {
		return err
	}
	err = os.Link(temp, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		// No hard links here (FAT, some network shares). Callers hold a lock, so looking is enough.
		if _, err = os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			err = os.Rename(temp, path)
		} else if err == nil {
			err = fs.ErrExist
		}
	}
	_ = os.Remove(temp)
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

const tempPrefix = ".new-"

func writeTemp(path string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*") // 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return "", err
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}
