package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// countingStore opens the file store in a folder as a process of its own does; each question adds a
// byte to the file "asked".
func countingStore(data, passphrase string) (store, *Keyring) {
	s, ring := newProcess(data, kernelKeyring{}, &asker{})
	ring.passphrase = func(context.Context, backend.PassphraseRequest) (string, error) {
		f, err := os.OpenFile(filepath.Join(data, "asked"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return "", err
		}
		_, err = f.WriteString("?")
		return passphrase, errors.Join(err, f.Close())
	}
	return s, ring
}

// childWrite writes and reads the item x COUNT times, with values of one repeated letter.
func childWrite(args []string) error {
	_, ring := countingStore(args[0], "pw")
	count, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	value := bytes.Repeat([]byte(args[1]), 5000+int(args[1][0]))
	for range count {
		if err := ring.Set(context.Background(), backend.Item{Name: "x", Data: value}); err != nil {
			return err
		}
		data, err := ring.Get(context.Background(), "x")
		if err != nil {
			return err
		}
		if letter := data[0]; len(data) != 5000+int(letter) || bytes.Count(data, data[:1]) != len(data) {
			return fmt.Errorf("half an item: %d bytes that begin with %c", len(data), letter)
		}
	}
	return nil
}

// childUnlock stores an item of its own, which makes or unlocks the store.
func childUnlock(args []string) error {
	s, _ := countingStore(args[0], "pw")
	return s.PutSeed(context.Background(), args[1], "SEED")
}

func needKernelKeyring(t testing.TB) {
	t.Helper()
	k := kernelKeyring{}
	name := "hatstand:test:" + strconv.Itoa(os.Getpid())
	if err := k.save(name, make([]byte, keySize), unlockedFor); err != nil {
		t.Skipf("the kernel keyring is not to be had here: %v", err)
	}
	if _, err := k.load(name); err != nil {
		t.Fatal(err)
	}
	if err := k.drop(name); err != nil {
		t.Fatal(err)
	}
	if _, err := k.load(name); !errors.Is(err, errNoKey) {
		t.Fatalf("after drop: %v", err)
	}
}

func asked(t *testing.T, data string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, "asked"))
	if err != nil {
		t.Fatal(err)
	}
	return len(b)
}

func forgetAtEnd(t *testing.T, data string) {
	_, ring := countingStore(data, "pw")
	t.Cleanup(func() { _ = ring.forget(context.Background()) })
}

func TestManyProcessesOneItem(t *testing.T) {
	needKernelKeyring(t)
	data := t.TempDir()
	forgetAtEnd(t, data)
	var wg sync.WaitGroup
	for i := range 8 {
		cmd := child(t.Context(), t, "write", data, string(rune('a'+i)), "25")
		wg.Go(func() {
			if _, err := run(t, cmd); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := asked(t, data); n != 1 {
		t.Errorf("asked %d times", n)
	}
	entries, _ := os.ReadDir(filepath.Join(data, "keyring"))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), folder.TempPrefix) {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

func TestManyProcessesAtOnceAskOnce(t *testing.T) {
	needKernelKeyring(t)
	const processes = 50
	data := t.TempDir()
	forgetAtEnd(t, data)
	all := func() {
		var wg sync.WaitGroup
		for i := range processes {
			cmd := child(t.Context(), t, "unlock", data, fmt.Sprintf("s%03d", i))
			wg.Go(func() {
				if _, err := run(t, cmd); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	all() // none of them finds a store
	if n := asked(t, data); n != 1 {
		t.Errorf("making the store: asked %d times", n)
	}
	s, _ := countingStore(data, "pw")
	if err := s.lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	all() // all of them find it locked
	if n := asked(t, data); n != 2 {
		t.Errorf("after lock: asked %d times in all, want 2", n)
	}
	seeds, err := s.names()
	if err != nil || len(seeds) != processes {
		t.Fatalf("%d seeds, %v", len(seeds), err)
	}
	for _, serial := range seeds {
		if seed, err := s.get(t.Context(), serial); err != nil || seed != "SEED" {
			t.Errorf("%s: %v", serial, err)
		}
	}
}

// TestUnlockedKeyWithoutPossession reads the waiting key as cron does: with a session keyring that is
// not linked to the user's.
func TestUnlockedKeyWithoutPossession(t *testing.T) {
	needKernelKeyring(t)
	keyctl := need(t, "keyctl", "keyutils")
	data := t.TempDir()
	forgetAtEnd(t, data)
	s, _ := countingStore(data, "pw")
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	cmd := child(t.Context(), t, "unlock", data, "t")
	cmd.Args = slices.Concat([]string{keyctl, "session", "-", cmd.Path}, cmd.Args[1:])
	cmd.Path = keyctl
	if _, err := run(t, cmd); err != nil {
		t.Fatal(err)
	}
	if n := asked(t, data); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
