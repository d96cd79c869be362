package migrate

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/cache"
	"hatstand/cache/backend"
	"hatstand/cache/internal/memory"
	"hatstand/credproc/credentials"
)

func storeOver(k backend.Keyring) *cache.Store {
	return cache.NewStore(cache.Options{}, &backend.Opened{Name: "memory", Keyring: k})
}

// newMover moves between two keyrings in maps, the first of which is recorded as file.
func newMover(t *testing.T, from, to backend.Keyring) *mover {
	t.Helper()
	needNames(t)
	m := &mover{
		say: silent,
		old: storeOver(from), new: storeOver(to), stateDir: t.TempDir(),
		from: cache.Place{Backend: "file"}, to: cache.Place{Backend: "keyctl"}, recorded: cache.Place{Backend: "file"},
	}
	if err := (cache.Record{Place: m.from}).Save(m.stateDir); err != nil {
		t.Fatal(err)
	}
	return m
}

// needNames skips where there are too few keyrings to tell apart.
func needNames(t *testing.T) {
	t.Helper()
	if !slices.Contains(cache.Backends(), "keyctl") {
		t.Skip("the table's names are Linux's")
	}
}

func testKeys(id string) cache.Keys {
	return cache.Keys{AccessKeyID: id, SecretAccessKey: "s3cr3t-of-" + id, Added: time.Unix(1700000000, 0).UTC()}
}

func holding(t *testing.T, id string) *memory.Keyring {
	t.Helper()
	k := &memory.Keyring{}
	s := storeOver(k)
	session := credentials.Value{AccessKeyID: "ASIA", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: time.Now().Add(time.Hour)}
	if err := errors.Join(s.PutKeys(t.Context(), "me", testKeys(id)), s.PutSeed(t.Context(), "serial", "SEED"), s.PutSession(t.Context(), cache.SessionID{Base: "me", Hash: "h"}, session, time.Now())); err != nil {
		t.Fatal(err)
	}
	return k
}

const theSession = "session/me/h"

// state is the record's text.
func state(t *testing.T, m *mover) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(m.stateDir, "backend"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const (
	before     = "file\n"
	copying    = "file\ncopies keyctl\n"
	unfinished = "keyctl\ncopies file\n"
	after      = "keyctl\n"
)

func TestMove(t *testing.T) {
	from, to := holding(t, "AKIA"), &memory.Keyring{}
	had := maps.Clone(from.Items)
	m := newMover(t, from, to)
	done, err := m.run(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	delete(had, theSession)
	if len(from.Items) != 0 || !maps.EqualFunc(to.Items, had, slices.Equal) || state(t, m) != after {
		t.Errorf("left %q, arrived %q, recorded %q", slices.Collect(maps.Keys(from.Items)), slices.Collect(maps.Keys(to.Items)), state(t, m))
	}
	if want := []string{"keys of me", "MFA seed of serial"}; !slices.Equal(done.Moved, want) || len(done.Left) > 0 {
		t.Errorf("%+v", done)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	from, to := holding(t, "AKIA"), &memory.Keyring{}
	m := newMover(t, from, to)
	done, err := m.run(t.Context(), true)
	if err != nil || len(done.Moved) != 2 || len(to.Items) != 0 || len(from.Items) != 3 || state(t, m) != before {
		t.Errorf("%+v, %v, recorded %q", done, err, state(t, m))
	}
}

// Whatever fails while copying, the old keyring has everything, stays the recorded one, and the new one has
// what it had.
func TestMoveThatFailsWhileCopying(t *testing.T) {
	no := errors.New("no")
	for name, row := range map[string]struct {
		to    *memory.Keyring
		reads func([]byte) ([]byte, error) // what was written; nil: as it is
		says  string
	}{
		"the new one is full":         {&memory.Keyring{Quota: 120}, nil, "quota"},
		"it takes less than an item":  {&memory.Keyring{Limit: 10}, nil, "bad data"},
		"it refuses to be written to": {&memory.Keyring{Fault: func(op, _ string) error { return map[string]error{"set": no}[op] }}, nil, "no"},
		"it refuses the second item": {&memory.Keyring{Fault: func(op, name string) error {
			return map[string]error{"setmfa/serial": no}[op+name]
		}}, nil, "no"},
		"what was written cannot be read": {&memory.Keyring{}, func([]byte) ([]byte, error) { return nil, no }, "no"},
		"what was written is gone":        {&memory.Keyring{}, func([]byte) ([]byte, error) { return nil, backend.ErrNotFound }, "not in the keyring"},
		"it comes back as another one":    {&memory.Keyring{}, func(b []byte) ([]byte, error) { return b[:len(b)/2], nil }, "it differs from what was written"},
	} {
		t.Run(name, func(t *testing.T) {
			from := holding(t, "AKIA")
			had := maps.Clone(from.Items)
			m := newMover(t, from, &forgetful{row.to, row.reads})
			_, err := m.run(t.Context(), false)
			var stopped *Error
			if !errors.As(err, &stopped) || stopped.Kind != NothingMoved || !strings.Contains(err.Error(), row.says) || !strings.HasPrefix(err.Error(), "nothing was moved: ") {
				t.Errorf("%v", err)
			}
			if !maps.EqualFunc(from.Items, had, slices.Equal) || len(row.to.Items) != 0 || state(t, m) != before {
				t.Errorf("left %q, arrived %q, recorded %q", from.Items, row.to.Items, state(t, m))
			}
		})
	}
}

// forgetful reads what was written otherwise than it was written.
type forgetful struct {
	*memory.Keyring
	reads func([]byte) ([]byte, error)
}

func (k *forgetful) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := k.Keyring.Get(ctx, name)
	if err == nil && k.reads != nil {
		return k.reads(data)
	}
	return data, err
}

func TestWhatDiffersIsNotWrittenOver(t *testing.T) {
	from, to := holding(t, "AKIA-OLD"), holding(t, "AKIA-NEW")
	had, there := maps.Clone(from.Items), maps.Clone(to.Items)
	m := newMover(t, from, to)
	var refused *Error
	_, err := m.run(t.Context(), false)
	if !errors.As(err, &refused) || refused.Kind != Differs || !strings.HasSuffix(err.Error(), "differ in: keys of me") {
		t.Errorf("%v", err)
	}
	if !maps.EqualFunc(from.Items, had, slices.Equal) || !maps.EqualFunc(to.Items, there, slices.Equal) || state(t, m) != before {
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
	if _, err := m.run(t.Context(), false); err != nil || len(from.Items) != 0 {
		t.Errorf("%v, %q", err, from.Items)
	}
}

// What came into the old keyring after it was copied is never deleted, and is named.
func TestMoveWhileAnotherWrites(t *testing.T) {
	from := holding(t, "AKIA-OLD")
	wrote := false
	to := &memory.Keyring{}
	to.Fault = func(op, name string) error {
		if _, arrived := to.Items[name]; op == "get" && arrived && !wrote {
			wrote = true
			s := storeOver(from)
			return errors.Join(s.PutKeys(context.Background(), "me", testKeys("AKIA-NEW")), s.PutKeys(context.Background(), "you", testKeys("AKIA-YOU")))
		}
		return nil
	}
	m := newMover(t, from, to)
	done, err := m.run(t.Context(), false)
	if want := []string{"keys of me", "keys of you"}; err != nil || !slices.Equal(done.Left, want) || state(t, m) != after {
		t.Errorf("%+v, %v, recorded %q", done, err, state(t, m))
	}
	for profile, id := range map[string]string{"me": "AKIA-NEW", "you": "AKIA-YOU"} {
		if k, err := storeOver(from).Keys(t.Context(), profile); err != nil || k.AccessKeyID != id {
			t.Errorf("%v, %v", k, err)
		}
	}
}

// killAfter makes the nth call of two keyrings, and all that follow, fail: nothing is written any more.
func killAfter(n int, err error, keyrings ...*memory.Keyring) (calls *int) {
	calls = new(int)
	for _, k := range keyrings {
		k.Fault = func(string, string) error {
			if *calls++; *calls > n {
				return err
			}
			return nil
		}
	}
	return calls
}

// Killed anywhere, it has lost nothing: the keyring in use has everything. Run again, it finishes.
func TestKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	for n := range 100 {
		from, to := holding(t, "AKIA"), &memory.Keyring{}
		had := maps.Clone(from.Items)
		delete(had, theSession)
		m := newMover(t, from, to)
		killAfter(n, killed, from, to)
		_, err := m.run(t.Context(), false)
		from.Fault, to.Fault = nil, nil

		inUse := from.Items
		if now := state(t, m); now != before && now != copying {
			inUse = to.Items
		}
		for name, value := range had {
			if !slices.Equal(inUse[name], value) {
				t.Errorf("after %d calls, recorded %q: %s is not in the keyring in use", n, state(t, m), name)
			}
		}
		var e *Error
		switch now := state(t, m); {
		case err == nil && now == after:
			if n < 10 {
				t.Errorf("done after %d calls", n)
			}
			return
		case now == before, now == copying:
		case now == unfinished && errors.As(err, &e) && e.Kind == NotCleared && strings.HasPrefix(err.Error(), "keyctl is used from now on and has everything; file still has copies: "):
		default:
			t.Errorf("after %d calls: recorded %q, %v", n, now, err)
		}

		again := &mover{recorded: m.recorded, old: m.old, new: m.new, stateDir: m.stateDir, from: m.from, to: m.to, say: silent}
		if now := state(t, m); now == before || now == copying {
			_, err = again.run(t.Context(), false)
		} else {
			_, err = again.clear(t.Context(), Result{})
		}
		if err != nil || len(from.Items) != 0 || state(t, m) != after || !maps.EqualFunc(to.Items, had, slices.Equal) {
			t.Errorf("again after %d calls: %v, recorded %q, left %q, arrived %q", n, err, state(t, m), from.Items, to.Items)
		}
	}
	t.Error("it never comes to its end")
}

func TestWhereFrom(t *testing.T) {
	needNames(t)
	for _, row := range []struct {
		name            string
		named, recorded string
		to              string
		from            string // "" is an error
		kind            Kind
	}{
		{"from what is recorded", "", "file", "pass", "file", 0},
		{"from what is named", "pass", "file", "keyctl", "pass", 0},
		{"who names the new one already means the recorded one", "pass", "file", "pass", "file", 0},
		{"named, and nothing recorded", "file", "", "pass", "file", 0},
		{"to where it is", "", "file", "file", "", SameKeyring},
		{"to where it is, named too", "file", "file", "file", "", SameKeyring},
		{"nothing is in use", "", "", "file", "", NothingInUse},
		{"the new one is named, and nothing recorded", "file", "", "file", "", NothingInUse},
	} {
		t.Run(row.name, func(t *testing.T) {
			from, err := source(cache.Options{Backend: row.named}, cache.Record{Place: cache.Place{Backend: row.recorded}}, row.to)
			var e *Error
			if row.from == "" && (!errors.As(err, &e) || e.Kind != row.kind) || row.from != "" && (err != nil || from.Backend != row.from) {
				t.Errorf("%+v, %v", from, err)
			}
		})
	}
}

// standIn is pass without GnuPG.
const standIn = `#!/bin/sh
store="$HOME/.password-store"
for name; do :; done
case $1 in
show) cat "$store/$name.gpg" ;;
insert) mkdir -p "$(dirname "$store/$name.gpg")" && cat >"$store/$name.gpg" ;;
rm) rm "$store/$name.gpg" ;;
esac
`

// Between a keyring of files and pass: each state goes on to the next.
// silent is for who does not look.
func silent(string) {}

func TestRun(t *testing.T) {
	needNames(t)
	home := t.TempDir()
	for name, text := range map[string]string{
		"bin/pass": standIn, "bin/gpg2": "#!/bin/sh\necho sec:u:255:22:1D3C0D2B6F1A2B3C:1700000000:::u:::scESC:::+:::23::0:\n", ".password-store/.gpg-id": "somebody\n",
	} {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
	environ := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	o := cache.Options{
		DataDir: t.TempDir(), StateDir: t.TempDir(), Environ: func() []string { return environ },
		Passphrase: func(context.Context, backend.PassphraseRequest) (string, error) { return "pw", nil },
	}
	open := func(name string) *cache.Store {
		t.Helper()
		s, err := cache.OpenPlace(context.Background(), o, cache.Place{Backend: name})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Cleanup(func() { _ = open("file").Lock(context.Background()) })
	file, other := cache.Place{Backend: "file"}, cache.Place{Backend: "pass"}
	has := func(name string, want ...string) {
		t.Helper()
		if names, err := open(name).ListKeys(t.Context()); err != nil || !slices.Equal(names, want) {
			t.Errorf("%s has keys of %q, %v", name, names, err)
		}
	}
	records := func(want cache.Record) {
		t.Helper()
		if r, err := cache.ReadRecord(o.StateDir); err != nil || r.Place != want.Place || r.Copies != want.Copies {
			t.Errorf("recorded %+v, %v", r, err)
		}
	}
	if err := errors.Join(open("file").PutKeys(t.Context(), "me", testKeys("AKIA")), cache.Record{Place: file}.Save(o.StateDir)); err != nil {
		t.Fatal(err)
	}
	if done, err := Run(t.Context(), o, "pass", false, silent); err != nil || done.From != "file" || len(done.Moved) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	has("file")
	has("pass", "me")
	records(cache.Record{Place: other})

	// Killed before the old one was cleared.
	if err := errors.Join(open("file").PutKeys(t.Context(), "me", testKeys("AKIA")), cache.Record{Place: other, Copies: file}.Save(o.StateDir)); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := Run(t.Context(), o, "keyctl", true, silent); !errors.As(err, &e) || e.Kind != Unfinished {
		t.Errorf("another one first: %v", err)
	}
	if done, err := Run(t.Context(), o, "pass", false, silent); err != nil || !done.Resumed || done.From != "file" || done.To != "pass" {
		t.Errorf("%+v, %v", done, err)
	}
	has("file")
	records(cache.Record{Place: other})

	// Killed while copying to the other one: moving to the one in use deletes the copies, and nothing else.
	if err := errors.Join(open("file").PutKeys(t.Context(), "me", testKeys("AKIA")), open("file").PutKeys(t.Context(), "mine", testKeys("AKIB")), cache.Record{Place: other, Copies: file}.Save(o.StateDir)); err != nil {
		t.Fatal(err)
	}
	if done, err := Run(t.Context(), o, "pass", false, silent); err != nil || !slices.Equal(done.Left, []string{"keys of mine"}) {
		t.Errorf("%+v, %v", done, err)
	}
	has("file", "mine")
	has("pass", "me")
	records(cache.Record{Place: other})

	// The old one does not open any more: the new one stays in use, and how to leave it at that can be told.
	if err := errors.Join(cache.Record{Place: file, Copies: other}.Save(o.StateDir), os.Remove(filepath.Join(home, "bin", "pass"))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(home, "bin"))
	if _, err := Run(t.Context(), o, "file", false, silent); !errors.As(err, &e) || e.Kind != NotCleared || e.Record == "" {
		t.Errorf("%v", err)
	}
	records(cache.Record{Place: file, Copies: other})
}
