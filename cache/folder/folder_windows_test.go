package folder

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A reader that has a file open, as Go's own Open does, keeps Windows from replacing it.
func TestAFileThatIsBeingReadIsReplaced(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "new"), filepath.Join(dir, "old")
	for _, path := range []string{from, to} {
		if err := os.WriteFile(path, []byte(path), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := os.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- Rename(from, to) }()
	time.Sleep(50 * time.Millisecond) // the rename fails meanwhile
	reader.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != from {
		t.Errorf("%q %v", b, err)
	}
}
