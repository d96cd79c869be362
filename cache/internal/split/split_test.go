package split

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/internal/memory"
)

func TestSplit(t *testing.T) {
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
			ring := &memory.Keyring{Limit: limit}
			k := Keyring{ring, limit, time.Now}
			if err := k.Set(t.Context(), backend.Item{Name: "session/p/h", Data: row.data}); err != nil {
				t.Fatal(err)
			}
			if len(ring.Items) != row.items {
				t.Errorf("%d items, want %d", len(ring.Items), row.items)
			}
			data, err := k.Get(t.Context(), "session/p/h")
			if err != nil || !bytes.Equal(data, row.data) {
				t.Errorf("read back %d bytes, %v", len(data), err)
			}
			if names, err := k.Keys(t.Context()); err != nil || !slices.Equal(names, []string{"session/p/h"}) {
				t.Errorf("list: %q, %v", names, err)
			}
			if err := k.Set(t.Context(), backend.Item{Name: "session/p/h", Data: []byte("small")}); err != nil {
				t.Fatal(err)
			}
			if len(ring.Items) != 1 {
				t.Errorf("parts were left: %d items", len(ring.Items))
			}
			if err := k.Set(t.Context(), backend.Item{Name: "session/p/h", Data: row.data}); err != nil {
				t.Fatal(err)
			}
			if err := k.Remove(t.Context(), "session/p/h"); err != nil || len(ring.Items) != 0 {
				t.Errorf("after removal: %d items, %v", len(ring.Items), err)
			}
		})
	}
}

func TestSplitFailures(t *testing.T) {
	const limit = 10
	old, fresh := bytes.Repeat([]byte("o"), 35), bytes.Repeat([]byte("n"), 45)
	// A write that fails at its nth call leaves the old data or the new, whole.
	for failing := 1; failing < 16; failing++ {
		ring := &memory.Keyring{Limit: limit + 200}
		k := Keyring{ring, limit, time.Now}
		if err := k.Set(t.Context(), backend.Item{Name: "x", Data: old}); err != nil {
			t.Fatal(err)
		}
		calls := 0
		ring.Fault = func(op, _ string) error {
			if calls++; calls == failing {
				return errors.New("broken")
			}
			return nil
		}
		err := k.Set(t.Context(), backend.Item{Name: "x", Data: fresh})
		ring.Fault = nil
		data, getErr := k.Get(t.Context(), "x")
		switch {
		case getErr != nil:
			t.Errorf("call %d failed: %v", failing, getErr)
		case err == nil && !bytes.Equal(data, fresh):
			t.Errorf("call %d failed: success, and the data is %q", failing, data)
		case err != nil && !bytes.Equal(data, old):
			t.Errorf("call %d failed: an error, and the data is %q", failing, data)
		}
	}
}

func TestSplitDamage(t *testing.T) {
	const limit = 10
	damage := map[string]func(m *memory.Keyring, part string){
		"a part is gone":    func(m *memory.Keyring, part string) { delete(m.Items, part) },
		"a part is changed": func(m *memory.Keyring, part string) { m.Items[part] = []byte("zzz") },
		"the head is cut":   func(m *memory.Keyring, _ string) { m.Items["x"] = m.Items["x"][:len(splitMagic)+3] },
		"the head asks for a billion parts": func(m *memory.Keyring, _ string) {
			m.Items["x"] = []byte(head{strings.Repeat("a", 16), 1 << 30, digest(nil)}.String())
		},
	}
	for name, f := range damage {
		t.Run(name, func(t *testing.T) {
			ring := &memory.Keyring{}
			k := Keyring{ring, limit, time.Now}
			if err := k.Set(t.Context(), backend.Item{Name: "x", Data: bytes.Repeat([]byte("o"), 35)}); err != nil {
				t.Fatal(err)
			}
			h, _ := k.head(t.Context(), "x")
			f(ring, h.part("x", 1))
			if _, err := k.Get(t.Context(), "x"); !errors.Is(err, backend.Corrupt) {
				t.Errorf("%v", err)
			}
			if err := k.Remove(t.Context(), "x"); err != nil {
				t.Errorf("cannot be removed: %v", err)
			}
		})
	}
}

func TestSplitReadersNeverSeeAMixture(t *testing.T) {
	ring := &memory.Keyring{Limit: 200}
	k := Keyring{ring, 10, time.Now}
	value := func(i int) []byte { return bytes.Repeat([]byte(fmt.Sprint(i%10)), 25+i%20) }
	if err := k.Set(t.Context(), backend.Item{Name: "x", Data: value(0)}); err != nil {
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
				data, err := k.Get(t.Context(), "x")
				if errors.Is(err, backend.Corrupt) {
					continue // overtaken five times in a row: an error, never a mixture
				}
				if err != nil || len(data) < 25 || bytes.Count(data, data[:1]) != len(data) {
					t.Errorf("%q, %v", data, err)
					return
				}
			}
		})
	}
	for i := range 60 {
		if err := k.Set(t.Context(), backend.Item{Name: "x", Data: value(i)}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Microsecond)
	}
	close(stop)
	wg.Wait()
}

// What a writer leaves that was killed goes when the keyring is listed, once it cannot be a writer at work.
func TestSplitOrphans(t *testing.T) {
	for name, before := range map[string][]byte{"over nothing": nil, "over a short value": []byte("short"), "over parts": bytes.Repeat([]byte("o"), 35)} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			ring := &memory.Keyring{}
			k := Keyring{ring, 10, func() time.Time { return now }}
			if before != nil {
				if err := k.Set(t.Context(), backend.Item{Name: "x", Data: before}); err != nil {
					t.Fatal(err)
				}
			}
			items := len(ring.Items)
			killed := errors.New("killed")
			ring.Fault = func(op, name string) error { // from the head on, nothing happens any more
				return map[bool]error{true: killed}[op == "remove" || op == "set" && name == "x"]
			}
			if err := k.Set(t.Context(), backend.Item{Name: "x", Data: bytes.Repeat([]byte("n"), 45)}); !errors.Is(err, killed) {
				t.Fatal(err)
			}
			ring.Fault = nil
			list := func() {
				t.Helper()
				names, err := k.Keys(t.Context())
				if err != nil || len(names) != min(items, 1) {
					t.Errorf("%q, %v", names, err)
				}
			}
			list()
			if len(ring.Items) != items+5 {
				t.Errorf("a writer at work lost its parts: %d items, want %d", len(ring.Items), items+5)
			}
			now = now.Add(orphanAge + time.Second)
			list()
			if len(ring.Items) != items {
				t.Errorf("%d items, want %d", len(ring.Items), items)
			}
			if data, err := k.Get(t.Context(), "x"); before != nil && (err != nil || !bytes.Equal(data, before)) {
				t.Errorf("%q, %v", data, err)
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
