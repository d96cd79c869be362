//go:build linux

// Package desktop opens the keyrings of Linux desktops by 99designs/keyring, and asks the session bus what that
// library does not: whether a collection is there, and whether it is locked, since to the library a locked or missing
// one looks empty.
package desktop

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"hatstand/cache/backend"
	"hatstand/cache/internal/library"
	"hatstand/cache/internal/sessionbus"
)

// init ends what sessionbus began before the keyring library's own init functions ran; it is the only
// one here, and package sessionbus says why there is one.
func init() { sessionbus.Settle() }

// Options say what to open, and how.
type Options struct {
	Collection string // of the Secret Service; "": login, or the one that the desktop calls its default
	Unasked    bool   // a keyring that would open a dialog is an error
	Timeout    time.Duration
}

const (
	secretsName     = "org.freedesktop.secrets"
	secretsPath     = dbus.ObjectPath("/org/freedesktop/secrets")
	collectionsPath = "/org/freedesktop/secrets/collection/"
	// loginCollection is the one the desktop unlocks at login.
	loginCollection = "login"
	// secretPrefix makes our items recognisable among others' in the desktop's own window, which shows
	// an item's name.
	secretPrefix = "hatstand: "

	kwalletName   = "org.kde.kwalletd5"
	kwalletPath   = dbus.ObjectPath("/modules/kwalletd5")
	kwalletWallet = "kdewallet"
)

// SessionBus is the connection that the library opened.
func SessionBus(name string) (*dbus.Conn, error) {
	if !slices.Contains(keyring.AvailableBackends(), keyring.SecretServiceBackend) {
		return nil, backend.NotThere(name, "there is no D-Bus session bus, or it does not answer")
	}
	return dbus.SessionBus()
}

// ProbeSecretService returns the name of the collection to use: the one asked for, else login, else the
// one that the desktop calls its default.
func ProbeSecretService(_ context.Context, o Options) (string, error) {
	asked := o.Collection
	bus, err := SessionBus("secret-service")
	if err != nil {
		return "", err
	}
	names, err := Collections(bus)
	if err != nil {
		return "", backend.NotThere("secret-service", "nobody answers for %s: %w", secretsName, err)
	}
	want := cmp.Or(asked, loginCollection)
	if slices.Contains(names, want) {
		return want, nil
	}
	var path dbus.ObjectPath
	if asked == "" {
		err := bus.Object(secretsName, secretsPath).Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&path)
		if name, ok := strings.CutPrefix(string(path), collectionsPath); err == nil && ok {
			return unescapePath(name), nil
		}
	}
	return "", backend.NotThere("secret-service", "there is no collection %q", want)
}

// Collections are the names of those that are there.
func Collections(bus *dbus.Conn) ([]string, error) {
	v, err := bus.Object(secretsName, secretsPath).GetProperty("org.freedesktop.Secret.Service.Collections")
	if err != nil {
		return nil, err
	}
	paths, ok := v.Value().([]dbus.ObjectPath)
	if !ok {
		return nil, errors.New("an answer of the wrong type")
	}
	var names []string
	for _, p := range paths {
		names = append(names, unescapePath(strings.TrimPrefix(string(p), collectionsPath)))
	}
	return names, nil
}

// unescapePath undoes the _xx that a D-Bus path has for what is not a letter or digit.
const hexDigits = "0123456789abcdef"

func unescapePath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && i+2 < len(s) {
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// CollectionLocked tells whether a collection is locked.
func CollectionLocked(name string) (bool, error) {
	bus, err := SessionBus("secret-service")
	if err != nil {
		return false, err
	}
	all, err := bus.Object(secretsName, secretsPath).GetProperty("org.freedesktop.Secret.Service.Collections")
	if err != nil {
		return false, backend.NotThere("secret-service", "nobody answers for %s: %w", secretsName, err)
	}
	paths, _ := all.Value().([]dbus.ObjectPath)
	for _, p := range paths {
		if unescapePath(strings.TrimPrefix(string(p), collectionsPath)) != name {
			continue
		}
		v, err := bus.Object(secretsName, p).GetProperty("org.freedesktop.Secret.Collection.Locked")
		if err != nil {
			return false, err
		}
		locked, _ := v.Value().(bool)
		return locked, nil
	}
	return false, backend.NotThere("secret-service", "there is no collection %q", name)
}

// OpenSecretService opens a collection.
func OpenSecretService(ctx context.Context, o Options) (*backend.Opened, error) {
	if _, err := SessionBus("secret-service"); err != nil {
		return nil, err
	}
	name := cmp.Or(o.Collection, loginCollection)
	opened, err := backend.Within(ctx, o.Timeout, &backend.Opened{}, func() (backend.Keyring, error) {
		ring, err := library.Open(keyring.SecretServiceBackend, keyring.Config{LibSecretCollectionName: name})
		if errors.Is(err, library.ErrNotOpened) {
			err = backend.NotThere("secret-service", "nobody answers for %s", secretsName)
		}
		return ring, err
	})
	if err != nil {
		return nil, backend.OpenTimedOut("secret-service", o.Timeout, err)
	}
	locked := func() (bool, error) {
		return backend.Within(context.Background(), time.Second, &backend.Opened{}, func() (bool, error) { return CollectionLocked(name) })
	}
	isLocked := func() bool { l, err := locked(); return err == nil && l }
	var ring backend.Keyring = prefixed{opened, secretPrefix}
	if o.Unasked {
		ring = guarded{ring, func() error {
			l, err := locked()
			if err == nil && l {
				err = backend.WouldAsk("secret-service", "open", "the collection %q is locked", name)
			}
			return err
		}}
	}
	return &backend.Opened{
		Name: "secret-service", Keyring: ring, Waiting: isLocked,
		WhyMissing: func(context.Context, string) error {
			l, err := locked()
			if err == nil && l {
				err = backend.WouldAsk("secret-service", "read", "the collection %q is locked", name)
			}
			return err
		},
		KindOf: func(error) backend.Kind {
			if isLocked() {
				return backend.Locked
			}
			return backend.Failed
		},
	}, nil
}

// ProbeKWallet does not open the wallet: that is a dialog. A wallet service that does not run is not
// started, since it comes installed with other programs on desktops that do not use it.
func ProbeKWallet(context.Context, Options) (string, error) {
	bus, err := SessionBus("kwallet")
	if err != nil {
		return "", err
	}
	var runs, enabled bool
	if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, kwalletName).Store(&runs); err != nil {
		return "", err
	}
	if !runs {
		return "", backend.NotThere("kwallet", "%s does not run", kwalletName)
	}
	if err := bus.Object(kwalletName, kwalletPath).Call("org.kde.KWallet.isEnabled", 0).Store(&enabled); err != nil {
		return "", err
	}
	if !enabled {
		return "", backend.NotThere("kwallet", "KWallet is switched off")
	}
	return "", nil
}

// OpenKWallet opens the default wallet.
func OpenKWallet(ctx context.Context, o Options) (*backend.Opened, error) {
	bus, err := SessionBus("kwallet")
	if err != nil {
		return nil, err
	}
	isOpen := func() (open bool, err error) {
		err = bus.Object(kwalletName, kwalletPath).Call("org.kde.KWallet.isOpen", 0, kwalletWallet).Store(&open)
		return open, err
	}
	if o.Unasked {
		open, err := backend.Within(ctx, o.Timeout, &backend.Opened{}, isOpen)
		if err == nil && !open {
			err = backend.WouldAsk("kwallet", "open", "the wallet is closed")
		}
		if err != nil {
			return nil, backend.OpenTimedOut("kwallet", o.Timeout, err)
		}
	}
	limit := o.Timeout
	if !o.Unasked { // a closed wallet shows its dialog
		limit = max(limit, backend.DialogTimeout)
	}
	ring, err := backend.Within(ctx, limit, &backend.Opened{}, func() (backend.Keyring, error) {
		// The default wallet: another one would have a passphrase of its own.
		ring, err := library.Open(keyring.KWalletBackend, keyring.Config{ServiceName: kwalletWallet, KWalletAppID: library.Service, KWalletFolder: library.Service})
		if errors.Is(err, library.ErrNotOpened) {
			err = backend.NotThere("kwallet", "nobody answers for %s", kwalletName)
		}
		return ring, err
	})
	if err != nil {
		return nil, backend.OpenTimedOut("kwallet", limit, err)
	}
	return &backend.Opened{
		Name: "kwallet", Keyring: ring, MayAsk: !o.Unasked,
		WhyMissing: func(context.Context, string) error { // a wallet that stays closed looks empty
			open, err := isOpen()
			if err == nil && !open {
				err = backend.WouldAsk("kwallet", "read", "the wallet is closed")
			}
			return err
		},
	}, nil
}

// guarded looks before each call, where a locked keyring would open a dialog.
type guarded struct {
	backend.Keyring
	look func() error
}

func (k guarded) Get(ctx context.Context, name string) ([]byte, error) {
	if err := k.look(); err != nil {
		return nil, err
	}
	return k.Keyring.Get(ctx, name)
}

func (k guarded) Set(ctx context.Context, it backend.Item) error {
	if err := k.look(); err != nil {
		return err
	}
	return k.Keyring.Set(ctx, it)
}

func (k guarded) Remove(ctx context.Context, name string) error {
	if err := k.look(); err != nil {
		return err
	}
	return k.Keyring.Remove(ctx, name)
}

func (k guarded) Keys(ctx context.Context) ([]string, error) {
	if err := k.look(); err != nil {
		return nil, err
	}
	return k.Keyring.Keys(ctx)
}

// prefixed keeps our items apart in a keyring that is shared with other programs.
type prefixed struct {
	backend.Keyring
	prefix string
}

func (k prefixed) Get(ctx context.Context, name string) ([]byte, error) {
	return k.Keyring.Get(ctx, k.prefix+name)
}

func (k prefixed) Set(ctx context.Context, it backend.Item) error {
	it.Name = k.prefix + it.Name
	return k.Keyring.Set(ctx, it)
}

func (k prefixed) Remove(ctx context.Context, name string) error {
	return k.Keyring.Remove(ctx, k.prefix+name)
}

func (k prefixed) Keys(ctx context.Context) ([]string, error) {
	names, err := k.Keyring.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, n := range names {
		if rest, ok := strings.CutPrefix(n, k.prefix); ok {
			ours = append(ours, rest)
		}
	}
	return ours, nil
}

// KWallets are the names of the wallets that are there.
func KWallets(bus *dbus.Conn) ([]string, error) {
	var wallets []string
	err := bus.Object(kwalletName, kwalletPath).Call("org.kde.KWallet.wallets", 0).Store(&wallets)
	return wallets, err
}
