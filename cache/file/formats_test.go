package file

import (
	"os"
	"path/filepath"
	"testing"
)

// testdata/formats/1 is a keyring as it was stored in format 1: its files stay as they are, and are read.
func TestAKeyringOfFormat1IsRead(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "keyring", 0o700)
	entries, err := os.ReadDir("testdata/formats/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join("testdata/formats/1", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "keyring", e.Name()), string(b))
	}
	s, _ := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"correct horse battery staple"}})
	if got, err := s.KeysOf(t.Context(), "me"); err != nil || got != "the value of keys/me" {
		t.Errorf("%q, %v", got, err)
	}
	names, err := s.names()
	if err != nil || len(names) != 2 {
		t.Errorf("%q, %v", names, err)
	}
}
