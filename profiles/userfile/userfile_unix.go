//go:build unix

package userfile

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	nonblock = syscall.O_NONBLOCK // opening a FIFO waits for its other end without it
	nofollow = syscall.O_NOFOLLOW
)

func ownedByUser(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// strangers tells whether a folder is neither ours nor root's. The overflow user (65534) is taken for root, whom a user
// namespace may not know.
func strangers(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != os.Geteuid() && stat.Uid != 0 && stat.Uid != 65534
}
