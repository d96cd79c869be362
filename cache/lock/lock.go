// Package lock holds locks between this user's processes.
//
// It promises that a lock ends with the process that holds it, however that ends; that whoever waits is woken by the
// kernel; and that a person's no reaches all who wait. It never follows a link, never waits at a FIFO, and never
// writes into a file that is not a lock of this user's.
package lock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"hatstand/cache/folder"
)

// Locks are locks between this user's processes. A lock ends with the process that holds it,
// however that ends.
type Locks struct{ dir string }

// Open uses runtimeDir/hatstand ($XDG_RUNTIME_DIR, "" if there is none), or stateDir where that
// cannot be used; the folder is made, 0700. The error is a *[Error].
func Open(runtimeDir, stateDir string) (*Locks, error) {
	if runtimeDir != "" {
		dir := filepath.Join(runtimeDir, "hatstand")
		// Not made with its parents: a runtime folder that is absent belongs to a login that is not there.
		err := folder.Check(runtimeDir)
		if err == nil {
			err = folder.Make(dir)
		}
		if err == nil {
			return &Locks{dir}, nil
		}
	}
	if stateDir == "" {
		return nil, &Error{Op: "open", Err: errors.New("no folder for locks was given")}
	}
	if err := folder.Make(stateDir); err != nil {
		return nil, &Error{Path: stateDir, Op: "open", Err: err}
	}
	return &Locks{stateDir}, nil
}

// In uses a folder of the caller's own, which was checked and is not made.
func In(folder string) *Locks { return &Locks{folder} }

// Folder is where the locks are.
func (l *Locks) Folder() string { return l.dir }

// Acquire takes the lock of that name, waiting for it in the kernel as long as the context lasts. The
// holder is a word for others to read (a profile). It may fail with the context's error, with a
// *[HeldError] that wraps it, with a *[RefusedError], or with a *[Error].
func (l *Locks) Acquire(ctx context.Context, name, holder string) (release func(), err error) {
	release, _, err = l.Queue(ctx, name, holder)
	return release, err
}

// Queue is Acquire that tells whether somebody else held the lock first.
func (l *Locks) Queue(ctx context.Context, name, holder string) (release func(), waited bool, err error) {
	path := l.path(name)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|folder.NoFollow), flock.SetPermissions(0o600))
	if waited, err = take(ctx, path, lock, lock.TryLock, lock.Lock); err != nil {
		return nil, waited, err
	}
	// The note serves messages and refusals; a folder that is full must not stop the work.
	n := readNote(path)
	_ = writeNote(path, note{n.refusals, os.Getpid(), holder, n.reason, n.refused})
	return func() { _ = lock.Unlock() }, waited, nil
}

// pollEvery is how often Await looks whether the lock was taken: seldom enough that a hundred processes do not
// get in the way of the one that takes it.
const pollEvery = 25 * time.Millisecond

// Await waits until nobody holds the lock of that name, and tells whether somebody did. If nobody does, it waits as
// long as linger for somebody to take it, unless the context ends. All that wait go on at the same time, while
// Acquire makes them queue. It fails as Acquire does.
func (l *Locks) Await(ctx context.Context, name string, linger time.Duration) (waited bool, err error) {
	path := l.path(name)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|folder.NoFollow), flock.SetPermissions(0o600))
	over := time.NewTimer(linger)
	defer over.Stop()
	for last := linger <= 0; ; {
		waited, err = take(ctx, path, lock, lock.TryRLock, lock.RLock)
		if err == nil {
			_ = lock.Unlock()
		}
		if waited || err != nil || last {
			return waited, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-over.C:
			last = true
		case <-time.After(pollEvery):
		}
	}
}

// take gets a lock, at once or by waiting for it.
func take(
	ctx context.Context,
	path string,
	lock *flock.Flock,
	try func() (bool, error),
	block func() error,
) (waited bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := checkLock(path); err != nil {
		return false, &Error{path, "take", err}
	}
	before := readNote(path)
	ok, err := try()
	if err != nil {
		return false, &Error{path, "take", err}
	}
	if ok {
		return false, nil
	}
	if err := wait(ctx, lock, block); err != nil {
		if ctx.Err() == nil {
			return true, &Error{path, "take", err}
		}
		n := readNote(path)
		return true, &HeldError{n.pid, n.holder, err}
	}
	if now := readNote(path); now.refusals != before.refusals {
		_ = lock.Unlock()
		return true, &RefusedError{now.holder, now.reason}
	}
	return true, nil
}

// checkLock refuses to lock, and to write the note into, what is not a lock's file. Only whoever may write to
// the folder could have put it there, which is this user; but then nothing must hang or be overwritten.
func checkLock(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = folder.CheckFile(path, info)
	}
	if err == nil && folder.Names(info) > 1 {
		err = &folder.Error{File: true, Path: path, Reason: "has other names (hard links)"}
	}
	return err
}

// Try takes the lock of that name if nobody holds it; else the error is a *[HeldError], or a *[Error].
// It leaves no note.
func (l *Locks) Try(name string) (release func(), err error) {
	path := l.path(name)
	if err := checkLock(path); err != nil {
		return nil, &Error{path, "take", err}
	}
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|folder.NoFollow), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, &Error{path, "take", err}
	case !ok:
		n := readNote(path)
		return nil, &HeldError{n.pid, n.holder, errHeld}
	}
	return func() { _ = lock.Unlock() }, nil
}

var errHeld = errors.New("another process holds it")

// Refuse tells all who wait for the lock now that the person said no: their Acquire fails with a
// *[RefusedError] with that reason ("the prompt was cancelled"). Only the holder may call it, before
// it releases. now is for those who come later, see Refused.
func (l *Locks) Refuse(name, reason string, now time.Time) error {
	path := l.path(name)
	n := readNote(path)
	n.refusals++
	n.reason, n.refused = reason, now.Unix()
	err := checkLock(path)
	if err == nil {
		err = writeNote(path, n)
	}
	if err != nil {
		return &Error{path, "write", err}
	}
	return nil
}

// Holder returns who took the lock last: the process ID (0: not known) and the name it gave. It does not look whether
// the lock is held, so the holder may have ended.
func (l *Locks) Holder(name string) (pid int, holder string) {
	n := readNote(l.path(name))
	return n.pid, n.holder
}

// Refused returns when the user last declined the prompt of a holder of the lock, to the second; the zero time if
// never.
func (l *Locks) Refused(name string) time.Time {
	if n := readNote(l.path(name)); n.refused != 0 {
		return time.Unix(n.refused, 0)
	}
	return time.Time{}
}

// wait blocks in the kernel, so that a release wakes one waiter at once. A waiter that gave up lets
// the lock go when the kernel hands it over.
func wait(ctx context.Context, lock *flock.Flock, block func() error) error {
	got := make(chan error, 1)
	go func() { got <- block() }()
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		go func() {
			if <-got == nil {
				_ = lock.Unlock()
			}
		}()
		return ctx.Err()
	}
}

// path hashes the name: it may hold anything, and be of any length.
func (l *Locks) path(name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(l.dir, hex.EncodeToString(sum[:16])+".lock")
}
