package cache

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// A GrantItem is a kind of item that a person's sign-in needs. Package credproc/grant decides its content: bytes that
// hold secrets, with a version of their own.
type GrantItem string

const (
	GrantToken   GrantItem = "token"   // token/<grant>: what the sign-in gave
	GrantClient  GrantItem = "client"  // client/<hash>: the registration that it was made with
	GrantPending GrantItem = "pending" // pending/<grant>: a sign-in on its way, or one that nobody finished
	GrantPerson  GrantItem = "person"  // person/<grant>: whose the credentials are, of a sign-in that leaves no token
)

func (k GrantItem) prefix() string { return string(k) + "/" }

func (k GrantItem) item(name string) string { return k.prefix() + encode(name) }

// GrantItem returns an item; [ErrNotFound] if there is none.
func (s *Store) GrantItem(ctx context.Context, kind GrantItem, name string) ([]byte, error) {
	return s.get(ctx, kind.item(name))
}

// PutGrantItem stores an item.
func (s *Store) PutGrantItem(ctx context.Context, kind GrantItem, name string, data []byte) error {
	if name == "" || len(data) == 0 {
		return errors.New("an item of a sign-in needs a name and a value")
	}
	return s.put(ctx, kind.item(name), data)
}

// RemoveGrantItem removes an item; that there is none is no error.
func (s *Store) RemoveGrantItem(ctx context.Context, kind GrantItem, name string) error {
	return s.RemoveItem(ctx, kind.item(name))
}

// ListGrantItems returns the names of the items of a kind, sorted.
func (s *Store) ListGrantItems(ctx context.Context, kind GrantItem) ([]string, error) {
	return s.decoded(ctx, kind.prefix())
}

// ListGrants returns the keys of the grants that have a token, sorted.
func (s *Store) ListGrants(ctx context.Context) ([]string, error) {
	return s.decoded(ctx, GrantToken.prefix())
}

// DropGranted removes all temporary credentials that come from a sign-in, and returns how many there were. Processes
// that have some in their memory see it by [Dropped].
func (s *Store) DropGranted(ctx context.Context, grant string) (int, error) {
	n, err := s.drop(ctx, grantedOf(grant))
	s.noteDropped(ctx, grant)
	return n, err
}

// droppedFile is a file in the state folder, which has another text each time that this sign-in's credentials are
// dropped.
func droppedFile(grant string) string {
	sum := sha256.Sum256([]byte(grant))
	return "sign-in-dropped-" + hex.EncodeToString(sum[:8])
}

func (s *Store) noteDropped(ctx context.Context, grant string) {
	if s.stateDir == "" {
		return
	}
	err := folder.Make(s.stateDir)
	if err == nil {
		err = folder.WriteFile(filepath.Join(s.stateDir, droppedFile(grant)), []byte(rand.Text()))
	}
	if err != nil {
		s.log.InfoContext(ctx, "other processes cannot be told that a sign-in ended", "reason", backend.OneLine(err))
	}
}

// Dropped is a text that changes when the credentials of a sign-in are dropped: somebody has signed in anew, as the same
// or as another person, or has logged out. It is "" where none were dropped, or where that cannot be read.
func Dropped(stateDir, grant string) string {
	text, err := folder.ReadFile(filepath.Join(stateDir, droppedFile(grant)))
	if err != nil {
		return ""
	}
	return string(text)
}
