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

// halfMoved is a migration that was stopped after it had cleared a part of the old keyring: me's keys and the
// seed are in the new one alone, you's in both, and late's were stored in the new one since.
func halfMoved(t *testing.T) (old, late *memory, dir string) {
	t.Helper()
	old, late, dir = holding(t, "AKIA-ME"), &memory{}, t.TempDir()
	put := func(ring keyring.Keyring, profile, id string) {
		if err := storeOver(ring).PutKeys(t.Context(), profile, testKeys(id)); err != nil {
			t.Fatal(err)
		}
	}
	put(old, "you", "AKIA-YOU")
	late.items = maps.Clone(old.items)
	put(late, "late", "AKIA-LATE")
	for _, name := range []string{keysItem("me"), seedItem("serial"), sessionItem("me", "h")} {
		delete(old.items, name)
	}
	j := journal{record{backend: "file"}, record{backend: "keyctl"}, []string{keysItem("me"), keysItem("you"), seedItem("serial")}}
	write(t, filepath.Join(dir, journalFile), j.String())
	write(t, filepath.Join(dir, recordFile), "keyctl\n")
	return old, late, dir
}

// giveUp abandons as [Abandon] does, with the keyrings in maps.
func giveUp(ctx context.Context, old, late keyring.Keyring, dir string, agree func(Abandonment) bool) (Abandonment, error) {
	j, err := readJournal(dir)
	if err != nil || j == nil {
		return Abandonment{}, errors.Join(err, errors.New("no journal"))
	}
	recorded, err := readRecord(dir)
	if err != nil {
		return Abandonment{}, err
	}
	var s *Store
	if late != nil {
		s = storeOver(late)
	}
	r := newRetreat(storeOver(old), s, dir, *j, recorded)
	if late == nil {
		r.Why = errors.New("it is not installed")
	}
	if err := r.survey(ctx); err != nil || !agree(r.Abandonment) {
		return r.Abandonment, err
	}
	return r.Abandonment, r.goBack(ctx)
}

func always(Abandonment) bool { return true }

func stateOf(t *testing.T, dir string) (recorded string, unfinished bool) {
	t.Helper()
	r, err := readRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Lstat(filepath.Join(dir, journalFile))
	return r.backend, err == nil
}

func TestAbandon(t *testing.T) {
	needKeyctlName(t)
	old, late, dir := halfMoved(t)
	want := maps.Clone(late.items)
	delete(want, sessionItem("me", "h"))
	got, err := giveUp(t.Context(), old, late, dir, always)
	if err != nil || got.Loses() || len(got.Back) != 3 || len(got.Missing)+len(got.Left) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
	recorded, unfinished := stateOf(t, dir)
	if !maps.EqualFunc(old.items, want, slices.Equal) || len(late.items) > 0 || recorded != "file" || unfinished {
		t.Errorf("back %q, left %q, recorded %s, unfinished %v", old.items, late.items, recorded, unfinished)
	}
}

// What the person does not agree to changes nothing.
func TestAbandonNot(t *testing.T) {
	needKeyctlName(t)
	old, late, dir := halfMoved(t)
	before, there := maps.Clone(old.items), maps.Clone(late.items)
	if _, err := giveUp(t.Context(), old, late, dir, func(Abandonment) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if recorded, unfinished := stateOf(t, dir); recorded != "keyctl" || !unfinished || !maps.EqualFunc(old.items, before, slices.Equal) || !maps.EqualFunc(late.items, there, slices.Equal) {
		t.Errorf("recorded %s, unfinished %v, %q, %q", recorded, unfinished, old.items, late.items)
	}
}

// Whichever call to whichever keyring is the first that fails, and all after it, nothing is lost, and giving up
// again ends it. So does going on.
func TestAbandonThatFails(t *testing.T) {
	needKeyctlName(t)
	no := errors.New("it was locked")
	for _, failing := range []string{"old", "late"} {
		for n := range 100 {
			old, late, dir := halfMoved(t)
			want := maps.Clone(late.items)
			delete(want, sessionItem("me", "h"))
			ring := map[string]*memory{"old": old, "late": late}[failing]
			calls := 0
			ring.fault = func(string, string) error {
				if calls++; calls > n {
					return no
				}
				return nil
			}
			done, err := giveUp(t.Context(), old, late, dir, func(a Abandonment) bool { return !a.Loses() })
			ring.fault = nil
			recorded, unfinished := stateOf(t, dir)
			used := map[string]*memory{"file": old, "keyctl": late}[recorded]
			for name, value := range want {
				if !slices.Equal(used.items[name], value) {
					t.Errorf("%s fails after %d calls: %s, which is in use, has no %s", failing, n, recorded, name)
				}
			}
			if err == nil && calls <= n {
				if recorded != "file" || unfinished || len(late.items) > 0 {
					t.Errorf("%s, %v, %q", recorded, unfinished, late.items)
				}
				break
			}
			if !unfinished {
				if failing != "late" || recorded != "file" || len(done.Left) == 0 && len(late.items) > 1 {
					t.Errorf("%s fails after %d calls: finished, %+v, %v", failing, n, done, err)
				}
				continue
			}
			if done, err = giveUp(t.Context(), old, late, dir, always); err != nil || len(done.Missing) > 0 {
				t.Errorf("%s fails after %d calls, again: %+v, %v", failing, n, done, err)
			}
			if recorded, unfinished = stateOf(t, dir); recorded != "file" || unfinished || len(late.items) > 0 || !maps.EqualFunc(old.items, want, slices.Equal) {
				t.Errorf("%s fails after %d calls, again: %s, %v, %q", failing, n, recorded, unfinished, late.items)
			}
			if n == 99 {
				t.Error("it never comes to its end")
			}
		}
	}
}

func TestAbandonOfABrokenKeyring(t *testing.T) {
	needKeyctlName(t)
	no := errors.New("no secret key")
	for name, row := range map[string]struct {
		late             func(*memory) keyring.Keyring
		back, miss, left []string
	}{
		"it is gone":         {func(*memory) keyring.Keyring { return nil }, nil, []string{"keys of me", "MFA seed of serial"}, nil},
		"it gives no list":   {func(m *memory) keyring.Keyring { m.fault = failing("keys", "", no); return m }, nil, []string{"keys of me", "MFA seed of serial"}, nil},
		"it gives no values": {func(m *memory) keyring.Keyring { m.fault = failing("get", "", no); return m }, nil, []string{"keys of me", "MFA seed of serial", "keys of late"}, nil},
		"one value is lost": {func(m *memory) keyring.Keyring { m.fault = failing("get", keysItem("me"), no); return m },
			[]string{"keys of late", "MFA seed of serial"}, []string{"keys of me"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			old, late, dir := halfMoved(t)
			there := maps.Clone(late.items)
			got, err := giveUp(t.Context(), old, row.late(late), dir, Abandonment.Loses)
			slices.Sort(got.Back)
			slices.Sort(row.back)
			if err != nil || !got.Loses() || !slices.Equal(got.Back, row.back) || !slices.Equal(got.Missing, row.miss) || !slices.Equal(got.Left, row.left) {
				t.Errorf("%+v, %v", got, err)
			}
			recorded, unfinished := stateOf(t, dir)
			if recorded != "file" || unfinished || len(old.items) != 1+len(row.back) {
				t.Errorf("recorded %s, unfinished %v, %q", recorded, unfinished, old.items)
			}
			for name, value := range there { // what could not be read is still there
				if _, has := old.items[name]; !has && !isPassing(name) && !slices.Equal(late.items[name], value) {
					t.Errorf("%s is lost", name)
				}
			}
		})
	}
}

// failing is a fault of one operation, on one item or, "", on each.
func failing(op, name string, err error) func(string, string) error {
	return func(o, n string) error {
		if o == op && (name == "" || n == name) {
			return err
		}
		return nil
	}
}

func TestAbandonBeforeTheNewOneWasUsed(t *testing.T) {
	needKeyctlName(t)
	old, late, dir := halfMoved(t)
	old.items[keysItem("me")] = late.items[keysItem("me")]
	write(t, filepath.Join(dir, recordFile), "file\n")
	before := maps.Clone(old.items)
	got, err := giveUp(t.Context(), old, late, dir, always)
	slices.Sort(got.Left)
	if err != nil || got.Loses() || len(got.Back)+len(got.Missing) > 0 || !slices.Equal(got.Left, []string{"MFA seed of serial", "keys of late"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if recorded, unfinished := stateOf(t, dir); recorded != "file" || unfinished || !maps.EqualFunc(old.items, before, slices.Equal) || len(late.items) != 2 {
		t.Errorf("recorded %s, unfinished %v, %q, %q", recorded, unfinished, old.items, late.items)
	}
}

func TestAbandonOfWhatDiffers(t *testing.T) {
	needKeyctlName(t)
	old, late, dir := halfMoved(t)
	if err := storeOver(late).PutKeys(t.Context(), "you", testKeys("AKIA-NEW")); err != nil {
		t.Fatal(err)
	}
	there := maps.Clone(late.items)
	var refused *MigrationError
	if _, err := giveUp(t.Context(), old, late, dir, always); !errors.As(err, &refused) || !strings.HasSuffix(err.Error(), "differ in: keys of you") {
		t.Errorf("%v", err)
	}
	if recorded, unfinished := stateOf(t, dir); recorded != "keyctl" || !unfinished || !maps.EqualFunc(late.items, there, slices.Equal) {
		t.Errorf("recorded %s, unfinished %v", recorded, unfinished)
	}
}

// The journal of a migration that goes on names what an earlier run has moved, too.
func TestJournalOfAResumedMove(t *testing.T) {
	needKeyctlName(t)
	old, late, dir := halfMoved(t)
	j, err := readJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	delete(late.items, keysItem("late"))
	m := &mover{from: storeOver(old), to: storeOver(late), stateDir: dir, journal: *j}
	old.fault = failing("remove", "", errors.New("no"))
	if err := errors.Join(m.look(t.Context()), m.move(t.Context())); err == nil {
		t.Fatal("it was moved")
	}
	again, err := readJournal(dir)
	if err != nil || !slices.Equal(again.items, j.items) {
		t.Errorf("%q, %v", again.items, err)
	}
}
