package mfa

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLedger(t *testing.T) {
	type spend struct {
		after time.Duration // since noon, the first second of a step
		code  string
	}
	for _, tt := range []struct {
		name  string
		spent []spend
		now   time.Duration
		code  string
		wait  time.Duration // -1: not spent
		next  time.Duration // since noon
	}{
		{"nothing spent", nil, 5 * time.Second, "111111", -1, 5 * time.Second},
		{"the same code in its step", []spend{{0, "111111"}}, 18 * time.Second, "111111", 12 * time.Second, 30 * time.Second},
		{"the same code at the step's last moment", []spend{{0, "111111"}}, 30*time.Second - 1, "111111", 1, 30 * time.Second},
		{"the same code with a space", []spend{{0, "111111"}}, 18 * time.Second, "111 111", 12 * time.Second, 30 * time.Second},
		{"another code in that step", []spend{{0, "111111"}}, 18 * time.Second, "222222", -1, 30 * time.Second},
		{"the same code in the next step", []spend{{0, "111111"}}, 30 * time.Second, "111111", 0, 30 * time.Second},
		{"the same code while STS may take it", []spend{{0, "111111"}}, 90*time.Second - 1, "111111", 0, 90*time.Second - 1},
		{"the same digits come round again later", []spend{{0, "111111"}}, 90 * time.Second, "111111", -1, 90 * time.Second},
		{"three attempts in one step", []spend{{0, "111111"}, {1 * time.Second, "222222"}, {2 * time.Second, "333333"}}, 3 * time.Second, "222222", 27 * time.Second, 30 * time.Second},
		{"two steps in a row", []spend{{0, "111111"}, {30 * time.Second, "222222"}}, 31 * time.Second, "111111", 0, 60 * time.Second},
		{"a clock that was just ahead", []spend{{30 * time.Second, "111111"}}, 29 * time.Second, "111111", 1 * time.Second, 60 * time.Second},
		{"a clock that was an hour ahead blocks no step", []spend{{time.Hour, "111111"}}, 5 * time.Second, "222222", -1, 5 * time.Second},
		{"but its code is still known", []spend{{time.Hour, "111111"}}, 5 * time.Second, "111111", 25 * time.Second, 5 * time.Second},
		{"a clock that went back and on", []spend{{time.Hour, "111111"}, {0, "222222"}}, 10 * time.Second, "222222", 20 * time.Second, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Ledger{Dir: filepath.Join(t.TempDir(), "locks")}
			for _, s := range tt.spent {
				if err := l.Spend(alice, s.code, noon.Add(s.after)); err != nil {
					t.Fatal(err)
				}
			}
			now := noon.Add(tt.now)
			err := l.Check(alice, tt.code, now)
			var spent *Error
			switch {
			case tt.wait < 0 && err != nil:
				t.Errorf("Check: %v", err)
			case tt.wait >= 0 && (!ofKind(err, Spent, &spent) || spent.Wait != tt.wait || spent.Serial != alice):
				t.Errorf("Check: %#v, want a wait of %v", err, tt.wait)
			}
			if got := l.NextStep(alice, now).Sub(noon); got != tt.next {
				t.Errorf("NextStep: %v, want %v", got, tt.next)
			}
			if err := l.Check("GAHT12345678", tt.code, now); err != nil {
				t.Errorf("another device: %v", err)
			}
		})
	}
}

func TestLedgerHoldsNoCodeAndIsPrivate(t *testing.T) {
	l := Ledger{Dir: filepath.Join(t.TempDir(), "a", "locks")}
	if err := l.Spend(alice, "482915", noon); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(l.Dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v: one file, and no temporary one, is wanted", files, err)
	}
	data, err := os.ReadFile(filepath.Join(l.Dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"482915", "alice", "111111111111"} {
		if bytes.Contains(data, []byte(secret)) || strings.Contains(files[0].Name(), secret) {
			t.Errorf("%s: %s holds %q", files[0].Name(), data, secret)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{filepath.Join(l.Dir, files[0].Name()): 0o600, l.Dir: 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s is %v", path, info.Mode())
		}
	}
}

func TestLedgerNamesCannotLeaveTheFolder(t *testing.T) {
	root := t.TempDir()
	l := Ledger{Dir: filepath.Join(root, "locks")}
	for _, serial := range []string{"../../x", "/etc/x", "", ".", strings.Repeat("a", 10_000), "a\x00b", `..\x`} {
		if err := l.Spend(serial, "111111", noon); err != nil {
			t.Errorf("%q: %v", serial, err)
		}
		if err := l.Check(serial, "111111", noon); err == nil {
			t.Errorf("%q is forgotten", serial)
		}
	}
	if all, _ := os.ReadDir(root); len(all) != 1 {
		t.Errorf("something was written outside: %v", all)
	}
}

func TestLedgerReadsDamageAsNothingSpent(t *testing.T) {
	whole := func(t *testing.T) (Ledger, string, []byte) {
		l := Ledger{Dir: t.TempDir()}
		if err := l.Spend(alice, "111111", noon); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(l.path(alice))
		if err != nil {
			t.Fatal(err)
		}
		return l, l.path(alice), data
	}
	for _, tt := range []struct {
		name   string
		damage func(data []byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"cut short", func(d []byte) []byte { return d[:len(d)-2] }},
		{"the head alone, cut", func(d []byte) []byte { return d[:5] }},
		{"zeros", func(d []byte) []byte { return make([]byte, len(d)) }},
		{"another format", func(d []byte) []byte { return bytes.Replace(d, []byte(" 1\n"), []byte(" 2\n"), 1) }},
		{"a step that is no number", func(d []byte) []byte { return append(d, "x 00112233445566778899aabbccddeeff\n"...) }},
		{"a hash that is not hex", func(d []byte) []byte { return append(d, "5 zz112233445566778899aabbccddeeff\n"...) }},
		{"a hash of another length", func(d []byte) []byte { return append(d, "5 00\n"...) }},
		{"far too long", func(d []byte) []byte { return append(d, bytes.Repeat(d[len(ledgerHead):], 1000)...) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, path, data := whole(t)
			if err := os.WriteFile(path, tt.damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := l.Check(alice, "111111", noon); err != nil {
				t.Errorf("Check: %v", err)
			}
			if got := l.NextStep(alice, noon); !got.Equal(noon) {
				t.Errorf("NextStep: %v", got)
			}
			if err := l.Spend(alice, "222222", noon); err != nil {
				t.Fatalf("Spend: %v", err)
			}
			if err := l.Check(alice, "222222", noon); err == nil {
				t.Error("it did not recover")
			}
		})
	}
	t.Run("a folder in the file's place", func(t *testing.T) {
		l := Ledger{Dir: t.TempDir()}
		if err := os.MkdirAll(filepath.Join(l.path(alice), "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := l.Check(alice, "111111", noon); err != nil {
			t.Errorf("Check: %v", err)
		}
		var bad *Error
		if err := l.Spend(alice, "111111", noon); !ofKind(err, NotRecorded, &bad) || bad.Folder != l.Dir {
			t.Errorf("Spend: %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(l.Dir, "*.new")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestLedgerThatCannotWriteSaysSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Ledger{Dir: filepath.Join(file, "locks")}.Spend(alice, "111111", noon)
	var bad *Error
	if !ofKind(err, NotRecorded, &bad) || strings.Contains(err.Error(), "111111") {
		t.Fatal(err)
	}
}

func TestLedgerWritersAndReaders(t *testing.T) {
	l := Ledger{Dir: t.TempDir()}
	if err := l.Spend(alice, "999999", noon); err != nil {
		t.Fatal(err)
	}
	var lock sync.Mutex // the caller's lock on the serial
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	reading := 2
	if runtime.GOOS == "windows" {
		reading = 0 // who reads all the time keeps the file from being replaced
	}
	for range reading {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if l.Check(alice, "999999", noon) == nil {
					t.Error("a reader without the lock saw half a file")
					return
				}
			}
		})
	}
	for i := range 10 {
		writers.Go(func() {
			lock.Lock()
			defer lock.Unlock()
			if err := l.Spend(alice, fmt.Sprintf("%06d", i), noon); err != nil {
				t.Error(err)
			}
		})
		writers.Go(func() { // its own serial, so that nobody holds it up
			serial := fmt.Sprintf("GAHT%08d", i)
			for j := range 5 {
				if err := l.Spend(serial, fmt.Sprintf("%06d", j), noon); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	for i := range 10 {
		if l.Check(alice, fmt.Sprintf("%06d", i), noon) == nil {
			t.Errorf("code %d is forgotten", i)
		}
		if l.Check(fmt.Sprintf("GAHT%08d", i), "000004", noon) == nil {
			t.Errorf("device %d is forgotten", i)
		}
	}
}

func TestLedgerStaysSmall(t *testing.T) {
	l := Ledger{Dir: t.TempDir()}
	for i := range 3 * ledgerMax {
		if err := l.Spend(alice, fmt.Sprintf("%06d", i), noon); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.read(alice); len(got) != ledgerMax {
		t.Fatalf("%d entries", len(got))
	}
	if err := l.Spend(alice, "111111", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := l.read(alice); len(got) != 1 {
		t.Errorf("%d entries an hour later", len(got))
	}
}

func FuzzLedger(f *testing.F) {
	f.Add([]byte(ledgerHead), int64(1_700_000_010))
	f.Add(encodeLedger(spends{{56666667, codeHash(alice, "111111")}}), int64(1_700_000_010))
	f.Add([]byte(ledgerHead+"9223372036854775807 00112233445566778899aabbccddeeff\n"), int64(0))
	f.Add([]byte(ledgerHead+"-9223372036854775808 00112233445566778899aabbccddeeff\n"), int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, unix int64) {
		s := decodeLedger(data)
		if again := decodeLedger(encodeLedger(s)); !reflect.DeepEqual(again, s) && len(s) > 0 {
			t.Fatalf("%v became %v", s, again)
		}
		now := time.Unix(unix%(1<<40), 0)
		if next := s.next(now); next.Before(now) || next.Sub(now) > 2*stepLength {
			t.Fatalf("the next step is %v away", next.Sub(now))
		}
		for _, e := range s {
			if wait, _ := s.find(e.hash, now); wait < 0 || wait > stepLength {
				t.Fatalf("a wait of %v", wait)
			}
		}
		hash := codeHash(alice, "111111")
		after := s.with(entry{stepOf(now), hash})
		if _, spent := after.find(hash, now); !spent || len(after) > ledgerMax {
			t.Fatalf("spent %v, %d entries", spent, len(after))
		}
	})
}
