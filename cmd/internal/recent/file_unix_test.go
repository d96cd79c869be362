//go:build unix

package recent

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

func TestAFIFOInItsPlaceIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hatstand")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, fileName), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Add(dir, at(0), Use{Profile: "a"}); err != nil || names(dir) != "a" {
		t.Errorf("%v %q", err, names(dir))
	}
}

func TestAFolderThatOthersMayWriteToIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hatstand")
	if err := Add(dir, at(0), Use{Profile: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Add(dir, at(0), Use{Profile: "b"}); err == nil || names(dir) != "" {
		t.Errorf("%v %q", err, names(dir))
	}
}

// Of uses at the same time some may be lost; the file is whole all the same.
func TestUsesAtTheSameTimeLeaveAWholeFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hatstand")
	if err := Add(dir, at(0), Use{Profile: "first"}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				if err := Add(dir, at(0), Use{Profile: string(rune('a' + i))}); err != nil {
					t.Error(err)
				}
				if len(Read(dir)) < 2 {
					t.Errorf("read: %q", names(dir))
				}
			}
		})
	}
	all.Wait()
}
