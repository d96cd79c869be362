package cache

import (
	"errors"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// An Error says why the keyring, or an item of it, cannot be used; its Kind is what callers branch on:
// errors.Is(err, cache.Corrupt).
type Error = backend.Error

// A Kind says what went wrong.
type Kind = backend.Kind

// The kinds of errors; package backend says what each means.
const (
	Failed             = backend.Failed
	Absent             = backend.Absent
	Locked             = backend.Locked
	Denied             = backend.Denied
	TimedOut           = backend.TimedOut
	Corrupt            = backend.Corrupt
	Newer              = backend.Newer
	NoPassphrase       = backend.NoPassphrase
	WrongPassphrase    = backend.WrongPassphrase
	PassphraseDeclined = backend.PassphraseDeclined
	UnknownBackend     = backend.UnknownBackend
)

// Errors that are compared by errors.Is; package backend says what each means.
var (
	ErrNotFound = backend.ErrNotFound
	ErrDeclined = backend.ErrDeclined
	ErrGone     = backend.ErrGone
	ErrNobody   = backend.ErrNobody
)

// ErrNothingToLock is what [Store.Lock] wraps for a backend that hatstand does not unlock itself.
var ErrNothingToLock = errors.New("nothing to lock")

// IsUnavailable reports whether the error leaves open what the keyring holds: it failed, is absent, locked, denied, or
// did not answer.
func IsUnavailable(err error) bool { return backend.IsUnavailable(err) }

// IsPassphrase reports whether the error means that the file keyring stays locked.
func IsPassphrase(err error) bool { return backend.IsPassphrase(err) }

// A FolderError says why a folder or a file is not safe to keep secrets or locks in.
type FolderError = folder.Error

// CheckFolder tells whether a folder is safe to keep secrets in: only this user may write to it, and others cannot
// replace it. The error is a *[FolderError], or fs.ErrNotExist where it is not there and the folders above are safe.
func CheckFolder(path string) error { return folder.Check(path) }
