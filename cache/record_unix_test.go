//go:build unix

package cache

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A FIFO or a link in the record's place neither hangs nor leads elsewhere.
func TestRecordIsAFile(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "backend")
	write(t, elsewhere, "file\n")
	for name, plant := range map[string]func(string) error{
		"fifo":    func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"link":    func(path string) error { return os.Symlink(elsewhere, path) },
		"folder":  func(path string) error { return os.Mkdir(path, 0o700) },
		"written": func(path string) error { return os.WriteFile(path, []byte("file\n"), 0o666) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			mkdir(t, dir, "", 0o700)
			path := filepath.Join(dir, recordFile)
			if err := plant(path); err != nil {
				t.Fatal(err)
			}
			r, err := ReadRecord(dir)
			if (err == nil) != (name == "written") || err == nil && r.Backend != "file" {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
}
