package cache

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/keyring"
)

func TestContractSplit(t *testing.T) {
	contract(t, storeOver(splitting{&memory{limit: 200}, 200, time.Now}))
}

func TestSplitting(t *testing.T) {
	const limit = 2560
	rows := []struct {
		name  string
		data  []byte
		items int
	}{
		{"nothing", nil, 1},
		{"a byte", []byte("x"), 1},
		{"the limit fits in one", bytes.Repeat([]byte("a"), limit), 1},
		{"one more takes a head and two parts", bytes.Repeat([]byte("a"), limit+1), 3},
		{"ten kilobytes", bytes.Repeat([]byte("0123456789"), 1000), 5},
		{"data that looks like a head", []byte(head{strings.Repeat("a", 16), 1, digest(nil)}.String()), 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			ring := &memory{limit: limit}
			k := splitting{ring, limit, time.Now}
			if err := k.Set(keyring.Item{Key: "session/p/h", Data: row.data}); err != nil {
				t.Fatal(err)
			}
			if len(ring.items) != row.items {
				t.Errorf("%d items, want %d", len(ring.items), row.items)
			}
			it, err := k.Get("session/p/h")
			if err != nil || !bytes.Equal(it.Data, row.data) {
				t.Errorf("read back %d bytes, %v", len(it.Data), err)
			}
			if names, err := k.Keys(); err != nil || !slices.Equal(names, []string{"session/p/h"}) {
				t.Errorf("list: %q, %v", names, err)
			}
			if err := k.Set(keyring.Item{Key: "session/p/h", Data: []byte("small")}); err != nil {
				t.Fatal(err)
			}
			if len(ring.items) != 1 {
				t.Errorf("parts were left: %d items", len(ring.items))
			}
			if err := k.Set(keyring.Item{Key: "session/p/h", Data: row.data}); err != nil {
				t.Fatal(err)
			}
			if err := k.Remove("session/p/h"); err != nil || len(ring.items) != 0 {
				t.Errorf("after removal: %d items, %v", len(ring.items), err)
			}
		})
	}
}

func TestSplittingFailures(t *testing.T) {
	const limit = 10
	old, fresh := bytes.Repeat([]byte("o"), 35), bytes.Repeat([]byte("n"), 45)
	// A write that fails at its nth call leaves the old data or the new, whole.
	for failing := 1; failing < 16; failing++ {
		ring := &memory{limit: limit + 200}
		k := splitting{ring, limit, time.Now}
		if err := k.Set(keyring.Item{Key: "x", Data: old}); err != nil {
			t.Fatal(err)
		}
		calls := 0
		ring.fault = func(op, _ string) error {
			if calls++; calls == failing {
				return errors.New("broken")
			}
			return nil
		}
		err := k.Set(keyring.Item{Key: "x", Data: fresh})
		ring.fault = nil
		it, getErr := k.Get("x")
		switch {
		case getErr != nil:
			t.Errorf("call %d failed: %v", failing, getErr)
		case err == nil && !bytes.Equal(it.Data, fresh):
			t.Errorf("call %d failed: success, and the data is %q", failing, it.Data)
		case err != nil && !bytes.Equal(it.Data, old):
			t.Errorf("call %d failed: an error, and the data is %q", failing, it.Data)
		}
	}
}

func TestSplittingDamage(t *testing.T) {
	const limit = 10
	damage := map[string]func(m *memory, part string){
		"a part is gone":    func(m *memory, part string) { delete(m.items, part) },
		"a part is changed": func(m *memory, part string) { m.items[part] = []byte("zzz") },
		"the head is cut":   func(m *memory, _ string) { m.items["x"] = m.items["x"][:len(splitMagic)+3] },
		"the head asks for a billion parts": func(m *memory, _ string) {
			m.items["x"] = []byte(head{strings.Repeat("a", 16), 1 << 30, digest(nil)}.String())
		},
	}
	for name, f := range damage {
		t.Run(name, func(t *testing.T) {
			ring := &memory{}
			k := splitting{ring, limit, time.Now}
			if err := k.Set(keyring.Item{Key: "x", Data: bytes.Repeat([]byte("o"), 35)}); err != nil {
				t.Fatal(err)
			}
			h, _ := k.head("x")
			f(ring, h.part("x", 1))
			var corrupt *CorruptError
			if _, err := k.Get("x"); !errors.As(err, &corrupt) {
				t.Errorf("%v", err)
			}
			if err := k.Remove("x"); err != nil {
				t.Errorf("cannot be removed: %v", err)
			}
		})
	}
}

func TestSplittingReadersNeverSeeAMixture(t *testing.T) {
	ring := &memory{limit: 200}
	k := splitting{ring, 10, time.Now}
	value := func(i int) []byte { return bytes.Repeat([]byte(fmt.Sprint(i%10)), 25+i%20) }
	if err := k.Set(keyring.Item{Key: "x", Data: value(0)}); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				time.Sleep(10 * time.Microsecond) // leave the writer its turn
				it, err := k.Get("x")
				var corrupt *CorruptError
				if errors.As(err, &corrupt) {
					continue // overtaken five times in a row: an error, never a mixture
				}
				if err != nil || len(it.Data) < 25 || bytes.Count(it.Data, it.Data[:1]) != len(it.Data) {
					t.Errorf("%q, %v", it.Data, err)
					return
				}
			}
		})
	}
	for i := range 60 {
		if err := k.Set(keyring.Item{Key: "x", Data: value(i)}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Microsecond)
	}
	close(stop)
	wg.Wait()
}

// What a writer leaves that was killed goes when the keyring is listed, once it cannot be a writer at work.
func TestSplittingOrphans(t *testing.T) {
	for name, before := range map[string][]byte{"over nothing": nil, "over a short value": []byte("short"), "over parts": bytes.Repeat([]byte("o"), 35)} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			ring := &memory{}
			k := splitting{ring, 10, func() time.Time { return now }}
			if before != nil {
				if err := k.Set(keyring.Item{Key: "x", Data: before}); err != nil {
					t.Fatal(err)
				}
			}
			items := len(ring.items)
			killed := errors.New("killed")
			ring.fault = func(op, name string) error { // from the head on, nothing happens any more
				return map[bool]error{true: killed}[op == "remove" || op == "set" && name == "x"]
			}
			if err := k.Set(keyring.Item{Key: "x", Data: bytes.Repeat([]byte("n"), 45)}); !errors.Is(err, killed) {
				t.Fatal(err)
			}
			ring.fault = nil
			list := func() {
				t.Helper()
				names, err := k.Keys()
				if err != nil || len(names) != min(items, 1) {
					t.Errorf("%q, %v", names, err)
				}
			}
			list()
			if len(ring.items) != items+5 {
				t.Errorf("a writer at work lost its parts: %d items, want %d", len(ring.items), items+5)
			}
			now = now.Add(leftoverAge + time.Second)
			list()
			if len(ring.items) != items {
				t.Errorf("%d items, want %d", len(ring.items), items)
			}
			if it, err := k.Get("x"); before != nil && (err != nil || !bytes.Equal(it.Data, before)) {
				t.Errorf("%q, %v", it.Data, err)
			}
		})
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add([]byte(head{strings.Repeat("a", 16), 3, digest(nil)}.String()))
	f.Add([]byte(splitMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, ok := parseHead(data); ok && (h.count < 0 || h.count > 1000 || h.String() != string(data)) {
			t.Fatalf("%q gives %+v", data, h)
		}
	})
}
