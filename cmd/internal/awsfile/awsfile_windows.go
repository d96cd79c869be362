package awsfile

import (
	"io/fs"
	"os"
)

// A file takes its access list from its folder, which is the user's alone.
func likeOld(*os.File, string, fs.FileInfo) error { return nil }
