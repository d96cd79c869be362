// Package folder finds folders and files that are safe to keep secrets and locks in, and writes files whole.
//
// It promises that only this user may write to a folder, that nobody but root could put another one in its place (every
// folder above it is looked at, from the root), and that a file is replaced whole or not at all. It never makes a
// folder below one that belongs to somebody else.
package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// An Error says why a folder or a file is not safe to use.
type Error struct {
	File   bool // it is about a file in a folder of ours
	Path   string
	Reason string
	Fix    string // what repairs it, "" if that is not known
}

func (e *Error) Error() string {
	if e.File {
		return fmt.Sprintf("file %s %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("folder %s %s", e.Path, e.Reason)
}

// CheckFile tells whether a file is a regular one, and this user's.
func CheckFile(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return &Error{File: true, Path: path, Reason: "is not a regular file"}
	case !ownedByUs(info):
		return &Error{File: true, Path: path, Reason: "belongs to another user"}
	}
	return nil
}

// Trusted tells whether a file or a folder is this user's, or root's, who may do anything in any case.
func Trusted(info fs.FileInfo) bool { return ownedByUs(info) || ownedByRoot(info) }

// Check tells whether only this user may write to a folder, and whether each folder above it belongs to this user or to
// root and lets nobody rename what is not theirs. Links are followed as far as they are this user's or root's. The
// error is an *[Error], or fs.ErrNotExist after what there is has been looked at.
func Check(path string) error {
	_, err := walk(path, writableByOthers)
	return err
}

// CheckByUmask is Check for a folder that other programs make, by the user's umask: its group may write to it, as to
// the folders above.
func CheckByUmask(path string) error {
	_, err := walk(path, writableByAll)
	return err
}

// maxLinks is how many links a path may have, as in Linux.
const maxLinks = 40

// walk does what Check does, and returns the last folder that exists. It refuses the folder itself if open reports
// true.
func walk(path string, open func(fs.FileInfo) bool) (last string, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return "", err
	}
	last, rest := splitRoot(path)
	for links := 0; ; {
		info, err := os.Lstat(last)
		if err != nil {
			return filepath.Dir(last), err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if !Trusted(info) {
				return last, &Error{Path: last, Reason: "is a link that another user owns", Fix: "remove it, or give another folder"}
			}
			target, err := os.Readlink(last)
			if err != nil {
				return last, err
			}
			if links++; links > maxLinks {
				return last, &Error{Path: path, Reason: "has too many links", Fix: anotherFolder}
			}
			last, target = filepath.Dir(last), filepath.FromSlash(target)
			if filepath.IsAbs(target) {
				last, target = splitRoot(target)
			}
			// It is not cleaned: what ".." leads to after a link is known when the link has been followed.
			rest = target + separator + rest
			continue
		}
		if rest = strings.TrimLeft(rest, separator); rest == "" {
			return last, checkLast(last, info, open)
		}
		if err := checkAncestor(last, info); err != nil {
			return last, err
		}
		var next string
		next, rest, _ = strings.Cut(rest, separator)
		last = filepath.Join(last, next)
	}
}

const separator = string(filepath.Separator)

func splitRoot(path string) (root, rest string) {
	volume := filepath.VolumeName(path)
	return volume + separator, path[len(volume):]
}

func checkLast(path string, info fs.FileInfo, open func(fs.FileInfo) bool) error {
	switch {
	case !info.IsDir():
		return notAFolder(path, info)
	case !ownedByUs(info):
		return &Error{Path: path, Reason: "belongs to another user", Fix: "chown it, or run this as its owner"}
	case open(info):
		fix := "chmod 700 " + path
		if info.Mode()&fs.ModeSticky != 0 { // it is meant to be shared, as /tmp is
			fix = anotherFolder
		}
		return &Error{Path: path, Reason: "can be written by other users", Fix: fix}
	}
	return nil
}

const anotherFolder = "give another folder"

func notAFolder(path string, info fs.FileInfo) error {
	fix := anotherFolder
	if info.Mode().IsRegular() {
		fix += ", or move the file away"
	}
	return &Error{Path: path, Reason: "is not a folder", Fix: fix}
}

// checkAncestor does not mind a folder that its group may write to: where each user has a group of their own, that
// is how folders are made.
func checkAncestor(path string, info fs.FileInfo) error {
	switch {
	case !info.IsDir():
		return notAFolder(path, info)
	case !Trusted(info):
		return &Error{Path: path, Reason: "belongs to another user, who could replace what is in it",
			Fix: "run this as its owner, or set HOME to a folder of your own (sudo -H does)"}
	case replaceable(info):
		return &Error{Path: path, Reason: "can be written by every user, who could replace what is in it", Fix: "chmod o-w " + path}
	}
	return nil
}

// Make makes a folder, 0700, and its missing parents, unless it is there, and checks it.
func Make(path string) error {
	err := Check(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return Check(path)
}

// CouldMake tells whether Make would succeed, and makes nothing.
func CouldMake(path string) error {
	last, err := walk(path, writableByOthers)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writable(last)
}

// ReadFile reads a small file of ours, in a folder that the caller has checked.
func ReadFile(path string) ([]byte, error) {
	f, err := openUnseen(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = CheckFile(path, info)
	}
	if err != nil {
		return nil, err
	}
	return ReadUpTo(f, 4096)
}

// ReadUpTo reads as far as the limit.
func ReadUpTo(r io.Reader, limit int64) ([]byte, error) { return io.ReadAll(io.LimitReader(r, limit)) }

// WriteFile replaces a file whole or not at all, even if the machine stops in between: a temporary
// name in the same folder, fsync, rename, fsync of the folder.
func WriteFile(path string, data []byte) error {
	if err := replace(path, data, (*os.File).Sync); err != nil {
		return err
	}
	return Sync(filepath.Dir(path))
}

// WriteFileSoon is WriteFile that does not wait for the disk: if the machine stops, the file may be empty afterwards.
// It is for what may be lost.
func WriteFileSoon(path string, data []byte) error {
	return replace(path, data, func(*os.File) error { return nil })
}

func replace(path string, data []byte, sync func(*os.File) error) error {
	temp, err := writeTemp(path, data, sync)
	if err != nil {
		return err
	}
	if err := Rename(temp, path); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return nil
}

// CreateFile writes a file whole unless there is one: then the error is fs.ErrExist, whoever was first.
func CreateFile(path string, data []byte) error {
	temp, err := writeTemp(path, data, (*os.File).Sync)
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
	return Sync(filepath.Dir(path))
}

// TempPrefix begins the names of files that are being written.
const TempPrefix = ".new-"

func writeTemp(path string, data []byte, sync func(*os.File) error) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), TempPrefix+"*") // 0600
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
	if err := sync(f); err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}
