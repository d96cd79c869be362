package keys

import (
	"context"
	"errors"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/ui"
)

// keyInfo is what keys list tells of a key.
type keyInfo struct {
	Profile     string    `json:"profile"`
	AccessKeyID string    `json:"access_key_id"`
	User        string    `json:"user,omitempty"`
	Added       time.Time `json:"added,omitzero"`
	Backend     string    `json:"backend"`
	Sessions    int       `json:"sessions"` // expired ones count until the next login
	AgeDays     int       `json:"age_days"` // since Created, else since Added
	Rotating    bool      `json:"rotation_unfinished,omitempty"`

	// What AWS says, with --check.
	Status   string     `json:"status,omitempty"`
	Created  *time.Time `json:"created,omitempty"`
	LastUsed *keyUse    `json:"last_used,omitempty"`
	Error    string     `json:"error,omitempty"`

	now     time.Time
	err     error
	askedAs bool // AWS is asked as this profile about the key
}

// keyUse is a key's last use; AWS knows of it some minutes or hours later.
type keyUse struct {
	At      time.Time `json:"at"`
	Service string    `json:"service"`
	Region  string    `json:"region"`
}

// What AWS says of a key.
const (
	statusActive   = "Active"
	statusInactive = "Inactive"
	statusDeleted  = "Deleted"
)

func (i keyInfo) since() time.Time {
	if i.Created != nil {
		return *i.Created
	}
	return i.Added
}

func (i keyInfo) age() string {
	if i.since().IsZero() {
		return ""
	}
	return ui.Age(i.now.Sub(i.since()))
}

func (i keyInfo) olderThan(limit time.Duration) bool { return i.now.Sub(i.since()) > limit }

// readKeys reads the keyring. What cannot be read of one key does not hide the others.
func readKeys(ctx context.Context, d Deps) ([]keyInfo, error) {
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	names, err := store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := store.CountSessions(ctx)
	if err != nil {
		return nil, err
	}
	rotating, err := store.ListRotations(ctx)
	if err != nil {
		return nil, err
	}
	unfinished := map[string]bool{}
	for _, n := range rotating {
		unfinished[n] = true
	}
	infos := []keyInfo{}
	for _, n := range names {
		k, err := store.Keys(ctx, n)
		if errors.Is(err, cache.ErrNotFound) {
			continue
		}
		if err != nil && !errors.Is(err, cache.Corrupt) && !errors.Is(err, cache.Newer) {
			return nil, err
		}
		i := keyInfo{
			Profile: n, AccessKeyID: k.AccessKeyID, User: k.ARN, Added: k.Added.UTC(), Backend: store.Backend(),
			Sessions: sessions[n], Rotating: unfinished[n], now: d.World.Now(),
		}
		i.failed(err)
		i.countDays()
		infos = append(infos, i)
	}
	return infos, nil
}

// failed notes an error of this key alone.
func (i *keyInfo) failed(err error) {
	if i.err = err; err != nil {
		i.Error = err.Error()
	}
}

// countDays fills in the age in days.
func (i *keyInfo) countDays() {
	if at := i.since(); !at.IsZero() {
		i.AgeDays = max(0, int(i.now.Sub(at)/(24*time.Hour)))
	}
}
