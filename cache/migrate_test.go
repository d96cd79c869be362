package cache

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"
)

// newMover moves between two keyrings in maps, the first of which is recorded as file, the other as pass.
func newMover(t *testing.T, from, to keyring.Keyring) *mover {
	t.Helper()
	m := &mover{from: storeOver(from), to: storeOver(to), stateDir: t.TempDir(), journal: journal{from: record{backend: "file"}, to: record{backend: "keyctl"}}}
	if _, err := writeRecord(m.stateDir, m.journal.from); err != nil {
		t.Skip(err)
	}
	return m
}

func holding(t *testing.T, id string) *memory {
	t.Helper()
	ring := &memory{}
	s := storeOver(ring)
	creds, issued := testSession(1 << 40)
	if err := errors.Join(s.PutKeys(t.Context(), "me", testKeys(id)), s.PutSeed(t.Context(), "serial", "SEED"), s.PutSession(t.Context(), "me", "h", creds, issued)); err != nil {
		t.Fatal(err)
	}
	return ring
}

func recordedIn(t *testing.T, m *mover) string {
	t.Helper()
	r, err := readRecord(m.stateDir)
	if err != nil {
		t.Fatal(err)
	}
	return r.backend
}

func unfinished(m *mover) bool {
	_, err := os.Lstat(filepath.Join(m.stateDir, journalFile))
	return err == nil
}

func TestMove(t *testing.T) {
	needKeyctlName(t)
	from, to := holding(t, "AKIA"), &memory{}
	before := maps.Clone(from.items)
	m := newMover(t, from, to)
	if err := errors.Join(m.look(t.Context()), m.move(t.Context())); err != nil {
		t.Fatal(err)
	}
	delete(before, sessionItem("me", "h"))
	if len(from.items) != 0 || !maps.EqualFunc(to.items, before, slices.Equal) || recordedIn(t, m) != "keyctl" || unfinished(m) {
		t.Errorf("left %q, arrived %q, recorded %s", slices.Collect(maps.Keys(from.items)), slices.Collect(maps.Keys(to.items)), recordedIn(t, m))
	}
}

// Whatever fails while copying, the old keyring has everything, stays the recorded one, and the new one has
// what it had.
func TestMoveThatFailsWhileCopying(t *testing.T) {
	needKeyctlName(t)
	no := errors.New("no")
	for name, row := range map[string]struct {
		to    *memory
		reads func([]byte) ([]byte, error) // what was written; nil: as it is
		says  string
	}{
		"the new one is full":         {&memory{quota: 170}, nil, "quota"},
		"it takes less than an item":  {&memory{limit: 10}, nil, "bad data"},
		"it refuses to be written to": {&memory{fault: func(op, _ string) error { return map[string]error{"set": no}[op] }}, nil, "no"},
		"it refuses the second item": {&memory{fault: func(op, name string) error {
			return map[string]error{"set" + seedItem("serial"): no}[op+name]
		}}, nil, "no"},
		"what was written cannot be read": {&memory{}, func([]byte) ([]byte, error) { return nil, no }, "no"},
		"what was written is gone":        {&memory{}, func([]byte) ([]byte, error) { return nil, keyring.ErrKeyNotFound }, "not in the keyring"},
		"it comes back as another one":    {&memory{}, func(b []byte) ([]byte, error) { return b[:len(b)/2], nil }, "not what was written"},
	} {
		t.Run(name, func(t *testing.T) {
			from := holding(t, "AKIA")
			before := maps.Clone(from.items)
			m := newMover(t, from, &forgetful{row.to, row.reads})
			if err := m.look(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := m.move(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.says) || !strings.HasPrefix(err.Error(), "nothing was moved: ") {
				t.Errorf("%v", err)
			}
			if !maps.EqualFunc(from.items, before, slices.Equal) || len(row.to.items) != 0 || recordedIn(t, m) != "file" || unfinished(m) {
				t.Errorf("left %q, arrived %q, recorded %s", from.items, row.to.items, recordedIn(t, m))
			}
		})
	}
}

// forgetful reads what was written otherwise than it was written.
type forgetful struct {
	*memory
	reads func([]byte) ([]byte, error)
}

func (k *forgetful) Get(name string) (keyring.Item, error) {
	it, err := k.memory.Get(name)
	if err == nil && k.reads != nil {
		it.Data, err = k.reads(it.Data)
	}
	return it, err
}

func TestMoveOfWhatDiffers(t *testing.T) {
	needKeyctlName(t)
	from, to := holding(t, "AKIA-OLD"), holding(t, "AKIA-NEW")
	before, there := maps.Clone(from.items), maps.Clone(to.items)
	m := newMover(t, from, to)
	var refused *MigrationError
	err := m.look(t.Context())
	if !errors.As(err, &refused) || !strings.HasSuffix(err.Error(), "differ in: keys of me") || len(refused.Hints()) == 0 {
		t.Errorf("%v", err)
	}
	if !maps.EqualFunc(from.items, before, slices.Equal) || !maps.EqualFunc(to.items, there, slices.Equal) {
		t.Error("something was written")
	}

	// The same pair, stored at another time, is the same.
	to = holding(t, "AKIA-OLD")
	k := testKeys("AKIA-OLD")
	k.Added = k.Added.AddDate(1, 0, 0)
	if err := storeOver(to).PutKeys(t.Context(), "me", k); err != nil {
		t.Fatal(err)
	}
	m = newMover(t, from, to)
	if err := errors.Join(m.look(t.Context()), m.move(t.Context())); err != nil || len(from.items) != 0 {
		t.Errorf("%v, %q", err, from.items)
	}
}

// Another process writes to the old keyring while its items are on their way: that is not deleted.
func TestMoveWhileAnotherWrites(t *testing.T) {
	needKeyctlName(t)
	from := holding(t, "AKIA-OLD")
	wrote := false
	to := &memory{}
	to.fault = func(op, name string) error {
		if op == "get" && !wrote && recorded(to, name) {
			wrote = true
			if err := storeOver(from).PutKeys(context.Background(), "me", testKeys("AKIA-NEW")); err != nil {
				return err
			}
		}
		return nil
	}
	m := newMover(t, from, to)
	if err := m.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	var stays *MigrationError
	if err := m.move(t.Context()); !errors.As(err, &stays) || !strings.Contains(err.Error(), "keys of me in memory changed meanwhile") {
		t.Errorf("%v", err)
	}
	if k, err := storeOver(from).Keys(t.Context(), "me"); err != nil || k.AccessKeyID != "AKIA-NEW" || !unfinished(m) {
		t.Errorf("%v, %v", k, err)
	}
}

// recorded tells whether an item has arrived. The memory's lock is held.
func recorded(m *memory, name string) bool { _, ok := m.items[name]; return ok }

func TestJourney(t *testing.T) {
	needKeyctlName(t)
	for _, row := range []struct {
		name            string
		named, recorded string
		begun           string // the journal, "" if there is none
		to              string
		from            string // "" is an error
		says            string
	}{
		{"from what is recorded", "", "file\n", "", "pass", "file", ""},
		{"from what is named", "pass", "file\n", "", "keyctl", "pass", ""},
		{"who names the new one already means the recorded one", "pass", "file\n", "", "pass", "file", ""},
		{"named, and nothing recorded", "file", "", "", "pass", "file", ""},
		{"to where it is", "", "file\n", "", "file", "", "file is the keyring in use"},
		{"to where it is, named too", "file", "file\n", "", "file", "", "file is the keyring in use"},
		{"nothing is in use", "", "", "", "file", "", "no keyring is in use yet"},
		{"the new one is named, and nothing recorded", "file", "", "", "file", "", "no keyring is in use yet"},
		{"to what does not exist", "", "file\n", "", "wallet", "", `"wallet"`},
		{"one that was interrupted goes on", "", "file\n", "file\npass\n", "pass", "file", ""},
		{"also when the new one is recorded", "", "pass\n", "file\npass\n", "pass", "file", ""},
		{"and before any other", "", "file\n", "file\npass\n", "keyctl", "", "one from file to pass was interrupted"},
		{"and before the way back", "", "pass\n", "file\npass\n", "file", "", "one from file to pass was interrupted"},
		{"a journal of rubbish", "", "file\n", "x\n", "pass", "", "migrating cannot be read"},
		{"half a journal", "", "file\n", "file\n", "pass", "", "migrating cannot be read"},
		{"a record of rubbish", "", "x\n", "", "pass", "", "x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{recordFile: row.recorded, journalFile: row.begun} {
				if text != "" {
					write(t, filepath.Join(dir, name), text)
				}
			}
			j, resumed, err := Options{Backend: row.named, StateDir: dir}.journey(row.to)
			if row.from == "" && (err == nil || !strings.Contains(err.Error(), row.says)) || row.from != "" && (err != nil || j.from.backend != row.from || j.to.backend != row.to) {
				t.Errorf("%+v, %v", j, err)
			}
			if err == nil && resumed != (row.begun != "") {
				t.Errorf("resumed: %v", resumed)
			}
		})
	}
}

// needKeyctlName skips where there are too few keyrings to tell apart.
func needKeyctlName(t *testing.T) {
	t.Helper()
	if !known("keyctl") || !known("pass") {
		t.Skip("the table's names are Linux's")
	}
}

// Whatever fails after the choice was recorded (a keyring that locks, a kill), nothing is lost, how things stand
// is said, and moving again finishes it.
func TestMoveThatFailsWhileClearing(t *testing.T) {
	needKeyctlName(t)
	no := errors.New("it was locked")
	for n := range 100 {
		from, to := holding(t, "AKIA"), &memory{}
		before := maps.Clone(from.items)
		delete(before, sessionItem("me", "h"))
		m := newMover(t, from, to)
		if err := m.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := 0
		from.fault = func(op, name string) error {
			if calls++; calls > n {
				return no
			}
			return nil
		}
		err := m.move(t.Context())
		if !maps.EqualFunc(to.items, before, slices.Equal) || recordedIn(t, m) != "keyctl" {
			t.Errorf("after %d calls: arrived %q, recorded %s", n, slices.Collect(maps.Keys(to.items)), recordedIn(t, m))
		}
		if err == nil {
			if calls < 4 || unfinished(m) {
				t.Errorf("%d calls, unfinished: %v", calls, unfinished(m))
			}
			return
		}
		const want = "the keyctl keyring is used from now on, and has all; file is not cleared yet (to finish: hatstand keys migrate --to keyctl): "
		if !errors.Is(err, no) || !strings.HasPrefix(err.Error(), want) || !unfinished(m) {
			t.Errorf("after %d calls: %v, unfinished: %v", n, err, unfinished(m))
		}
		from.fault = nil
		again := &mover{from: m.from, to: m.to, stateDir: m.stateDir, journal: m.journal}
		if err := errors.Join(again.look(t.Context()), again.move(t.Context())); err != nil || len(from.items) != 0 || unfinished(again) {
			t.Errorf("again after %d calls: %v, left %d", n, err, len(from.items))
		}
		if !maps.EqualFunc(to.items, before, slices.Equal) {
			t.Errorf("again after %d calls: arrived %q", n, slices.Collect(maps.Keys(to.items)))
		}
	}
	t.Error("it never comes to its end")
}
