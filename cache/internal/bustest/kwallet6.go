package bustest

import (
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// Wallet is a stand-in for org.kde.kwalletd6, which comes with a desktop that tests cannot install.
type Wallet struct {
	mu sync.Mutex
	// Closed: the wallet kdewallet is closed.
	Closed bool
	// Dialog is how long the dialog of a closed wallet stays; then it is answered as Answer says.
	Dialog time.Duration
	Answer bool
	// Disabled: the user has switched KWallet off.
	Disabled bool

	entries map[string]map[string][]byte
}

// KWallet6 puts the stand-in on the bus.
func (b *Bus) KWallet6(t testing.TB) *Wallet {
	t.Helper()
	w := &Wallet{entries: map[string]map[string][]byte{}}
	// isOpen takes a wallet's name or a handle, and the library knows one method of a name.
	conn := b.Connect(t, dbus.WithIncomingInterceptor(func(m *dbus.Message) {
		if len(m.Body) == 1 && m.Body[0] == walletHandle {
			m.Headers[dbus.FieldMember] = dbus.MakeVariant("isOpenHandle")
		}
	}))
	names := map[string]string{}
	for _, name := range []string{"IsOpen", "IsOpenHandle", "IsEnabled", "Open", "ReadEntry", "WriteEntry", "RemoveEntry", "HasEntry", "EntryList", "Wallets"} {
		names[name] = string(name[0]+'a'-'A') + name[1:]
	}
	if err := conn.ExportWithMap(walletMethods{w}, names, "/modules/kwalletd6", "org.kde.KWallet"); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName("org.kde.kwalletd6", dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name is taken: %v %v", reply, err)
	}
	return w
}

// Set changes the stand-in.
func (w *Wallet) Set(change func(*Wallet)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

const walletHandle = int32(7)

type walletMethods struct{ w *Wallet }

func (m walletMethods) IsOpen(name string) (bool, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	return !m.w.Closed && name == "kdewallet", nil
}

func (m walletMethods) IsOpenHandle(handle int32) (bool, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	return m.opened(handle), nil
}

func (m walletMethods) IsEnabled() (bool, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	return !m.w.Disabled, nil
}

func (m walletMethods) Open(name string, _ int64, _ string) (int32, *dbus.Error) {
	m.w.mu.Lock()
	closed, dialog := m.w.Closed, m.w.Dialog
	m.w.mu.Unlock()
	if closed {
		time.Sleep(dialog)
	}
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	if name != "kdewallet" || closed && !m.w.Answer {
		return -1, nil
	}
	m.w.Closed = false
	return walletHandle, nil
}

// opened tells whether a handle is good: kwalletd answers a bad one as an empty wallet does.
func (m walletMethods) opened(handle int32) bool { return !m.w.Closed && handle == walletHandle }

func (m walletMethods) ReadEntry(handle int32, folder, key, _ string) ([]byte, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	if !m.opened(handle) {
		return []byte{}, nil
	}
	return append([]byte{}, m.w.entries[folder][key]...), nil
}

func (m walletMethods) WriteEntry(handle int32, folder, key string, value []byte, _ string) (int32, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	if !m.opened(handle) {
		return -1, nil
	}
	if m.w.entries[folder] == nil {
		m.w.entries[folder] = map[string][]byte{}
	}
	m.w.entries[folder][key] = value
	return 0, nil
}

func (m walletMethods) RemoveEntry(handle int32, folder, key, _ string) (int32, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	if !m.opened(handle) {
		return -1, nil
	}
	if _, ok := m.w.entries[folder][key]; !ok {
		return -3, nil
	}
	delete(m.w.entries[folder], key)
	return 0, nil
}

func (m walletMethods) HasEntry(handle int32, folder, key, _ string) (bool, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	_, ok := m.w.entries[folder][key]
	return ok && m.opened(handle), nil
}

func (m walletMethods) EntryList(handle int32, folder, _ string) ([]string, *dbus.Error) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	names := []string{}
	if m.opened(handle) {
		for name := range m.w.entries[folder] {
			names = append(names, name)
		}
	}
	return names, nil
}

func (m walletMethods) Wallets() ([]string, *dbus.Error) { return []string{"kdewallet"}, nil }
