package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Locks are locks between this user's processes. A lock ends with the process that holds it,
// however that ends.
type Locks struct{ dir string }

// OpenLocks uses runtimeDir/hatstand ($XDG_RUNTIME_DIR, "" if there is none), or stateDir where that
// cannot be used; the folder is made, 0700. The error is a *[LockError].
func OpenLocks(runtimeDir, stateDir string) (*Locks, error) {
	if runtimeDir != "" {
		dir := filepath.Join(runtimeDir, "hatstand")
		// Not made with its parents: a runtime folder that is absent belongs to a login that is not there.
		err := checkFolder(runtimeDir)
		if err == nil {
			err = makeFolder(dir)
		}
		if err == nil {
			return &Locks{dir}, nil
		}
	}
	if stateDir == "" {
		return nil, &LockError{Op: "open", Err: errors.New("no folder for locks was given")}
	}
	if err := makeFolder(stateDir); err != nil {
		return nil, &LockError{Path: stateDir, Op: "open", Err: err}
	}
	return &Locks{stateDir}, nil
}

// Folder is where the locks are.
func (l *Locks) Folder() string { return l.dir }

// A LockError says that the lock itself does not work here (read-only or full folder, no permission);
// nobody else is said to hold it.
type LockError struct {
	Path string
	Op   string
	Err  error
}

func (e *LockError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("lock: %s: %s", e.Op, oneLine(e.Err))
	}
	return fmt.Sprintf("lock: %s %s: %s", e.Op, e.Path, oneLine(e.Err))
}

func (e *LockError) Unwrap() error { return e.Err }

// Hints are those of the folder or the file.
func (e *LockError) Hints() []string {
	var cause interface{ Hints() []string }
	if errors.As(e.Err, &cause) {
		return cause.Hints()
	}
	return nil
}

// A HeldError says that the context ended while another process held the lock.
type HeldError struct {
	PID    int    // 0: not known
	Holder string // as that process said it
	Err    error  // the context's
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another hatstand is at it: %s", oneLine(e.Err))
	}
	return fmt.Sprintf("another hatstand (process %d, for %s) is at it: %s", e.PID, e.Holder, oneLine(e.Err))
}

func (e *HeldError) Unwrap() error { return e.Err }

// Hints says what to do about the holder.
func (e *HeldError) Hints() []string {
	if e.PID == 0 {
		return nil
	}
	return []string{fmt.Sprintf("answer its prompt; if it hangs, end it: kill -9 %d", e.PID)}
}

// A RefusedError says that whoever held the lock was told no by the person, on behalf of all who waited.
type RefusedError struct{ Holder, Reason string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("another hatstand (for %s) was asking for this, and %s", e.Holder, e.Reason)
}

// Acquire takes the lock of that name, waiting for it in the kernel as long as the context lasts. The
// holder is a word for others to read (a profile). It may fail with the context's error, with a
// *[HeldError] that wraps it, with a *[RefusedError], or with a *[LockError].
func (l *Locks) Acquire(ctx context.Context, name, holder string) (release func(), err error) {
	release, _, err = l.Queue(ctx, name, holder)
	return release, err
}

// Queue is Acquire that tells whether somebody else held the lock first.
func (l *Locks) Queue(ctx context.Context, name, holder string) (release func(), waited bool, err error) {
	path := l.path(name)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	if waited, err = take(ctx, path, lock, lock.TryLock, lock.Lock); err != nil {
		return nil, waited, err
	}
	// The note serves messages and refusals; a folder that is full must not stop the work.
	n := readNote(path)
	_ = writeNote(path, note{n.refusals, os.Getpid(), holder, n.reason, n.refused})
	return func() { _ = lock.Unlock() }, waited, nil
}

// glance is how often whoever lingers looks whether the lock was taken: so that of a hundred none is in the way
// of the one that takes it.
const glance = 25 * time.Millisecond

// Await waits until nobody holds the lock of that name, and tells whether somebody did. Where nobody does it
// waits as long as linger for somebody to take it, unless the context ends. All that wait go on at the same
// time, where Acquire has them queue. It fails as Acquire does.
func (l *Locks) Await(ctx context.Context, name string, linger time.Duration) (waited bool, err error) {
	path := l.path(name)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
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
		case <-time.After(glance):
		}
	}
}

// take gets a lock, at once or by waiting for it.
func take(ctx context.Context, path string, lock *flock.Flock, try func() (bool, error), block func() error) (waited bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := checkLock(path); err != nil {
		return false, &LockError{path, "take", err}
	}
	before := readNote(path)
	ok, err := try()
	if err != nil {
		return false, &LockError{path, "take", err}
	}
	if ok {
		return false, nil
	}
	if err := wait(ctx, lock, block); err != nil {
		if ctx.Err() == nil {
			return true, &LockError{path, "take", err}
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
		err = checkFile(path, info)
	}
	if err == nil && names(info) > 1 {
		err = &FileError{path, "has other names (hard links)"}
	}
	return err
}

// Try takes the lock of that name if nobody holds it; else the error is a *[HeldError], or a *[LockError].
// It leaves no note.
func (l *Locks) Try(name string) (release func(), err error) {
	path := l.path(name)
	if err := checkLock(path); err != nil {
		return nil, &LockError{path, "take", err}
	}
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, &LockError{path, "take", err}
	case !ok:
		n := readNote(path)
		return nil, &HeldError{n.pid, n.holder, errHeld}
	}
	return func() { _ = lock.Unlock() }, nil
}

var errHeld = errors.New("it was not waited for")

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
		return &LockError{path, "write", err}
	}
	return nil
}

// Holder tells who took the lock last: a process ID (0: not known) and its word. It asks nothing of
// the lock, so that the holder may be gone already.
func (l *Locks) Holder(name string) (pid int, holder string) {
	n := readNote(l.path(name))
	return n.pid, n.holder
}

// Refused is when the lock's holder was last told no, to the second; the zero time if none was.
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

// A note is what a lock's file says of its holder.
type note struct {
	refusals uint64 // how often the person said no, ever
	pid      int
	holder   string
	reason   string // of the last refusal
	refused  int64  // when that was: seconds since 1970; 0: never
}

// The note starts at the second byte, since the first one is what is locked on Windows, where a locked
// byte cannot be written; it has one size and is written in one call.
const (
	noteOffset = 1
	noteSize   = 255
)

func (n note) encode() []byte {
	text := fmt.Sprintf("%d %d %s %s %d", n.refusals, n.pid, strconv.Quote(n.reason), strconv.Quote(n.holder), n.refused)
	if len(text) >= noteSize {
		text = fmt.Sprintf("%d %d \"\" \"\" %d", n.refusals, n.pid, n.refused)
	}
	return []byte(text + strings.Repeat(" ", noteSize-1-len(text)) + "\n")
}

// parseNote reads what encode wrote; anything else is the zero note, and not ok. Package fmt's scanner would do it
// in a line, and cost each of a hundred that wait more than the rest of its wait.
func parseNote(b []byte) (_ note, ok bool) {
	rest := strings.TrimSpace(string(b))
	word := func() (w string) {
		w, rest, _ = strings.Cut(rest, " ")
		return w
	}
	text := func() (string, error) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return "", err
		}
		rest = strings.TrimPrefix(rest[len(quoted):], " ")
		return strconv.Unquote(quoted)
	}
	var n note
	var errs [5]error
	n.refusals, errs[0] = strconv.ParseUint(word(), 10, 64)
	n.pid, errs[1] = strconv.Atoi(word())
	n.reason, errs[2] = text()
	n.holder, errs[3] = text()
	n.refused, errs[4] = strconv.ParseInt(word(), 10, 64)
	if errors.Join(errs[:]...) != nil {
		return note{}, false
	}
	return n, true
}

func readNote(path string) note {
	f, err := openToRead(path)
	if err != nil {
		return note{}
	}
	defer f.Close()
	b := make([]byte, noteSize)
	for range 3 { // a reader may meet a writer half way
		size, _ := f.ReadAt(b, noteOffset)
		if n, ok := parseNote(b[:size]); ok || size == 0 {
			return n
		}
	}
	return note{}
}

func writeNote(path string, n note) error {
	f, err := os.OpenFile(path, os.O_WRONLY|noFollow, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(n.encode(), noteOffset)
	return errors.Join(err, f.Close())
}
