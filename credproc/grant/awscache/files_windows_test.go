package awscache

import (
	"io/fs"
	"testing"
)

// The folder's access list says who may read there.
func checkMode(*testing.T, string, fs.FileMode) {}
