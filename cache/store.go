package cache

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hatstand/cache/backend"
	"hatstand/credproc/credentials"
)

// A Store is an opened keyring. Its methods may be called at the same time.
type Store struct {
	b        *backend.Opened
	from     string
	stateDir string
	timeout  time.Duration
	now      func() time.Time
	log      *slog.Logger
	expiries sync.Map // when each session that was read or written expires: item names to time.Time
	newer    sync.Map // sessions that a later version has stored: item names to errors
}

// Backend is the name of the keyring in use.
func (s *Store) Backend() string { return s.b.Name }

// Keys returns the long-lived keys of a profile. The error is [ErrNotFound] or an *[Error].
func (s *Store) Keys(ctx context.Context, profile string) (Keys, error) {
	return read(ctx, s, keysItem(profile), decodeKeys)
}

// PutKeys stores keys and drops the sessions that the profile's old keys made. Sessions go first, so
// that a failure half-way leaves no session beside keys that did not make it, and again afterwards,
// because another process may have stored one in between.
func (s *Store) PutKeys(ctx context.Context, profile string, k Keys) error {
	if profile == "" || k.AccessKeyID == "" || k.SecretAccessKey == "" {
		return errors.New("keys need a profile, an access key ID and a secret access key")
	}
	data, err := encodeKeys(k)
	if err != nil {
		return err
	}
	if _, err := s.DropSessions(ctx, profile); err != nil {
		return err
	}
	if err := s.put(ctx, keysItem(profile), data); err != nil {
		return err
	}
	_, err = s.DropSessions(ctx, profile)
	return err
}

// RemoveKeys removes a profile's keys, the note on their rotation, which has secrets too, and the sessions they
// made; [ErrNotFound] if there was neither key nor note. One that failed half-way can be made again.
func (s *Store) RemoveKeys(ctx context.Context, profile string) error {
	if _, err := s.DropSessions(ctx, profile); err != nil {
		return err
	}
	missing := s.removeExisting(ctx, keysItem(profile))
	if missing != nil && !errors.Is(missing, ErrNotFound) {
		return missing
	}
	switch err := s.removeExisting(ctx, rotationItem(profile)); {
	case err == nil:
		missing = nil
	case !errors.Is(err, ErrNotFound):
		return err
	}
	if _, err := s.DropSessions(ctx, profile); err != nil {
		return err
	}
	return missing
}

// ListKeys returns the profiles that have keys, sorted.
func (s *Store) ListKeys(ctx context.Context) ([]string, error) {
	return s.decoded(ctx, keysPrefix)
}

// Session returns one set of temporary credentials and when they were issued. One that is absent,
// expired or cannot be parsed is [ErrNotFound].
func (s *Store) Session(ctx context.Context, id SessionID) (credentials.Value, time.Time, error) {
	type issue struct {
		creds  credentials.Value
		issued time.Time
	}
	item := id.item()
	v, err := read(ctx, s, item, func(data []byte) (issue, error) {
		c, t, err := decodeSession(data)
		return issue{c, t}, err
	})
	if errors.Is(err, Newer) {
		s.newer.Store(item, err)
	}
	if errors.Is(err, Corrupt) || errors.Is(err, Newer) {
		s.log.WarnContext(ctx, "session cannot be read: treated as absent", "item", item, "reason", backend.OneLine(err))
		return credentials.Value{}, time.Time{}, ErrNotFound
	}
	if err != nil {
		return credentials.Value{}, time.Time{}, err
	}
	s.expiries.Store(item, v.creds.Expires)
	if !v.creds.Expires.After(s.now()) {
		return credentials.Value{}, time.Time{}, ErrNotFound
	}
	return v.creds, v.issued, nil
}

// PutSession stores temporary credentials. Those that a later version of hatstand has stored stay: the error's kind is
// Newer.
func (s *Store) PutSession(ctx context.Context, id SessionID, creds credentials.Value, issued time.Time) error {
	if !id.whole() || !creds.HasKeys() || creds.SessionToken == "" || creds.Expires.IsZero() {
		return errors.New("a session needs a base or a sign-in, a hash, temporary credentials and their expiry")
	}
	data, err := encodeSession(creds, issued)
	if err != nil {
		return err
	}
	item := id.item()
	if err, ok := s.newer.Load(item); ok {
		return err.(error)
	}
	if err := s.put(ctx, item, data); err != nil {
		return err
	}
	s.expiries.Store(item, creds.Expires)
	return nil
}

// RemoveSession removes one set of temporary credentials; that there is none is no error.
func (s *Store) RemoveSession(ctx context.Context, id SessionID) error {
	if err := s.remove(ctx, id.item()); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// DropSessions removes the sessions of one base and returns how many there were.
func (s *Store) DropSessions(ctx context.Context, base string) (int, error) {
	return s.drop(ctx, sessionsOf(base))
}

// DropAllSessions removes every session that comes from a base's keys, and returns how many there were.
func (s *Store) DropAllSessions(ctx context.Context) (int, error) {
	return s.drop(ctx, sessionPrefix)
}

// Seed returns the MFA seed of a serial, as it was stored.
func (s *Store) Seed(ctx context.Context, serial string) (string, error) {
	return read(ctx, s, seedItem(serial), decodeSeed)
}

// PutSeed stores the MFA seed of a serial.
func (s *Store) PutSeed(ctx context.Context, serial, seed string) error {
	if serial == "" || seed == "" {
		return errors.New("a seed needs a serial and a secret")
	}
	data, err := encodeSeed(seed)
	if err != nil {
		return err
	}
	return s.put(ctx, seedItem(serial), data)
}

// RemoveSeed removes the MFA seed of a serial; [ErrNotFound] if there was none.
func (s *Store) RemoveSeed(ctx context.Context, serial string) error {
	return s.removeExisting(ctx, seedItem(serial))
}

// ListSeeds returns the serials that have seeds, sorted.
func (s *Store) ListSeeds(ctx context.Context) ([]string, error) {
	return s.decoded(ctx, seedPrefix)
}

// Items are the names of all items, of all kinds, sorted. With Item, PutItem and RemoveItem it is for moving items to
// another keyring, value by value.
func (s *Store) Items(ctx context.Context) ([]string, error) { return s.list(ctx, "") }

// Item returns an item's value as it is stored.
func (s *Store) Item(ctx context.Context, name string) ([]byte, error) { return s.get(ctx, name) }

// PutItem stores a value that Item returned.
func (s *Store) PutItem(ctx context.Context, name string, value []byte) error {
	return s.put(ctx, name, value)
}

// RemoveItem removes an item; that there is none is no error.
func (s *Store) RemoveItem(ctx context.Context, name string) error {
	if err := s.remove(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// Describe names an item for a person: "keys of me".
func Describe(item string) string { return subject(item) }

// IsTemporary reports whether an item is not worth moving to another keyring: sessions, sign-ins in progress, and what
// a probe left.
func IsTemporary(item string) bool {
	return ofSession(item) || strings.HasPrefix(item, GrantPending.prefix()) ||
		strings.HasPrefix(item, GrantPerson.prefix()) || strings.HasPrefix(item, probePrefix)
}

// SameValue tells whether two values are the same, or the same key pair stored at another time.
func SameValue(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decodeKeys(a)
	y, errY := decodeKeys(b)
	return errX == nil && errY == nil && x.AccessKeyID == y.AccessKeyID && x.SecretAccessKey == y.SecretAccessKey
}

func read[T any](ctx context.Context, s *Store, item string, decode func([]byte) (T, error)) (T, error) {
	data, err := s.get(ctx, item)
	if err != nil {
		return *new(T), err
	}
	v, err := decode(data)
	if err != nil {
		return v, s.corrupt(item, err)
	}
	return v, nil
}

func (s *Store) get(ctx context.Context, item string) ([]byte, error) {
	return call(ctx, s, "read", item, func(k backend.Keyring) ([]byte, error) {
		data, err := k.Get(ctx, item)
		if errors.Is(err, ErrNotFound) && s.b.WhyMissing != nil {
			if reason := s.b.WhyMissing(ctx, item); reason != nil {
				return nil, reason
			}
		}
		return data, err
	})
}

// put stores an item. Where the keyring is full (the kernel's holds 20,000 bytes for an ordinary
// user), sessions make room.
func (s *Store) put(ctx context.Context, item string, data []byte) error {
	err := s.set(ctx, item, data)
	if err != nil && isQuota(err) {
		err = s.setEvicting(ctx, item, data, err)
	}
	return err
}

func (s *Store) set(ctx context.Context, item string, data []byte) error {
	_, err := call(ctx, s, "write", item, func(k backend.Keyring) (struct{}, error) {
		return struct{}{}, k.Set(ctx, backend.Item{Name: item, Data: data, Label: label(item)})
	})
	return err
}

func (s *Store) remove(ctx context.Context, item string) error {
	_, err := call(ctx, s, "remove", item, func(k backend.Keyring) (struct{}, error) {
		return struct{}{}, k.Remove(ctx, item)
	})
	return err
}

// removeExisting looks first, since some keyrings do not say that there was nothing to remove. An
// item that cannot be read can be removed.
func (s *Store) removeExisting(ctx context.Context, item string) error {
	if _, err := s.get(ctx, item); err != nil && !errors.Is(err, Corrupt) {
		return err
	}
	return s.remove(ctx, item)
}

func (s *Store) list(ctx context.Context, prefix string) ([]string, error) {
	names, err := call(ctx, s, "list", "", func(k backend.Keyring) ([]string, error) {
		names, err := k.Keys(ctx)
		if err == nil && len(names) == 0 && s.b.WhyMissing != nil {
			err = s.b.WhyMissing(ctx, "")
		}
		return names, err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, prefix) })
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (s *Store) decoded(ctx context.Context, prefix string) ([]string, error) {
	items, err := s.list(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return decoded(items, prefix), nil
}

// decoded are the names behind the prefix, sorted.
func decoded(items []string, prefix string) []string {
	names := make([]string, 0, len(items))
	for _, item := range items {
		if rest, ok := strings.CutPrefix(item, prefix); ok {
			if name, ok := decode(rest); ok {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (s *Store) drop(ctx context.Context, prefix string) (int, error) {
	items, err := s.list(ctx, prefix)
	if err != nil {
		return 0, err
	}
	dropped := 0
	for _, item := range items {
		switch err := s.remove(ctx, item); {
		case err == nil:
			dropped++
		case !errors.Is(err, ErrNotFound): // another process was quicker: gone is gone
			return dropped, err
		}
	}
	return dropped, nil
}
