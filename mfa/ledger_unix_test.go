//go:build unix

package mfa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hatstand/mfa/internal/ttytest"
)

// A writer that is killed at any moment has recorded every code it went on to send, and leaves
// nothing that its successor trips over.
func TestLedgerSurvivesAKilledWriter(t *testing.T) {
	dir := t.TempDir()
	l := Ledger{Dir: dir}
	for i := range 8 {
		s := ttytest.Start(t, "spend "+dir)
		last := ""
		for range 1 + 7*i { // kill it after more and more
			line, err := s.Out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			last = strings.TrimSpace(line)
		}
		_ = s.Cmd.Process.Kill()
		for { // what it still said before it died
			line, err := s.Out.ReadString('\n')
			if err != nil {
				break
			}
			last = strings.TrimSpace(line)
		}
		_ = s.Cmd.Wait()
		if err := l.Check(alice, last, noon); err == nil {
			t.Fatalf("the code %s was sent and is forgotten", last)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) > 2 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// What stands in the ledger's place is neither waited for nor followed, and a write replaces it.
func TestPlantedLedger(t *testing.T) {
	for name, plant := range map[string]func(path, victim string) error{
		"a FIFO":                 func(path, _ string) error { return unix.Mkfifo(path, 0o600) },
		"a link":                 func(path, victim string) error { return os.Symlink(victim, path) },
		"a name of another file": func(path, victim string) error { return os.Link(victim, path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			victim := filepath.Join(dir, "victim")
			if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
			l := Ledger{Dir: filepath.Join(dir, "state")}
			if err := os.Mkdir(l.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{l.path(alice), l.path(alice) + ".new"} {
				if err := plant(path, victim); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Check(alice, "123456", noon); err != nil {
				t.Errorf("%v", err)
			}
			if err := l.Spend(alice, "123456", noon); err != nil {
				t.Errorf("%v", err)
			}
			if err := l.Check(alice, "123456", noon); err == nil {
				t.Error("the code is forgotten")
			}
			if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}
