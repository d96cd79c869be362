//go:build unix

package mfa

import (
	"os"
	"strings"
	"testing"
)

// A writer that is killed at any moment has recorded every code it went on to send, and leaves
// nothing that its successor trips over.
func TestLedgerSurvivesAKilledWriter(t *testing.T) {
	dir := t.TempDir()
	l := Ledger{Dir: dir}
	for i := range 8 {
		s := start(t, "spend "+dir)
		last := ""
		for range 1 + 7*i { // kill it after more and more
			line, err := s.out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			last = strings.TrimSpace(line)
		}
		_ = s.cmd.Process.Kill()
		for { // what it still said before it died
			line, err := s.out.ReadString('\n')
			if err != nil {
				break
			}
			last = strings.TrimSpace(line)
		}
		_ = s.cmd.Wait()
		if err := l.Check(alice, last, noon); err == nil {
			t.Fatalf("the code %s was sent and is forgotten", last)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) > 2 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
