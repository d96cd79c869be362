package kwallet

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha512"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bustest"
)

func options() Options {
	return Options{Wallet: "kdewallet", App: "hatstand", Folder: "hatstand", NoPrompts: true}
}

func asking() Options {
	o := options()
	o.NoPrompts = false
	return o
}

func wantKind(t *testing.T, err error, kind backend.Kind) {
	t.Helper()
	var e *backend.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Errorf("%v, want kind %d", err, kind)
	}
}

func TestKWallet6(t *testing.T) {
	b := bustest.Start(t)
	b.KWallet6(t)
	for _, o := range []Options{options(), asking()} {
		bustest.Contract(t, New(b.Address, o))
	}
	if names, err := New(b.Address, options()).Wallets(t.Context()); err != nil || !slices.Equal(names, []string{"kdewallet"}) {
		t.Errorf("%q, %v", names, err)
	}
}

// kwallet5 starts the real kwalletd5, whose wallet is opened without a window, as the desktop's login does.
func kwallet5(t *testing.T, b *bustest.Bus) {
	t.Helper()
	mkdir := func(name string) {
		if err := os.MkdirAll(filepath.Join(b.Home, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(b.Home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mkdir(".config")
	mkdir(".local/share/kwalletd")
	write(".config/kwalletrc", "[Wallet]\nEnabled=true\nFirst Use=false\nPrompt on Open=false\n")
	// KWallet's own parameters: pam-kwallet computes the same.
	salt := strings.Repeat("salt-for-tests", 4)
	write(".local/share/kwalletd/kdewallet.salt", salt)
	hash, err := pbkdf2.Key(sha512.New, "pw", []byte(salt), 50000, 56)
	if err != nil {
		t.Fatal(err)
	}
	b.KWallet5(t)
	service := services()[1]
	if err := b.Connect(t).Object(service.Service, service.Path).Call(walletInterface+"pamOpen", 0, "kdewallet", hash, int32(0)).Err; err != nil {
		t.Fatal(err)
	}
}

func TestRealKWallet5(t *testing.T) {
	b := bustest.Start(t)
	kwallet5(t, b)
	for _, o := range []Options{options(), asking()} {
		bustest.Contract(t, New(b.Address, o))
	}
}

// Entries that earlier versions stored, through the library, stay in use, and the way back is open.
func TestLibrarysEntries(t *testing.T) {
	b := bustest.Start(t)
	kwallet5(t, b)
	program := bustest.Library(t)
	library := func(args ...string) string {
		t.Helper()
		return b.Run(t, program, slices.Concat([]string{"kwallet", "kdewallet"}, args)...)
	}
	c := New(b.Address, options())
	library("set", "keys/p", "by the library")
	bustest.Get(t, c, "keys/p", "by the library")
	bustest.Set(t, c, "keys/p", "replaced")
	if got := library("get", "keys/p"); got != "replaced" {
		t.Errorf("the library reads %q", got)
	}
	if got := library("keys"); got != "keys/p\n" {
		t.Errorf("the library lists %q", got)
	}
	if err := c.Remove(t.Context(), "keys/p"); err != nil {
		t.Error(err)
	}
	if got := library("keys"); got != "" {
		t.Errorf("the library lists %q", got)
	}
}

// Where both services run, the newer one is used.
func TestBothServices(t *testing.T) {
	b := bustest.Start(t)
	kwallet5(t, b)
	bustest.Set(t, New(b.Address, options()), "keys/p", "in 5")
	b.KWallet6(t)
	c := New(b.Address, options())
	if _, err := c.Get(t.Context(), "keys/p"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestCalls(t *testing.T) {
	six, five := bustest.Start(t), bustest.Start(t)
	six.KWallet6(t)
	kwallet5(t, five)
	for b, want := range map[*bustest.Bus]string{six: "Hello isOpen open readEntry", five: "Hello isOpen isOpen open readEntry"} {
		bustest.Set(t, New(b.Address, options()), "keys/p", "x")
		calls := b.Calls(t)
		bustest.Get(t, New(b.Address, options()), "keys/p", "x")
		got := slices.DeleteFunc(calls(), func(m string) bool { return !strings.Contains(want, m) }) // kwalletd's own are left out
		if strings.Join(got, " ") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestClosed(t *testing.T) {
	b := bustest.Start(t)
	w := b.KWallet6(t)
	bustest.Set(t, New(b.Address, options()), "keys/p", "x")
	closed := func(dialog time.Duration, answer bool) {
		w.Set(func(w *bustest.Wallet) { w.Closed, w.Dialog, w.Answer = true, dialog, answer })
	}
	t.Run("nobody may be asked: an error, and no dialog", func(t *testing.T) {
		closed(time.Hour, false)
		for _, call := range bustest.EachCall(t) {
			wantKind(t, call(New(b.Address, options())), backend.Locked)
		}
	})
	t.Run("answered, the call goes on", func(t *testing.T) {
		for i, call := range bustest.EachCall(t) {
			closed(30*time.Millisecond, true)
			if err := call(New(b.Address, asking())); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
	})
	t.Run("dismissed, it is closed", func(t *testing.T) {
		closed(0, false)
		for _, call := range bustest.EachCall(t) {
			wantKind(t, call(New(b.Address, asking())), backend.Locked)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		closed(time.Minute, false)
		o := asking()
		o.Timeout, o.DialogTimeout = 50*time.Millisecond, 100*time.Millisecond
		_, err := New(b.Address, o).Get(t.Context(), "keys/p")
		wantKind(t, err, backend.TimedOut)
	})
	t.Run("the caller was told to end", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := New(b.Address, asking()).Get(ctx, "keys/p"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("closed while a client has it open, it is opened again", func(t *testing.T) {
		w.Set(func(w *bustest.Wallet) { w.Closed = false })
		bustest.Set(t, New(b.Address, options()), "keys/p", "x")
		clients := []*Client{New(b.Address, options()), New(b.Address, asking())}
		for _, c := range clients {
			bustest.Get(t, c, "keys/p", "x")
		}
		closed(0, true)
		_, err := clients[0].Get(t.Context(), "keys/p")
		wantKind(t, err, backend.Locked)
		bustest.Get(t, clients[1], "keys/p", "x")
	})
}

func TestProbe(t *testing.T) {
	b := bustest.Start(t)
	wantKind(t, New(b.Address, options()).Probe(t.Context()), backend.Absent)
	w := b.KWallet6(t)
	w.Set(func(w *bustest.Wallet) { w.Closed = true })
	if err := New(b.Address, options()).Probe(t.Context()); err != nil {
		t.Error(err)
	}
	w.Set(func(w *bustest.Wallet) { w.Disabled = true })
	err := New(b.Address, options()).Probe(t.Context())
	var e *backend.Error
	if !errors.As(err, &e) || e.Kind != backend.Absent || e.Need != backend.NeedSwitchOn {
		t.Errorf("%+v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	empty := bustest.Start(t)
	for claim, address := range map[string]string{"no address": "", "no bus": "unix:path=/nonexistent/bus", "no program": empty.Address} {
		t.Run(claim, func(t *testing.T) {
			for _, call := range bustest.EachCall(t) {
				wantKind(t, call(New(address, asking())), backend.Absent)
			}
		})
	}
}
