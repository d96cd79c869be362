package folder

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// NoFollow has no counterpart on Windows.
const NoFollow = 0

// Open opens a file of ours to be read.
func Open(path string) (*os.File, error)       { return os.Open(path) }
func openUnseen(path string) (*os.File, error) { return os.Open(path) }

// A folder below the user's profile is that user's by its access list, which is inherited; there is
// no owner or mode to compare.
func ownedByUs(fs.FileInfo) bool        { return true }
func ownedByRoot(fs.FileInfo) bool      { return false }
func writableByOthers(fs.FileInfo) bool { return false }
func writableByAll(fs.FileInfo) bool    { return false }
func replaceable(fs.FileInfo) bool      { return false }

// Names is how many names a file has, which is not known here.
func Names(fs.FileInfo) uint64 { return 1 }

// writable would take reading access lists; whoever writes finds out.
func writable(string) error { return nil }

// Sync has no counterpart on Windows.
func Sync(string) error { return nil }

// renameWithin is how long a file may be held open by whoever reads it.
const renameWithin = time.Second

// Rename tries again while another process, a virus scanner say, has the old file open: Windows refuses to replace
// it then, for moments at a time.
func Rename(from, to string) error {
	for wait, waited := time.Millisecond, time.Duration(0); ; wait *= 2 {
		err := os.Rename(from, to)
		if err == nil || waited > renameWithin ||
			!errors.Is(err, syscall.ERROR_ACCESS_DENIED) && !errors.Is(err, errSharingViolation) {
			return err
		}
		time.Sleep(wait)
		waited += wait
	}
}

// errSharingViolation is ERROR_SHARING_VIOLATION.
const errSharingViolation = syscall.Errno(32)
