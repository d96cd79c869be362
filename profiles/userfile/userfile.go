// Package userfile opens files that a user names: the AWS config and credentials files, policies, CA bundles and the
// log.
//
// It promises that none of them makes the program hang or fills its memory: a FIFO that nobody writes to, a device and
// a file that has no end are errors within a second or so. What a shell's <(command) gives can be read.
package userfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	noWriter   = 800 * time.Millisecond // how long a pipe may be without a writer before its first byte
	slowWriter = 10 * time.Second       // how long a writer may take to write all
)

// Read reads a whole file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	refuse := func(reason string) ([]byte, error) {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New(reason)}
	}
	mode := info.Mode()
	switch {
	case mode.IsRegular() && info.Size() > limit:
		return refuse(tooLarge(limit))
	case mode.IsDir():
		return refuse("it is a folder")
	case mode.IsRegular(), isNull(info):
	case mode&fs.ModeNamedPipe != 0:
		return readPipe(f, limit)
	default:
		return refuse("it is a device, not a file")
	}
	// Some files of the system, /proc/kmsg for one, end with what is yet to happen. Of others no deadline is needed.
	_ = f.SetReadDeadline(time.Now().Add(noWriter))
	data, err := readAll(f, info.Size(), limit)
	switch {
	case errors.Is(err, largeError{}):
		return refuse(tooLarge(limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse("it does not come to an end")
	}
	return data, err
}

// Check returns why a file is not one that any reader may read to its end: it must be a regular file of at most limit
// bytes (or the null device).
func Check(path string, limit int64) error {
	info, err := os.Stat(path)
	reason := ""
	switch {
	case err != nil:
		return err
	case isNull(info):
	case !info.Mode().IsRegular():
		reason = "it is not a regular file"
	case info.Size() > limit:
		reason = tooLarge(limit)
	}
	if reason == "" {
		return nil
	}
	return &fs.PathError{Op: "read", Path: path, Err: errors.New(reason)}
}

// A largeError is a file that goes on beyond the limit.
type largeError struct{}

func (largeError) Error() string { return "too large" }

func tooLarge(limit int64) string {
	if limit >= 1<<20 {
		return fmt.Sprintf("it is larger than %d MiB", limit>>20)
	}
	return fmt.Sprintf("it is larger than %d bytes", limit)
}

func readAll(from io.Reader, size, limit int64) ([]byte, error) {
	data := make([]byte, 0, size+512)
	for {
		n, err := from.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, largeError{}
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// OnceOnly tells whether a file is there that can be read once, a pipe, or not at all.
func OnceOnly(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

// readPipe reads what a writer writes. The end of a pipe without a byte before it is a writer that is yet to come.
func readPipe(f *os.File, limit int64) ([]byte, error) {
	refuse := func(reason string) ([]byte, error) {
		return nil, &fs.PathError{Op: "read", Path: f.Name(), Err: errors.New(reason)}
	}
	began := time.Now()
	if err := f.SetReadDeadline(began.Add(slowWriter)); err != nil {
		return refuse("it is a pipe that cannot be waited for")
	}
	for {
		data, err := readAll(f, 0, limit)
		switch {
		case errors.Is(err, largeError{}):
			return refuse(tooLarge(limit))
		case errors.Is(err, os.ErrDeadlineExceeded):
			return refuse("it is a pipe whose writer does not come to an end")
		case err != nil || len(data) > 0:
			return data, err
		case time.Since(began) > noWriter:
			return refuse("it is a pipe that nobody writes to")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

// OpenLog opens a file to append to. If there is none it makes one that only this user may read. An existing file must
// be a regular file of this user's and no link, or the null device: lines must not go where another user wants them. It makes none
// in a folder of another user: under sudo -E root has that user's variables.
func OpenLog(path string) (*os.File, error) {
	refuse := func(reason string) (*os.File, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New(reason)}
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return refuse("it is a link")
	case errors.Is(err, fs.ErrNotExist):
		if dir, err := os.Stat(filepath.Dir(path)); err == nil && strangers(dir) {
			return refuse("its folder belongs to another user")
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|nonblock|nofollow, 0o600)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat()
	switch {
	case err != nil:
	case isNull(info):
	case !info.Mode().IsRegular():
		f.Close()
		return refuse("it is not a regular file")
	case !ownedByUser(info):
		f.Close()
		return refuse("it belongs to another user")
	}
	return f, err
}
