package userfile

import "io/fs"

const (
	nonblock = 0
	nofollow = 0
)

// The folder's access list says who may write there.
func ownedByUser(fs.FileInfo) bool { return true }
func strangers(fs.FileInfo) bool   { return false }
