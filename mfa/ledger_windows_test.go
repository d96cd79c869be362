package mfa

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Another prompt that reads the ledger keeps Windows from replacing it.
func TestALedgerThatIsBeingReadIsReplaced(t *testing.T) {
	l := Ledger{Dir: t.TempDir()}
	const serial, now = "GAHT00000001", 1_790_000_000
	if err := l.Spend(serial, "000001", time.Unix(now, 0)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(l.Dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	reader, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- l.Spend(serial, "000002", time.Unix(now, 0)) }()
	time.Sleep(50 * time.Millisecond) // the first try fails meanwhile
	reader.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if l.Check(serial, "000002", time.Unix(now, 0)) == nil {
		t.Error("the code is forgotten")
	}
}
