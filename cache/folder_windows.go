package cache

import "io/fs"

const noFollow = 0

// A folder below the user's profile is that user's by its access list, which is inherited; there is
// no owner or mode to compare.
func ownedByUs(fs.FileInfo) bool        { return true }
func writableByOthers(fs.FileInfo) bool { return false }

// syncFolder has no counterpart on Windows.
func syncFolder(string) error { return nil }
