package awscache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"hatstand/cache/folder"
)

// A Kind says why a token file cannot be used.
type Kind int

const (
	Failed       Kind = iota // the system refused: Unwrap gives its error
	Absent                   // there is no such file; errors.Is(err, fs.ErrNotExist) holds, too
	UnsafeFolder             // others could replace what is in the folder: Unwrap gives a *folder.Error
	Foreign                  // the file belongs to another user
	NotRegular               // a link, a folder, a pipe or a device is in the file's place
	TooLarge                 // it has more than 1 MiB
	NotJSON                  // it is no JSON object
	Incomplete               // a member is missing that every reader needs, or is not what it should be
)

// An Error says why a token file cannot be used. It never quotes what is in the file.
type Error struct {
	Kind   Kind
	Path   string // of the file; of the folder for UnsafeFolder
	Reason string

	err error
}

func (e *Error) Error() string {
	if e.Kind == UnsafeFolder {
		return fmt.Sprintf("folder %s %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("token file %s: %s", e.Path, e.Reason)
}

func (e *Error) Unwrap() error { return e.err }

const notRegular = "not a regular file"

func tooLarge(path string) *Error {
	return &Error{Kind: TooLarge, Path: path, Reason: "larger than 1 MiB"}
}

// A fault is what is wrong with a document: NotJSON or Incomplete.
type fault struct {
	kind   Kind
	reason string
}

func (f fault) Error() string { return f.reason }

var errNotJSON error = fault{NotJSON, "not a JSON object"}

func missing(member string) error    { return fault{Incomplete, "no " + member} }
func unreadable(member string) error { return fault{Incomplete, member + " is not what it should be"} }

// asError is what went wrong with a file.
func asError(path string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if f, ok := errors.AsType[fault](err); ok {
		return &Error{Kind: f.kind, Path: path, Reason: f.reason}
	}
	if _, ok := errors.AsType[*folder.Error](err); ok { // something else was put in its place after it was looked at
		return &Error{Kind: NotRegular, Path: path, Reason: notRegular}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Kind: Absent, Path: path, Reason: "there is none", err: err}
	}
	reason := err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		reason = e.Op + ": " + e.Err.Error()
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		reason = e.Op + ": " + e.Err.Error()
	}
	return &Error{Kind: Failed, Path: path, Reason: reason, err: err}
}

// folderError is what went wrong with the folder of a file.
func (f Folder) folderError(path string, err error) *Error {
	if e, ok := errors.AsType[*folder.Error](err); ok {
		return &Error{Kind: UnsafeFolder, Path: e.Path, Reason: e.Reason, err: e}
	}
	return asError(path, err)
}
