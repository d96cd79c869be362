package cache

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"
)

// isQuota tells whether a keyring is full. 99designs/keyring formats the kernel's error into text, so
// the text is all there is.
func isQuota(err error) bool {
	return errors.Is(err, syscall.EDQUOT) || strings.Contains(err.Error(), syscall.EDQUOT.Error())
}

type agedSession struct {
	item            string
	issued, expires time.Time
}

// evictionOrder sorts sessions so that those nobody misses come first: what cannot be read or has
// expired, then the oldest. It returns how many of the first need no second thought.
func evictionOrder(now time.Time, sessions []agedSession) (order []agedSession, expired int) {
	order = slices.Clone(sessions)
	slices.SortStableFunc(order, func(a, b agedSession) int {
		ax, bx := !a.expires.After(now), !b.expires.After(now)
		switch {
		case ax && !bx:
			return -1
		case bx && !ax:
			return 1
		}
		return a.issued.Compare(b.issued)
	})
	for _, s := range order {
		if !s.expires.After(now) {
			expired++
		}
	}
	return order, expired
}

// sessionsByAge lists the sessions but one with their ages. A corrupt one has the oldest. A keyring that gives nothing,
// since it is locked say, is an error: what it holds may be good.
func (s *Store) sessionsByAge(ctx context.Context, but string) ([]agedSession, error) {
	items, err := s.list(ctx, "")
	if err != nil {
		return nil, err
	}
	var sessions []agedSession
	for _, name := range items {
		if name == but || !ofSession(name) {
			continue
		}
		a := agedSession{item: name}
		raw, err := s.get(ctx, name)
		switch {
		case errors.Is(err, ErrNotFound):
			continue
		case err == nil:
			if c, issued, err := decodeSession(raw); err == nil {
				a.issued, a.expires = issued, c.Expires
			}
		case !errors.Is(err, Corrupt):
			return nil, err
		}
		sessions = append(sessions, a)
	}
	return sessions, nil
}

// CountSessions tells how many sessions there are of each base, expired ones too: it reads none of them.
func (s *Store) CountSessions(ctx context.Context) (map[string]int, error) {
	items, err := s.list(ctx, sessionPrefix)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, item := range items {
		base, _, _ := strings.Cut(strings.TrimPrefix(item, sessionPrefix), "/")
		if name, ok := decode(base); ok {
			count[name]++
		}
	}
	return count, nil
}

// setEvicting drops sessions until the item fits: all the expired at once, then one at a time.
// Keys and seeds are never dropped.
func (s *Store) setEvicting(ctx context.Context, item string, data []byte, full error) error {
	sessions, err := s.sessionsByAge(ctx, item)
	if err != nil {
		return full
	}
	order, expired := evictionOrder(s.now(), sessions)
	for i, a := range order {
		if err := s.remove(ctx, a.item); err != nil && !errors.Is(err, ErrNotFound) {
			return full
		}
		s.log.InfoContext(ctx, "keyring is full: session dropped", "item", a.item, "expired", i < expired)
		if i+1 < expired {
			continue
		}
		if err := s.setAfterEviction(ctx, item, data); err == nil || !isQuota(err) {
			return err
		}
	}
	return full
}

// setAfterEviction tries for a moment: the kernel gives back the room of what was removed after a grace period.
func (s *Store) setAfterEviction(ctx context.Context, item string, data []byte) error {
	for wait := time.Millisecond; ; wait *= 2 {
		err := s.set(ctx, item, data)
		if err == nil || !isQuota(err) || wait > s.b.RoomAfter {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}
