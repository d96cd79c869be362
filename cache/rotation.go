package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// A Rotation is the note on a key that is being replaced, kept until that is done, so that a process
// that was killed half-way loses nothing. It holds the secrets of both keys. Times are by AWS's clock.
type Rotation struct {
	Old  Keys // the key to be replaced
	Next Keys // the key made for it; zero: none yet, or its secret was lost
	// Doomed is the ID of a new key that is to be deleted after all, and may be already.
	Doomed string
	// Seen are the IDs of the user's keys when the note was first written: one that is not among them was
	// made later.
	Seen  []string
	Began time.Time // when Seen was true
	Made  time.Time // when Next was
	// KeepOld: the old key is to be made inactive and not deleted.
	KeepOld bool
}

func (r Rotation) String() string {
	return fmt.Sprintf("rotation of %s, secrets not shown", r.Old.AccessKeyID)
}

func (r Rotation) GoString() string             { return r.String() }
func (r Rotation) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, r.String()) }
func (r Rotation) LogValue() slog.Value         { return slog.StringValue(r.String()) }
func (r Rotation) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// Rotation returns the note on a profile's key; [ErrNotFound] if it is not being replaced.
func (s *Store) Rotation(ctx context.Context, profile string) (Rotation, error) {
	return read(ctx, s, rotationItem(profile), decodeRotation)
}

// PutRotation writes the note, over an existing one. Sessions stay.
func (s *Store) PutRotation(ctx context.Context, profile string, r Rotation) error {
	if profile == "" || r.Old.AccessKeyID == "" || r.Old.SecretAccessKey == "" {
		return errors.New("a rotation needs a profile and the old key")
	}
	data, err := encodeRotation(r)
	if err != nil {
		return err
	}
	return s.put(ctx, rotationItem(profile), data)
}

// RemoveRotation removes the note; that there was none is no error.
func (s *Store) RemoveRotation(ctx context.Context, profile string) error {
	err := s.removeExisting(ctx, rotationItem(profile))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// ListRotations returns the profiles whose key is being replaced, sorted.
func (s *Store) ListRotations(ctx context.Context) ([]string, error) {
	return s.decoded(ctx, rotationPrefix)
}

type storedRotation struct {
	Version int
	Old     storedKeys
	Next    *storedKeys `json:",omitempty"`
	Doomed  string      `json:",omitempty"`
	Seen    []string
	Began   time.Time
	Made    time.Time
	KeepOld bool `json:",omitempty"`
}

func encodeRotation(r Rotation) ([]byte, error) {
	v := storedRotation{
		Version: version,
		Old:     r.Old.stored(),
		Doomed:  r.Doomed,
		Seen:    r.Seen,
		Began:   r.Began.UTC().Round(0),
		Made:    r.Made.UTC().Round(0),
		KeepOld: r.KeepOld,
	}
	if r.Next.AccessKeyID != "" {
		next := r.Next.stored()
		v.Next = &next
	}
	return json.Marshal(v)
}

func decodeRotation(data []byte) (Rotation, error) {
	var v storedRotation
	if err := unmarshal(data, &v); err != nil {
		return Rotation{}, err
	}
	if v.Version != version {
		return Rotation{}, versionError(v.Version)
	}
	r := Rotation{Doomed: v.Doomed, Seen: v.Seen, Began: v.Began, Made: v.Made, KeepOld: v.KeepOld}
	var err error
	if r.Old, err = v.Old.keys(); err == nil && v.Next != nil {
		r.Next, err = v.Next.keys()
	}
	if err != nil {
		return Rotation{}, err
	}
	return r, nil
}
