package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// fakeKernel is a vault in a map. With refuse set it answers everything with that error.
type fakeKernel struct {
	mu     sync.Mutex
	keys   map[string][]byte
	refuse error
}

func (v *fakeKernel) load(name string) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse != nil {
		return nil, v.refuse
	}
	if key, ok := v.keys[name]; ok {
		return key, nil
	}
	return nil, errNoKey
}

func (v *fakeKernel) save(name string, key []byte, _ time.Duration) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil {
		v.keys = map[string][]byte{}
	}
	v.keys[name] = key
	return v.refuse
}

func (v *fakeKernel) drop(name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.keys, name)
	return v.refuse
}

// asker answers the passphrase questions in turn, the last answer for ever, and keeps the questions.
type asker struct {
	mu      sync.Mutex
	answers []string
	asked   []backend.PassphraseRequest
	err     error
}

func (a *asker) ask(_ context.Context, q backend.PassphraseRequest) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, q)
	if a.err != nil {
		return "", a.err
	}
	answer := a.answers[min(len(a.asked), len(a.answers))-1]
	return answer, nil
}

// cheap is a cost that tests can afford hundreds of times.
func cheap() cost { return cost{time: 1, memory: 64, threads: 1} }

func TestItsRealCost(t *testing.T) {
	if testing.Short() {
		t.Skip("argon2id at its real cost")
	}
	a := &asker{answers: []string{"pw"}}
	dir := t.TempDir()
	s, ring := newProcess(dir, &fakeKernel{}, a)
	ring.cost = recommended()
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	other, _ := newProcess(dir, &fakeKernel{}, a)
	if seed, err := other.Seed(t.Context(), "s"); err != nil || seed != "SEED" {
		t.Error(err)
	}
}

func TestPassphraseIsAskedOnceALogin(t *testing.T) {
	dir, kernel, a := t.TempDir(), &fakeKernel{}, &asker{answers: []string{"pw"}}
	for i := range 4 {
		s, _ := newProcess(dir, kernel, a)
		if err := s.PutKeys(t.Context(), fmt.Sprint(i), "A"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.KeysOf(t.Context(), "0"); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.asked) != 1 {
		t.Errorf("asked %d times", len(a.asked))
	}
	s, _ := newProcess(dir, kernel, a)
	if err := s.lock(t.Context()); err != nil || len(kernel.keys) != 0 {
		t.Fatalf("lock: %v, %d keys wait", err, len(kernel.keys))
	}
	if _, err := s.KeysOf(t.Context(), "0"); err != nil {
		t.Fatal(err)
	}
	if len(a.asked) != 2 || a.asked[1].New {
		t.Errorf("after lock: asked %+v", a.asked)
	}
}

func TestForbiddenKernelKeyring(t *testing.T) {
	for _, refusal := range []error{fs.ErrPermission, errNoKernel} {
		dir, a := t.TempDir(), &asker{answers: []string{"pw"}}
		for range 3 {
			s, _ := newProcess(dir, &fakeKernel{refuse: refusal}, a)
			for range 2 {
				if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(a.asked) != 3 {
			t.Errorf("%v: asked %d times in 3 processes", refusal, len(a.asked))
		}
	}
}

func TestWrongPassphrase(t *testing.T) {
	dir := t.TempDir()
	s, _ := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"right"}})
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	t.Run("is asked for again", func(t *testing.T) {
		a := &asker{answers: []string{"wrong", "wronger", "right"}}
		s, _ := newProcess(dir, &fakeKernel{}, a)
		if seed, err := s.Seed(t.Context(), "s"); err != nil || seed != "SEED" {
			t.Fatal(err)
		}
		if got := []bool{a.asked[0].Wrong, a.asked[1].Wrong, a.asked[2].Wrong}; !slices.Equal(got, []bool{false, true, true}) {
			t.Errorf("said wrong: %v", got)
		}
	})
	t.Run("three times is an error", func(t *testing.T) {
		a := &asker{answers: []string{"wrong"}}
		kernel := &fakeKernel{}
		s, _ := newProcess(dir, kernel, a)
		_, err := s.Seed(t.Context(), "s")
		if !errors.Is(err, backend.WrongPassphrase) || len(a.asked) != 3 {
			t.Errorf("%v after %d questions", err, len(a.asked))
		}
		if strings.Contains(fmt.Sprint(err), "wrong ") && strings.Contains(fmt.Sprintf("%+v", err), "SEED") {
			t.Errorf("leaks: %v", err)
		}
		if len(kernel.keys) != 0 {
			t.Error("a wrong key waits in the kernel")
		}
		if err := s.PutSeed(t.Context(), "s", "OTHER"); err == nil {
			t.Error("written with a wrong passphrase")
		}
	})
	t.Run("an asker that has no other answer ends it", func(t *testing.T) {
		s, ring := newProcess(dir, &fakeKernel{}, &asker{})
		calls := 0
		ring.passphrase = func(_ context.Context, q backend.PassphraseRequest) (string, error) {
			if calls++; q.Wrong {
				return "", errors.New("it is what the environment says")
			}
			return "wrong", nil
		}
		_, err := s.Seed(t.Context(), "s")
		if !errors.Is(err, backend.WrongPassphrase) || calls != 2 {
			t.Errorf("%v after %d questions", err, calls)
		}
	})
	t.Run("nothing is asked for an item that is not there", func(t *testing.T) {
		a := &asker{answers: []string{"wrong"}}
		s, _ := newProcess(dir, &fakeKernel{}, a)
		if _, err := s.Seed(t.Context(), "none"); !errors.Is(err, backend.ErrNotFound) || len(a.asked) != 0 {
			t.Errorf("%v, asked %d times", err, len(a.asked))
		}
	})
}

func TestDeclinedPassphrase(t *testing.T) {
	rows := []struct {
		name     string
		err      error
		declined bool
	}{
		{"the person said no", backend.ErrDeclined, true},
		{"wrapped", fmt.Errorf("dialog: %w", backend.ErrDeclined), true},
		{"the terminal was closed", backend.ErrGone, true},
		{"interrupted", context.Canceled, true},
		{"nobody answered in time", context.DeadlineExceeded, true},
		{"there is no terminal", errors.New("no terminal"), false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := &asker{err: row.err}
			s, _ := newProcess(t.TempDir(), &fakeKernel{}, a)
			err := s.PutSeed(t.Context(), "s", "SEED")
			if errors.Is(row.err, context.Canceled) || errors.Is(row.err, context.DeadlineExceeded) {
				if !errors.Is(err, row.err) {
					t.Errorf("%v", err)
				}
				return
			}
			if !backend.IsPassphrase(err) || errors.Is(err, backend.PassphraseDeclined) != row.declined || !errors.Is(err, row.err) || len(a.asked) != 1 {
				t.Errorf("%v after %d questions", err, len(a.asked))
			}
		})
	}
	t.Run("an empty new one", func(t *testing.T) {
		s, _ := newProcess(t.TempDir(), &fakeKernel{}, &asker{answers: []string{""}})
		if err := s.PutSeed(t.Context(), "s", "SEED"); !errors.Is(err, backend.NoPassphrase) {
			t.Errorf("%v", err)
		}
	})
	t.Run("nobody to ask", func(t *testing.T) {
		s, ring := newProcess(t.TempDir(), &fakeKernel{}, &asker{})
		ring.passphrase = nil
		if err := s.PutSeed(t.Context(), "x", ""); !errors.Is(err, backend.NoPassphrase) || !errors.Is(err, backend.ErrNobody) {
			t.Errorf("%v", err)
		}
	})
}

func TestARefusalHoldsForTheProcess(t *testing.T) {
	dir, kernel := t.TempDir(), &fakeKernel{}
	if s, _ := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"pw"}}); s.PutSeed(t.Context(), "s", "SEED") != nil {
		t.Fatal("no seed")
	}
	for name, a := range map[string]*asker{"a no": {err: backend.ErrDeclined}, "three wrong ones": {answers: []string{"x"}}} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1_700_000_000, 0)
			s, ring := newProcess(dir, kernel, a)
			ring.now = func() time.Time { return now }
			_, first := s.Seed(t.Context(), "s")
			if !backend.IsPassphrase(first) {
				t.Fatal(first)
			}
			asked := len(a.asked)
			now = now.Add(refusalHolds - time.Second)
			if _, err := s.Seed(t.Context(), "s"); err == nil || err.Error() != first.Error() || len(a.asked) != asked {
				t.Errorf("then %v, asked %d times, at first %d", err, len(a.asked), asked)
			}
			now = now.Add(time.Second)
			if _, err := s.Seed(t.Context(), "s"); err == nil || len(a.asked) != 2*asked {
				t.Errorf("ten minutes later %v, asked %d times, at first %d", err, len(a.asked), asked)
			}
			other, _ := newProcess(dir, kernel, &asker{answers: []string{"pw"}})
			if _, err := other.Seed(t.Context(), "s"); err != nil {
				t.Errorf("another process: %v", err)
			}
			if seed, err := s.Seed(t.Context(), "s"); err != nil || seed != "SEED" {
				t.Errorf("unlocked meanwhile: %q, %v", seed, err)
			}
			if err := other.lock(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestOneRefusalForAllThatWait(t *testing.T) {
	dir := t.TempDir()
	s, _ := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"pw"}})
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	const waiters = 8
	var asked sync.Map
	begin, errs := make(chan struct{}, 1), make(chan error, waiters+1)
	proceed := make(chan struct{})
	ask := func(i int) func(context.Context, backend.PassphraseRequest) (string, error) {
		return func(context.Context, backend.PassphraseRequest) (string, error) {
			asked.Store(i, true)
			begin <- struct{}{}
			<-proceed
			return "", backend.ErrDeclined
		}
	}
	start := func(i int, ctx context.Context) {
		s, ring := newProcess(dir, &fakeKernel{}, &asker{})
		ring.passphrase = ask(i)
		_, err := s.Seed(ctx, "s")
		errs <- err
	}
	go start(0, t.Context())
	<-begin
	ctx := waitingContext{t.Context(), make(chan struct{}, 1000)}
	for i := range waiters {
		go start(i+1, ctx)
	}
	for range waiters { // for the lock
		<-ctx.waits
	}
	close(proceed)
	for range waiters + 1 {
		if err := <-errs; !errors.Is(err, backend.PassphraseDeclined) {
			t.Errorf("%v", err)
		}
	}
	n := 0
	asked.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d were asked", n)
	}
}

// What one process was told by another, that the person said no, holds for it as its own question's answer does; the
// reason outlives who comes between; and a wrong answer that no person gave is nobody's no.
func TestRefusalsReachWhomTheyConcern(t *testing.T) {
	dir := t.TempDir()
	s, _ := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"pw"}})
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	// second is what a process gets that waited for a first one, twice.
	second := func(t *testing.T, first func(backend.PassphraseRequest) (string, error)) (errs [2]error, asked int) {
		begin, end := make(chan struct{}, questions), make(chan struct{})
		s, ring := newProcess(dir, &fakeKernel{}, &asker{})
		ring.passphrase = func(_ context.Context, r backend.PassphraseRequest) (string, error) {
			begin <- struct{}{}
			<-end
			return first(r)
		}
		go s.Seed(t.Context(), "s")
		<-begin
		ctx := waitingContext{t.Context(), make(chan struct{}, 1000)}
		a := &asker{answers: []string{"pw"}}
		s, _ = newProcess(dir, &fakeKernel{}, a)
		got := make(chan error, 1)
		go func() {
			_, err := s.Seed(ctx, "s")
			got <- err
		}()
		<-ctx.waits
		close(end)
		errs[0] = <-got
		_, errs[1] = s.Seed(t.Context(), "s")
		return errs, len(a.asked)
	}
	t.Run("a no", func(t *testing.T) {
		errs, asked := second(t, func(backend.PassphraseRequest) (string, error) { return "", backend.ErrDeclined })
		for _, err := range errs {
			if !errors.Is(err, backend.PassphraseDeclined) || asked != 0 {
				t.Errorf("%v, asked %d times", err, asked)
			}
		}
	})
	t.Run("a wrong one in the environment", func(t *testing.T) {
		errs, asked := second(t, func(r backend.PassphraseRequest) (string, error) {
			if r.Wrong {
				return "", errors.New("the environment's is not it")
			}
			return "stale", nil
		})
		if errs != [2]error{} || asked != 1 {
			t.Errorf("%v, asked %d times", errs, asked)
		}
	})
}

// A prompt whose process ends before it is answered leaves the lock to any of those who waited: one that has nobody
// to ask must not fail while another one is asking.
func TestThoseWithNobodyToAskWaitForOneThatHas(t *testing.T) {
	const nobodies = 5
	for _, row := range []struct {
		name   string
		kernel *fakeKernel
		person bool
		opens  int // how many of the nobodies are served
	}{
		{"one of them has somebody", &fakeKernel{}, true, nobodies},
		{"none has", &fakeKernel{}, false, 0},
		{"the kernel keeps no keys", &fakeKernel{refuse: errNoKernel}, true, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			s, _ := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"pw"}})
			if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
				t.Fatal(err)
			}
			begin, end := make(chan struct{}), make(chan struct{})
			gone := make(chan error, 1)
			s, ring := newProcess(dir, row.kernel, &asker{})
			ring.passphrase = func(context.Context, backend.PassphraseRequest) (string, error) {
				close(begin)
				<-end
				return "", backend.ErrGone
			}
			go func() {
				_, err := s.Seed(t.Context(), "s")
				gone <- err
			}()
			<-begin

			ctx := waitingContext{t.Context(), make(chan struct{}, 1000)}
			start := func(a *asker) <-chan error {
				got := make(chan error, 1)
				s, _ := newProcess(dir, row.kernel, a)
				go func() {
					seed, err := s.Seed(ctx, "s")
					if err == nil && seed != "SEED" {
						err = fmt.Errorf("the seed is %q", seed)
					}
					got <- err
				}()
				<-ctx.waits
				return got
			}
			var all []<-chan error
			for range nobodies {
				all = append(all, start(&asker{err: fmt.Errorf("no terminal: %w", backend.ErrNobody)}))
			}
			person := &asker{answers: []string{"pw"}}
			if row.person {
				got := start(person)
				defer func() {
					if err := <-got; err != nil || len(person.asked) != 1 {
						t.Errorf("who has somebody: %v, asked %d times", err, len(person.asked))
					}
				}()
			}
			close(end)
			if err := <-gone; !errors.Is(err, backend.ErrGone) {
				t.Errorf("the first one: %v", err)
			}
			served := 0
			for _, got := range all {
				switch err := <-got; {
				case err == nil:
					served++
				case !errors.Is(err, backend.ErrNobody):
					t.Error(err)
				}
			}
			if served != row.opens {
				t.Errorf("%d of %d were served, want %d", served, nobodies, row.opens)
			}
		})
	}
}

func TestFilePermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists")
	}
	dir := filepath.Join(t.TempDir(), "deep", "data")
	s, ring := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"a long passphrase"}})
	if err := s.PutSeed(t.Context(), "s", "JBSWY3DPEHPK3PXP"); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"": 0o700, paramsFile: 0o600, "mfa~s.item": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(ring.folder, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: %v, %v", name, info, err)
		}
	}
	entries, _ := os.ReadDir(ring.folder)
	for _, e := range entries {
		if b, _ := os.ReadFile(filepath.Join(ring.folder, e.Name())); bytes.Contains(b, []byte("JBSWY3DPEHPK3PXP")) || bytes.Contains(b, []byte("a long passphrase")) {
			t.Errorf("%s holds a secret as it is", e.Name())
		}
		if info, _ := e.Info(); info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", e.Name(), info.Mode())
		}
	}
}

func TestUnsafeFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists")
	}
	const nobody = 65534
	root := func(t *testing.T) {
		t.Helper()
		if os.Geteuid() != 0 {
			t.Skip("only root can give a folder away")
		}
	}
	rows := []struct {
		name  string
		setup func(t *testing.T, data string)
		ok    bool
	}{
		{"others may write", func(t *testing.T, data string) { mkdir(t, data, "keyring", 0o707) }, false},
		{"the group may write", func(t *testing.T, data string) { mkdir(t, data, "keyring", 0o770) }, false},
		{"others may look", func(t *testing.T, data string) { mkdir(t, data, "keyring", 0o755) }, true},
		{"a file", func(t *testing.T, data string) { write(t, data+"/keyring", "") }, false},
		{"our link", func(t *testing.T, data string) {
			mkdir(t, data, "elsewhere", 0o700)
			symlink(t, data+"/elsewhere", data+"/keyring")
		}, true},
		{"another user's folder", func(t *testing.T, data string) {
			root(t)
			mkdir(t, data, "keyring", 0o700)
			chown(t, data+"/keyring", nobody)
		}, false},
		{"another user's link to our folder", func(t *testing.T, data string) {
			root(t)
			mkdir(t, data, "elsewhere", 0o700)
			symlink(t, data+"/elsewhere", data+"/keyring")
			chown(t, data+"/keyring", nobody)
		}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			data := t.TempDir()
			row.setup(t, data)
			s, _ := newProcess(data, &fakeKernel{}, &asker{answers: []string{"pw"}})
			_, getErr := s.KeysOf(t.Context(), "p")
			_, listErr := s.names()
			for op, err := range map[string]error{"read": getErr, "list": listErr, "write": s.PutSeed(t.Context(), "s", "SEED")} {
				switch {
				case row.ok && err != nil && !errors.Is(err, backend.ErrNotFound):
					t.Errorf("%s: %v", op, err)
				case !row.ok && !isOurs(err):
					t.Errorf("%s: %v", op, err)
				}
			}
		})
	}
}

func chown(t *testing.T, path string, uid int) {
	t.Helper()
	if err := os.Lchown(path, uid, uid); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedItems(t *testing.T) {
	data := t.TempDir()
	a := &asker{answers: []string{"pw"}}
	kernel := &fakeKernel{}
	s, ring := newProcess(data, kernel, a)
	if err := errors.Join(s.PutKeys(t.Context(), "a", "A"), s.PutKeys(t.Context(), "b", "B")); err != nil {
		t.Fatal(err)
	}
	path := ring.path("keys/a")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := os.ReadFile(ring.path("keys/b"))
	rows := map[string][]byte{
		"empty":               {},
		"a byte":              {'h'},
		"half":                good[:len(good)/2],
		"one byte short":      good[:len(good)-1],
		"another item's file": other,
		"too long":            append(slices.Clone(good), make([]byte, sealedLimit)...),
		"no magic":            append([]byte("XXXX"), good[4:]...),
	}
	for i := range good {
		b := slices.Clone(good)
		b[i] ^= 1
		rows[fmt.Sprintf("bit of byte %d flipped", i)] = b
	}
	for name, b := range rows {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ := newProcess(data, kernel, a)
		_, err := s.KeysOf(t.Context(), "a")
		if !errors.Is(err, backend.Corrupt) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: the item was removed", name)
		}
	}
	if len(a.asked) != 1 {
		t.Errorf("damage led to %d questions", len(a.asked)-1)
	}
	if err := s.PutKeys(t.Context(), "a", "A"); err != nil {
		t.Errorf("a damaged item cannot be replaced: %v", err)
	}
	if _, err := s.KeysOf(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

func TestParamsFileTrouble(t *testing.T) {
	setup := func(t *testing.T) (data string, ring *Keyring) {
		data = t.TempDir()
		s, ring := newProcess(data, &fakeKernel{}, &asker{answers: []string{"pw"}})
		if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
			t.Fatal(err)
		}
		return data, ring
	}
	t.Run("missing beside items: nothing new is made", func(t *testing.T) {
		data, ring := setup(t)
		if err := os.Remove(ring.paramsPath()); err != nil {
			t.Fatal(err)
		}
		a := &asker{answers: []string{"pw"}}
		s, _ := newProcess(data, &fakeKernel{}, a)
		_, readErr := s.Seed(t.Context(), "s")
		for _, err := range []error{readErr, s.PutSeed(t.Context(), "t", "SEED")} {
			if !isOurs(err) || !strings.Contains(err.Error(), ring.paramsPath()) {
				t.Errorf("%v", err)
			}
		}
		if len(a.asked) != 0 {
			t.Errorf("asked %d times in vain", len(a.asked))
		}
	})
	t.Run("garbage", func(t *testing.T) {
		data, ring := setup(t)
		write(t, ring.paramsPath(), "{")
		s, _ := newProcess(data, &fakeKernel{}, &asker{answers: []string{"pw"}})
		_, err := s.Seed(t.Context(), "s")
		if !isOurs(err) {
			t.Errorf("%v", err)
		}
	})
	t.Run("another store's", func(t *testing.T) {
		data, ring := setup(t)
		p, _ := newParams("pw", cheap())
		b, _ := p.encode()
		write(t, ring.paramsPath(), string(b))
		a := &asker{answers: []string{"pw"}}
		s, _ := newProcess(data, &fakeKernel{}, a)
		_, err := s.Seed(t.Context(), "s")
		if !errors.Is(err, backend.Corrupt) || !errors.Is(err, errOtherKey) || len(a.asked) != 0 {
			t.Errorf("%v, asked %d times", err, len(a.asked))
		}
	})
}

func TestLeftoversOfKilledWriters(t *testing.T) {
	data := t.TempDir()
	s, ring := newProcess(data, &fakeKernel{}, &asker{answers: []string{"pw"}})
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(ring.folder, folder.TempPrefix+"old"), filepath.Join(ring.folder, folder.TempPrefix+"young")
	write(t, old, "half")
	write(t, young, "half")
	past := time.Now().Add(-2 * leftoverAge)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	if names, err := s.names(); err != nil || !slices.Equal(names, []string{"mfa/s"}) {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old leftover is still there: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a file that is being written was removed: %v", err)
	}
}

func TestLongNames(t *testing.T) {
	s, _ := newProcess(t.TempDir(), &fakeKernel{}, &asker{answers: []string{"pw"}})
	long := strings.Repeat("/é", 200)
	if err := s.PutKeys(t.Context(), long, "A"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.names(); err != nil || !slices.Equal(got, []string{"keys/" + long}) {
		t.Errorf("%.20q, %v", got, err)
	}
	if got, err := s.KeysOf(t.Context(), long); err != nil || got != "A" {
		t.Error(err)
	}
	if err := s.PutKeys(t.Context(), strings.Repeat("/", 9000), "A"); err == nil {
		t.Error("a name beyond all bounds was stored")
	}
}

func BenchmarkWarmRead(b *testing.B) {
	data := b.TempDir()
	a := &asker{answers: []string{"pw"}}
	s, ring := newProcess(data, kernelKeyring{}, a)
	if err := s.PutKeys(b.Context(), "me", strings.Repeat("t", 1200)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ring.forget(context.Background()) })
	for b.Loop() {
		s, _ := newProcess(data, kernelKeyring{}, a)
		if _, err := s.KeysOf(b.Context(), "me"); err != nil {
			b.Fatal(err)
		}
	}
}
func TestFileNames(t *testing.T) {
	long := "keys/" + strings.Repeat("%2f", 300)
	rows := []struct{ name, item, want string }{
		{"readable", "keys/prod", "keys~prod.item"},
		{"two levels", "session/me/abc", "session~me~abc.item"},
	}
	for _, row := range rows {
		if got := fileName(row.item); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	if got := fileName(long); len(got) > 255 || !strings.HasPrefix(got, hashedPrefix) {
		t.Errorf("a long name: %q", got)
	}
	if fileName("a~b") == fileName("a/b") {
		t.Error("two items share a file")
	}
}
