package secretservice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bustest"
)

const prefix = "hatstand: "

// login is the options that find the real keyring's collection.
func login() Options { return Options{Prefix: prefix, NoPrompts: true} }

func kindOf(err error) string {
	var e *backend.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return strings.TrimPrefix(e.Kind.Error(), "keyring ")
}

func wantKind(t *testing.T, err error, kind string) {
	t.Helper()
	if kindOf(err) != kind {
		t.Errorf("%v, want it %s", err, kind)
	}
}

func TestGnomeKeyring(t *testing.T) {
	b := bustest.Start(t)
	b.GnomeKeyring(t, "pw")
	c := New(b.Address, login())
	bustest.Contract(t, c)
	if c.session.key == nil {
		t.Error("secrets cross the bus as they are")
	}
	if name, err := c.Find(t.Context()); err != nil || name != "login" {
		t.Errorf("Find: %q, %v", name, err)
	}
	named := login()
	named.Collection = "login"
	bustest.Contract(t, New(b.Address, named))
}

func TestWithoutEncryption(t *testing.T) {
	b := bustest.Start(t)
	b.Secrets(t, "login")
	c := New(b.Address, login())
	bustest.Contract(t, c)
	if c.session.key != nil {
		t.Error("the stand-in knows encryption")
	}
}

// What other programs keep in the same collection is neither listed nor touched.
func TestOthersItems(t *testing.T) {
	b := bustest.Start(t)
	b.GnomeKeyring(t, "pw")
	theirs := New(b.Address, Options{})
	bustest.Set(t, theirs, "keys/p", "theirs")
	ours := New(b.Address, login())
	bustest.Set(t, ours, "keys/p", "ours")
	if err := ours.Remove(t.Context(), "keys/p"); err != nil {
		t.Fatal(err)
	}
	bustest.Get(t, theirs, "keys/p", "theirs")
	if names, err := ours.Keys(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
}

// Items that earlier versions stored, through the library, stay in use, and the way back is open.
func TestLibrarysItems(t *testing.T) {
	b := bustest.Start(t)
	b.GnomeKeyring(t, "pw")
	program := bustest.Library(t)
	library := func(args ...string) string {
		t.Helper()
		return b.Run(t, program, slices.Concat([]string{"secret-service", "login"}, args)...)
	}
	c := New(b.Address, login())
	library("set", prefix+"keys/p", "by the library")
	bustest.Get(t, c, "keys/p", "by the library")
	if names, err := c.Keys(t.Context()); err != nil || !slices.Equal(names, []string{"keys/p"}) {
		t.Errorf("%q, %v", names, err)
	}
	bustest.Set(t, c, "keys/p", "replaced")
	if got := library("get", prefix+"keys/p"); got != "replaced" {
		t.Errorf("the library reads %q", got)
	}
	if got := library("keys"); got != prefix+"keys/p\n" {
		t.Errorf("the library lists %q", got)
	}
	library("set", prefix+"keys/p", "again")
	bustest.Get(t, c, "keys/p", "again")
	if err := c.Remove(t.Context(), "keys/p"); err != nil {
		t.Error(err)
	}
	if got := library("keys"); got != "" {
		t.Errorf("the library lists %q", got)
	}
}

func TestCalls(t *testing.T) {
	b := bustest.Start(t)
	b.GnomeKeyring(t, "pw")
	names := []string{"a", "b", "c"}
	writer := New(b.Address, login())
	for _, name := range names {
		bustest.Set(t, writer, name, "x")
	}
	rows := []struct {
		claim string
		do    func(*Client) error
		want  string
	}{
		{"a read", func(c *Client) error { _, err := c.Get(t.Context(), "a"); return err }, "GetSecret Hello OpenSession SearchItems"},
		{"a read of what is not there", func(c *Client) error {
			if _, err := c.Get(t.Context(), "z"); !errors.Is(err, backend.ErrNotFound) {
				return err
			}
			_, err := c.openSession(t.Context()) // the one that the read began
			return err
		}, "Get Hello OpenSession SearchItems"},
		{"a batch of writes has one session and one call each", func(c *Client) error {
			for _, name := range names {
				bustest.Set(t, c, name, "y")
			}
			return nil
		}, "CreateItem CreateItem CreateItem Hello OpenSession"},
		{"a list reads no secret", func(c *Client) error { _, err := c.Keys(t.Context()); return err }, "Get Get Get Get Get Hello"},
		{"a removal reads no secret", func(c *Client) error { return c.Remove(t.Context(), "a") }, "Delete Hello SearchItems"},
		{"a client that is not used dials nothing", func(*Client) error { return nil }, ""},
	}
	for _, row := range rows {
		t.Run(row.claim, func(t *testing.T) {
			calls := b.Calls(t)
			if err := row.do(New(b.Address, login())); err != nil {
				t.Error(err)
			}
			if got := strings.Join(slices.Sorted(slices.Values(calls())), " "); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

func TestCollections(t *testing.T) {
	real := bustest.Start(t)
	real.GnomeKeyring(t, "pw")
	path := makeCollection(t, real, "My Other Keys")
	rows := []struct {
		claim, collection, found, err string
	}{
		{"by its label", "My Other Keys", nameOf(path), ""},
		{"by its path's name", nameOf(path), nameOf(path), ""},
		{"the default one", "", "login", ""},
		{"one that is not there: those that are", "nope", "", `there is no collection "nope"; those that are there: "Login", "My Other Keys"`},
	}
	for _, row := range rows {
		t.Run(row.claim, func(t *testing.T) {
			c := New(real.Address, Options{Prefix: prefix, Collection: row.collection})
			if name, err := c.Find(t.Context()); name != row.found || err != nil && !strings.HasSuffix(err.Error(), row.err) {
				t.Errorf("Find: %q, %v", name, err)
			}
			err := c.Set(t.Context(), bustest.Item("keys/p", "in "+row.found))
			if row.err == "" {
				if err != nil {
					t.Fatal(err)
				}
				bustest.Get(t, New(real.Address, Options{Prefix: prefix, Collection: row.collection}), "keys/p", "in "+row.found)
				return
			}
			wantKind(t, err, "absent")
			if !strings.HasSuffix(err.Error(), row.err) {
				t.Errorf("%v", err)
			}
		})
	}
	bustest.Get(t, New(real.Address, Options{Prefix: prefix, Collection: "login"}), "keys/p", "in login")
}

// makeCollection makes a second collection of the real keyring, without the dialog that would ask for its password.
func makeCollection(t *testing.T, b *bustest.Bus, label string) dbus.ObjectPath {
	t.Helper()
	conn := b.Connect(t)
	secrets := conn.Object(serviceName, servicePath)
	var none dbus.Variant
	var s, path dbus.ObjectPath
	if err := secrets.Call(serviceInterface+"OpenSession", 0, plain, dbus.MakeVariant("")).Store(&none, &s); err != nil {
		t.Fatal(err)
	}
	properties := map[string]dbus.Variant{collectionInterface + "Label": dbus.MakeVariant(label)}
	err := secrets.Call("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.CreateWithMasterPassword", 0, properties,
		secret{Session: s, Parameters: []byte{}, Value: []byte("pw"), ContentType: "text/plain"}).Store(&path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// https://github.com/keepassxreboot/keepassxc/issues/7575: one collection of another name, and no default.
func TestOneCollectionAndNoDefault(t *testing.T) {
	b := bustest.Start(t)
	s := b.Secrets(t, "Passwords")
	for _, call := range bustest.EachCall(t) {
		err := call(New(b.Address, login()))
		wantKind(t, err, "absent")
		var e *backend.Error
		if errors.As(err, &e); e == nil || e.Need != backend.NeedCollection || e.Subject != "The Passwords" || !strings.Contains(e.Error(), `"The Passwords"`) {
			t.Errorf("%v", err)
		}
	}
	for _, name := range []string{"Passwords", "The Passwords"} {
		bustest.Contract(t, New(b.Address, Options{Prefix: prefix, Collection: name}))
	}
	s.Set(func(s *bustest.Secrets) { s.Default = collectionRoot + "Passwords" })
	bustest.Contract(t, New(b.Address, login()))
}

func TestLocked(t *testing.T) {
	real := bustest.Start(t)
	keyring := real.GnomeKeyring(t, "pw")
	bustest.Set(t, New(real.Address, login()), "keys/p", "x")
	_ = keyring.Kill()
	_, _ = keyring.Wait()
	real.GnomeKeyring(t, "")
	standIn := bustest.Start(t)
	standIn.Secrets(t, "login").Set(func(s *bustest.Secrets) { s.Locked = true })
	for _, b := range []*bustest.Bus{real, standIn} {
		for _, collection := range []string{"", "login"} {
			for _, mayAsk := range []bool{false, true} {
				if b == standIn && mayAsk {
					continue // its dialog stays until it is answered
				}
				for i, call := range bustest.EachCall(t) {
					o := Options{Prefix: prefix, Collection: collection, NoPrompts: !mayAsk}
					start := time.Now()
					err := call(New(b.Address, o))
					var e *backend.Error
					if !errors.As(err, &e) || e.Kind != backend.Locked || e.Need != backend.NeedNothing ||
						!strings.Contains(e.Error(), `the collection "login" is locked`) {
						t.Errorf("call %d, %+v: %v", i, o, err)
					}
					if time.Since(start) > 4*time.Second {
						t.Errorf("call %d, %+v: it took %s", i, o, time.Since(start))
					}
				}
			}
		}
	}
}

func TestDialog(t *testing.T) {
	b := bustest.Start(t)
	s := b.Secrets(t, "login")
	asking := login()
	asking.NoPrompts = false
	lock := func(answer string) {
		s.Set(func(s *bustest.Secrets) { s.Locked, s.Answer = true, answer })
	}
	bustest.Set(t, New(b.Address, login()), "keys/p", "x")
	t.Run("answered, the call goes on", func(t *testing.T) {
		for i, call := range bustest.EachCall(t) {
			lock("unlock")
			if err := call(New(b.Address, asking)); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
	})
	t.Run("dismissed, the collection is locked", func(t *testing.T) {
		lock("dismiss")
		for _, call := range bustest.EachCall(t) {
			wantKind(t, call(New(b.Address, asking)), "locked")
		}
	})
	t.Run("nobody answers: it is taken away", func(t *testing.T) {
		lock("")
		before := s.Dismissed()
		o := asking
		o.DialogTimeout = 50 * time.Millisecond
		_, err := New(b.Address, o).Get(t.Context(), "keys/p")
		wantKind(t, err, "timed out")
		if s.Dismissed() != before+1 {
			t.Error("the dialog stays")
		}
	})
	t.Run("the caller has no more time: it is taken away", func(t *testing.T) {
		before := s.Dismissed()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := New(b.Address, asking).Get(ctx, "keys/p")
		wantKind(t, err, "timed out")
		if !errors.Is(err, context.DeadlineExceeded) || s.Dismissed() != before+1 {
			t.Errorf("%v", err)
		}
	})
	t.Run("the caller was told to end: it is taken away", func(t *testing.T) {
		before := s.Dismissed()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		if _, err := New(b.Address, asking).Get(ctx, "keys/p"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if s.Dismissed() != before+1 {
			t.Error("the dialog stays")
		}
	})
	t.Run("a removal that wants to be confirmed", func(t *testing.T) {
		s.Set(func(s *bustest.Secrets) { s.Locked, s.ConfirmRemoval, s.Answer = false, true, "unlock" })
		bustest.Set(t, New(b.Address, login()), "keys/p", "x")
		wantKind(t, New(b.Address, login()).Remove(t.Context(), "keys/p"), "locked")
		bustest.Get(t, New(b.Address, login()), "keys/p", "x")
		if err := New(b.Address, asking).Remove(t.Context(), "keys/p"); err != nil {
			t.Error(err)
		}
	})
}

func TestNobodyThere(t *testing.T) {
	empty := bustest.Start(t)
	for claim, address := range map[string]string{
		"no address": "", "no bus": "unix:path=/nonexistent/bus", "no program": empty.Address,
		"a bus that is not a socket of this machine": "tcp:host=127.0.0.1,port=9", "one that is to be started": "autolaunch:",
	} {
		t.Run(claim, func(t *testing.T) {
			for _, call := range bustest.EachCall(t) {
				wantKind(t, call(New(address, login())), "absent")
			}
		})
	}
}

// A service that was started again has forgotten the session; nothing of that looks like an empty keyring.
func TestRestarted(t *testing.T) {
	b := bustest.Start(t)
	keyring := b.GnomeKeyring(t, "pw")
	c := New(b.Address, login())
	bustest.Set(t, c, "keys/p", "x")
	bustest.Get(t, c, "keys/p", "x")
	_ = keyring.Kill()
	_, _ = keyring.Wait()
	_, err := c.Get(t.Context(), "keys/p")
	wantKind(t, err, "absent")
	b.GnomeKeyring(t, "pw")
	bustest.Get(t, c, "keys/p", "x")
	bustest.Set(t, c, "keys/p", "y")
	bustest.Get(t, c, "keys/p", "y")
}

func TestStopped(t *testing.T) {
	b := bustest.Start(t)
	keyring := b.GnomeKeyring(t, "pw")
	c := New(b.Address, Options{Prefix: prefix, Timeout: 100 * time.Millisecond})
	if err := keyring.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for _, call := range bustest.EachCall(t) {
		wantKind(t, call(c), "timed out")
	}
}

func TestSeal(t *testing.T) {
	ours, public, err := newKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	theirs, theirPublic, err := newKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	key, err := sharedKey(ours, theirPublic)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := sharedKey(theirs, public); err != nil || !bytes.Equal(key, other) {
		t.Errorf("%x and %x, %v", key, other, err)
	}
	s := &session{key: key}
	for size := range 40 {
		value := bytes.Repeat([]byte("x"), size)
		sealed, err := s.seal(value)
		if err != nil || len(value) > 0 && bytes.Contains(sealed.Value, value) && size > 3 {
			t.Fatalf("%x, %v", sealed.Value, err)
		}
		if opened, err := s.open(sealed); err != nil || !bytes.Equal(opened, value) {
			t.Errorf("%d bytes: %q, %v", size, opened, err)
		}
	}
	good, err := s.seal([]byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	for claim, spoil := range map[string]func(*secret){
		"no vector": func(v *secret) { v.Parameters = nil }, "no value": func(v *secret) { v.Value = nil },
		"half a block": func(v *secret) { v.Value = v.Value[:8] }, "other padding": func(v *secret) { v.Parameters = bytes.Repeat([]byte{0xff}, 16) },
	} {
		bad := good
		spoil(&bad)
		if opened, err := s.open(bad); err == nil {
			t.Errorf("%s: %q", claim, opened)
		}
	}
	for _, weak := range [][]byte{nil, {0}, {1}, prime().Bytes()} {
		if _, err := sharedKey(ours, weak); err == nil {
			t.Errorf("the public key %x is taken", weak)
		}
	}
}

func TestNames(t *testing.T) {
	rows := []struct{ path, name string }{
		{"login", "login"}, {"Default_5fkeyring", "Default_keyring"}, {"a_20b", "a b"}, {"_c3_a9", "é"},
		{"a_", "a_"}, {"a_2", "a_2"}, {"a_zz", "a_zz"}, {"", ""},
	}
	for _, row := range rows {
		if got := nameOf(dbus.ObjectPath(collectionRoot + row.path)); got != row.name {
			t.Errorf("nameOf(%q) = %q, want %q", row.path, got, row.name)
		}
		if path := pathOf(row.name); nameOf(path) != row.name || row.name != "" && !path.IsValid() {
			t.Errorf("pathOf(%q) = %q", row.name, path)
		}
	}
}
