package cache

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// kwalletd starts this world's wallet service and is a shell's way to call it. One that the bus starts would hold
// the bus's stderr.
const kwalletd = `kwallet() { dbus-send --session --print-reply --dest=org.kde.kwalletd5 /modules/kwalletd5 "org.kde.KWallet.$@" >/dev/null; }
kwalletd5 >/dev/null 2>&1 &
until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.kde.kwalletd5 | grep -q true; do sleep 0.05; done
`

// needKWallet is a world whose wallet opens by the passphrase pw; open is the shell's way to open it, and to make
// it at first, without a window, as the desktop's login does.
func needKWallet(t *testing.T) (w *world, open string) {
	t.Helper()
	w = newWorld(t)
	need(t, "dbus-run-session", "dbus")
	need(t, "kwalletd5", "libkf5wallet-bin")
	w.env = append(w.env, "QT_QPA_PLATFORM=offscreen", "XDG_CURRENT_DESKTOP=KDE")
	mkdir(t, w.dir, ".config", 0o700)
	mkdir(t, w.dir, ".local/share/kwalletd", 0o700)
	write(t, filepath.Join(w.dir, ".config/kwalletrc"), "[Wallet]\nEnabled=true\nFirst Use=false\nPrompt on Open=false\n")
	// KWallet's own parameters: pam-kwallet computes the same.
	salt := strings.Repeat("salt-for-tests", 4)
	write(t, filepath.Join(w.dir, ".local/share/kwalletd/kdewallet.salt"), salt)
	hash, err := pbkdf2.Key(sha512.New, "pw", []byte(salt), 50000, 56)
	if err != nil {
		t.Fatal(err)
	}
	bytes := make([]string, len(hash))
	for i, b := range hash {
		bytes[i] = strconv.Itoa(int(b))
	}
	return w, kwalletd + "kwallet pamOpen string:kdewallet array:byte:" + strings.Join(bytes, ",") + " int32:0\n"
}

// putIntoWallet has the test program keep keys, and the service write its wallet.
func (w *world) putIntoWallet(open string) {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := w.run("dbus-run-session", "--", "sh", "-ec", open+`env `+childRole+`=put "$@"
kwallet close string:kdewallet boolean:true`, "sh", self, "kwallet", w.dir)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
}

// A meeting is what the test program says in a role, on a bus with what the shell line started.
type meeting struct{ claim, first, role, want string }

func (w *world) meets(t *testing.T, all []meeting) {
	for _, m := range all {
		t.Run(m.claim, func(t *testing.T) {
			out, err := w.onBus(m.first, m.role, "kwallet", w.dir)
			if err != nil {
				out += err.Error()
			}
			if !strings.Contains(out, m.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestRealKWallet(t *testing.T) {
	t.Parallel()
	w, open := needKWallet(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.run("dbus-run-session", "--", "sh", "-c", open+`exec env `+inWorld+`=kwallet "$0" -test.run '^TestInWorld$' -test.v`, self)
	if err != nil || !strings.Contains(out, "--- PASS: TestInWorld") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestKWalletTroubles(t *testing.T) {
	t.Parallel()
	w, open := needKWallet(t)
	w.putIntoWallet(open)
	w.meets(t, []meeting{
		{"what one process kept another one reads", open, "get", "keys: <nil>\nsession: not in the keyring\nlist: <nil>\n"},
		{"a service that does not run is not started", "", "probe", "kwallet: [absent]"},
		{"closed, where nothing may be asked", kwalletd, "unasked", "[locked]"},
	})
}

// TestKWalletPrompt meets the wallet's own dialog, on a display of its own.
func TestKWalletPrompt(t *testing.T) {
	t.Parallel()
	w, open := needKWallet(t)
	need(t, "xdotool", "xdotool")
	w.putIntoWallet(open)
	w.env = append(w.env, "DISPLAY="+newDisplay(t), "QT_QPA_PLATFORM=xcb")
	answer := func(keys string) string {
		return kwalletd + `(until xdotool search --onlyvisible --name . >/dev/null 2>&1; do sleep 0.05; done
while xdotool search --onlyvisible --name . >/dev/null 2>&1; do ` + keys + `; sleep 0.5; done) &
`
	}
	w.meets(t, []meeting{
		{"answered, it opens", answer("xdotool key ctrl+a; xdotool type pw; xdotool key Return"), "get", "keys: <nil>\nsession: not in the keyring\nlist: <nil>\n"},
		{"cancelled, the wallet is closed", answer("xdotool key Escape"), "one", "[locked] "},
		{"nobody answers: it waits no longer than the caller does", kwalletd, "hurried", "[timed out] "},
	})
}
