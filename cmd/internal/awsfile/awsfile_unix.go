//go:build unix

package awsfile

import (
	"io/fs"
	"os"
	"syscall"
)

// likeOld gives a new file the old one's owner, group and mode. The owner must be kept: a file that
// changed hands could be lost to whoever had it. A group that we may not give loses its access.
func likeOld(f *os.File, path string, old fs.FileInfo) error {
	st, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	mode := old.Mode().Perm()
	if int(st.Uid) != os.Geteuid() {
		if err := f.Chown(int(st.Uid), -1); err != nil {
			return &Error{path, "belongs to another user, who would lose it", "run this as that user"}
		}
	}
	if err := f.Chown(-1, int(st.Gid)); err != nil {
		mode &^= 0o070
	}
	return f.Chmod(mode)
}
