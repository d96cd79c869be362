package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"hatstand/cache/internal/sessionbus"
)

// init ends what sessionbus began before the keyring library's own init functions ran; it is the only
// one here, and package sessionbus says why there is one.
func init() { sessionbus.Settle() }

// The questions that 99designs/keyring does not put to the session bus: whether a collection is there
// and locked, since to it a locked or missing collection looks empty. They use the connection that it
// opened.

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

func sessionBus(backend string) (*dbus.Conn, error) {
	if !slices.Contains(keyring.AvailableBackends(), keyring.SecretServiceBackend) {
		return nil, absent(backend, "there is no D-Bus session bus, or it does not answer")
	}
	return dbus.SessionBus()
}

// findCollection returns the name of the collection to use: the one asked for, else login, else the
// one that the desktop calls its default.
func findCollection(asked string) (string, error) {
	bus, err := sessionBus("secret-service")
	if err != nil {
		return "", err
	}
	names, err := collections(bus)
	if err != nil {
		return "", absent("secret-service", "nobody answers for %s: %w", secretsName, err)
	}
	want := cmpOr(asked, loginCollection)
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
	return "", absent("secret-service", "there is no collection %q", want)
}

func collections(bus *dbus.Conn) ([]string, error) {
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

func collectionLocked(name string) (bool, error) {
	bus, err := sessionBus("secret-service")
	if err != nil {
		return false, err
	}
	all, err := bus.Object(secretsName, secretsPath).GetProperty("org.freedesktop.Secret.Service.Collections")
	if err != nil {
		return false, absent("secret-service", "nobody answers for %s: %w", secretsName, err)
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
	return false, absent("secret-service", "there is no collection %q", name)
}

func openSecretService(ctx context.Context, o Options) (*backend, error) {
	if _, err := sessionBus("secret-service"); err != nil {
		return nil, err
	}
	name := cmpOr(o.Collection, loginCollection)
	ring, err := within(ctx, o.Timeout, &backend{}, func() (keyring.Keyring, error) {
		ring, err := openRing(keyring.SecretServiceBackend, keyring.Config{LibSecretCollectionName: name})
		if errors.Is(err, errNotOpened) {
			err = absent("secret-service", "nobody answers for %s", secretsName)
		}
		return ring, err
	})
	if err != nil {
		return nil, timedOut("secret-service", o.Timeout, err)
	}
	locked := func() (bool, error) {
		return within(context.Background(), time.Second, &backend{}, func() (bool, error) { return collectionLocked(name) })
	}
	isLocked := func() bool { l, err := locked(); return err == nil && l }
	ring = prefixed{ring, secretPrefix}
	if o.Unasked {
		ring = guarded{ring, func() error {
			l, err := locked()
			if err == nil && l {
				err = nothingAsked("secret-service", "open", "the collection %q is locked", name)
			}
			return err
		}}
	}
	return &backend{
		name: "secret-service", ring: ring, waiting: isLocked,
		missed: func(keyring.Keyring, string) error {
			l, err := locked()
			if err == nil && l {
				err = &UnavailableError{Backend: "secret-service", Op: "read", Cause: Locked, Err: fmt.Errorf("the collection %q is locked", name)}
			}
			return err
		},
		why: func(error) Cause {
			if isLocked() {
				return Locked
			}
			return Failed
		},
	}, nil
}

// probeKWallet does not open the wallet: that is a dialog. A wallet service that does not run is not
// started, since it comes installed with other programs on desktops that do not use it.
func probeKWallet() error {
	bus, err := sessionBus("kwallet")
	if err != nil {
		return err
	}
	var runs, enabled bool
	if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, kwalletName).Store(&runs); err != nil {
		return err
	}
	if !runs {
		return absent("kwallet", "%s does not run", kwalletName)
	}
	if err := bus.Object(kwalletName, kwalletPath).Call("org.kde.KWallet.isEnabled", 0).Store(&enabled); err != nil {
		return err
	}
	if !enabled {
		return absent("kwallet", "KWallet is switched off")
	}
	return nil
}

func openKWallet(ctx context.Context, o Options) (*backend, error) {
	bus, err := sessionBus("kwallet")
	if err != nil {
		return nil, err
	}
	isOpen := func() (open bool, err error) {
		err = bus.Object(kwalletName, kwalletPath).Call("org.kde.KWallet.isOpen", 0, kwalletWallet).Store(&open)
		return open, err
	}
	if o.Unasked {
		open, err := within(ctx, o.Timeout, &backend{}, isOpen)
		if err == nil && !open {
			err = nothingAsked("kwallet", "open", "the wallet is closed")
		}
		if err != nil {
			return nil, timedOut("kwallet", o.Timeout, err)
		}
	}
	limit := o.Timeout
	if !o.Unasked { // a closed wallet shows its dialog
		limit = max(limit, dialogTimeout)
	}
	ring, err := within(ctx, limit, &backend{}, func() (keyring.Keyring, error) {
		// The default wallet: another one would have a passphrase of its own.
		ring, err := openRing(keyring.KWalletBackend, keyring.Config{ServiceName: kwalletWallet, KWalletAppID: service, KWalletFolder: service})
		if errors.Is(err, errNotOpened) {
			err = absent("kwallet", "nobody answers for %s", kwalletName)
		}
		return ring, err
	})
	if err != nil {
		return nil, timedOut("kwallet", limit, err)
	}
	return &backend{
		name: "kwallet", ring: ring, asks: !o.Unasked,
		missed: func(keyring.Keyring, string) error { // a wallet that stays closed looks empty
			open, err := isOpen()
			if err == nil && !open {
				err = &UnavailableError{Backend: "kwallet", Op: "read", Cause: Locked, Err: errors.New("the wallet is closed")}
			}
			return err
		},
	}, nil
}
