package cache

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// expiredFile, in the state folder, has the time at which expired sessions were last removed.
const expiredFile = "expired-removed"

// betweenRemovals is how long expired sessions may lie in the keyring. Whether one has expired is in its secret, and
// to read all of them costs some keyrings (pass, Secret Service) more than to sign in.
const betweenRemovals = 24 * time.Hour

// DropExpired removes the expired sessions, and returns how many there were. Every other duration, policy or key makes
// another item, and nothing else removes the old ones. It looks at most once a day, and reads no session of which this
// store knows that it is good, because it has read or written it.
func (s *Store) DropExpired(ctx context.Context) (int, error) {
	if !s.removalIsDue() {
		return 0, nil
	}
	items, err := s.list(ctx, "")
	if err != nil {
		return 0, err
	}
	dropped := 0
	for _, item := range items {
		if !ofSession(item) {
			continue
		}
		if expires, ok := s.expiries.Load(item); ok && expires.(time.Time).After(s.now()) {
			continue
		}
		expired, err := s.hasExpired(ctx, item)
		if err != nil {
			return dropped, err
		}
		if !expired {
			continue
		}
		if err := s.remove(ctx, item); err != nil && !errors.Is(err, ErrNotFound) {
			return dropped, err
		}
		dropped++
	}
	s.noteRemoval(ctx)
	return dropped, nil
}

// hasExpired reads a session. A value that is no session may be of a later version, and good. If the keyring cannot be
// read, because it is locked say, that is an error.
func (s *Store) hasExpired(ctx context.Context, item string) (bool, error) {
	raw, err := s.get(ctx, item)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, Corrupt):
		return false, nil
	case err != nil:
		return false, err
	}
	c, _, err := decodeSession(raw)
	return err == nil && !c.Expires.After(s.now()), nil
}

// removalIsDue tells whether the last removal was a day ago or is not known. One in the future was noted by a clock
// that was wrong.
func (s *Store) removalIsDue() bool {
	if s.stateDir == "" || folder.Check(s.stateDir) != nil {
		return true
	}
	text, err := folder.ReadFile(filepath.Join(s.stateDir, expiredFile))
	if err != nil {
		return true
	}
	last, err := time.Parse(time.RFC3339, string(text))
	age := s.now().Sub(last)
	return err != nil || age < 0 || age >= betweenRemovals
}

func (s *Store) noteRemoval(ctx context.Context) {
	if s.stateDir == "" {
		return
	}
	err := folder.Make(s.stateDir)
	if err == nil {
		text := s.now().UTC().Format(time.RFC3339)
		err = folder.WriteFile(filepath.Join(s.stateDir, expiredFile), []byte(text))
	}
	if err != nil {
		s.log.InfoContext(ctx, "when expired sessions were removed cannot be noted", "reason", backend.OneLine(err))
	}
}
