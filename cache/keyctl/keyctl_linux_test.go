package keyctl

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bustest"
)

// newKeyring is one that no other test or program has.
func newKeyring(t *testing.T) (k *Keyring, name string) {
	t.Helper()
	name = fmt.Sprintf("hatstand-test-%d-%s", os.Getpid(), t.Name())
	if _, err := Open(name); !errors.Is(err, backend.ErrNotFound) {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skipf("the kernel forbids keyrings here: %v", err)
	}
	if _, err := Make(name); err != nil {
		t.Fatal(err)
	}
	k, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, k.id, unix.KEY_SPEC_USER_KEYRING, 0, 0) })
	return k, name
}

func TestKeyring(t *testing.T) {
	k, _ := newKeyring(t)
	ctx := t.Context()
	for _, data := range [][]byte{[]byte("x"), bytes.Repeat([]byte("0123456789"), 1000), {0, 255}} {
		if err := k.Set(ctx, backend.Item{Name: "keys/p", Data: data}); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Get(ctx, "keys/p"); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := k.Set(ctx, backend.Item{Name: "keys/q", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if names, err := k.Keys(ctx); err != nil || !slices.Equal(slices.Sorted(slices.Values(names)), []string{"keys/p", "keys/q"}) {
		t.Errorf("%q, %v", names, err)
	}
	for range 2 {
		for _, name := range []string{"keys/p", "keys/q"} {
			_ = k.Remove(ctx, name)
		}
	}
	if names, err := k.Keys(ctx); err != nil || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := k.Get(ctx, "keys/p"); !errors.Is(err, backend.ErrNotFound) {
		t.Error(err)
	}
	if err := k.Remove(ctx, "keys/p"); !errors.Is(err, backend.ErrNotFound) {
		t.Error(err)
	}
}

// Those who write at once do not disturb one another.
func TestWritersAtOnce(t *testing.T) {
	k, _ := newKeyring(t)
	ctx := t.Context()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				name := fmt.Sprint("item", i)
				data := []byte(fmt.Sprint(i, j))
				if err := k.Set(ctx, backend.Item{Name: name, Data: data}); err != nil {
					t.Error(err)
				}
				if got, err := k.Get(ctx, name); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if names, err := k.Keys(ctx); err != nil || len(names) != 8 {
		t.Errorf("%q, %v", names, err)
	}
}

// Items that earlier versions stored, through the library, stay in use, and the way back is open.
func TestLibrarysItems(t *testing.T) {
	k, name := newKeyring(t)
	program := bustest.Library(t)
	library := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(program, slices.Concat([]string{"keyctl", name}, args)...)
		cmd.Env = []string{"DBUS_SESSION_BUS_ADDRESS=none:"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	library("set", "keys/p", "by the library")
	if got, err := k.Get(t.Context(), "keys/p"); err != nil || string(got) != "by the library" {
		t.Errorf("%q, %v", got, err)
	}
	if err := k.Set(t.Context(), backend.Item{Name: "keys/p", Data: []byte("replaced")}); err != nil {
		t.Fatal(err)
	}
	if got := library("get", "keys/p"); got != "replaced" {
		t.Errorf("the library reads %q", got)
	}
	if got := library("keys"); got != "keys/p\n" {
		t.Errorf("the library lists %q", got)
	}
}
