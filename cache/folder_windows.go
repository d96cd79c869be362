package cache

import (
	"io/fs"
	"os"
)

const noFollow = 0

func openToRead(path string) (*os.File, error) { return os.Open(path) }
func openUnseen(path string) (*os.File, error) { return os.Open(path) }

// A folder below the user's profile is that user's by its access list, which is inherited; there is
// no owner or mode to compare.
func ownedByUs(fs.FileInfo) bool        { return true }
func writableByOthers(fs.FileInfo) bool { return false }
func replaceable(fs.FileInfo) bool      { return false }
func names(fs.FileInfo) uint64          { return 1 }

// writable would take reading access lists; whoever writes finds out.
func writable(string) error { return nil }

// syncFolder has no counterpart on Windows.
func syncFolder(string) error { return nil }
