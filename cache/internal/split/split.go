// Package split stores values that are longer than a keyring takes in one item.
//
// It promises that a reader finds the old value or the new one, whole, whenever a writer is killed: the item then holds
// a head that names the parts and their digest; the parts of each write have names of their own, are written before the
// head and removed after it was replaced. Parts that nothing names are never read, and go when the keyring is listed an
// hour later.
package split

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hatstand/cache/backend"
)

// A Keyring spreads values over several items of another one.
type Keyring struct {
	backend.Keyring
	Limit int // bytes an item
	Now   func() time.Time
}

const (
	splitMagic = "hatstand parts 1 "
	partMark   = "#" // no item's name has one
	// A part older than this belongs to a writer that was killed, if nothing names it.
	orphanAge = time.Hour
)

var errParts = errors.New("a part of the value is missing or damaged")

// A head says which parts make the data.
type head struct {
	generation string
	count      int
	digest     string
}

func (h head) String() string {
	return fmt.Sprintf("%s%s %d %s", splitMagic, h.generation, h.count, h.digest)
}

func (h head) part(name string, i int) string {
	return fmt.Sprintf("%s%s%s.%d", name, partMark, h.generation, i)
}

func parseHead(data []byte) (head, bool) {
	rest, ok := strings.CutPrefix(string(data), splitMagic)
	if !ok {
		return head{}, false
	}
	var h head
	n, err := fmt.Sscanf(rest, "%16s %d %64s", &h.generation, &h.count, &h.digest)
	return h, err == nil && n == 3 && h.count >= 0 && h.count < 1000 && h.String() == string(data)
}

// Get joins the parts.
func (k Keyring) Get(ctx context.Context, name string) ([]byte, error) {
	// A writer may replace the parts between the reading of the head and of them: then the head is new.
	for try := 0; ; try++ {
		data, err := k.Keyring.Get(ctx, name)
		if err != nil || !bytes.HasPrefix(data, []byte(splitMagic)) {
			return data, err
		}
		h, ok := parseHead(data)
		if !ok {
			return nil, partsCorrupt(name)
		}
		data, err = k.join(ctx, name, h)
		switch {
		case err == nil:
			return data, nil
		case !errors.Is(err, errParts):
			return nil, err
		case try == 4:
			return nil, partsCorrupt(name)
		}
	}
}

func partsCorrupt(name string) error {
	return &backend.Error{Kind: backend.Corrupt, Backend: "wincred", Name: name, Err: errParts}
}

func (k Keyring) join(ctx context.Context, name string, h head) ([]byte, error) {
	var data []byte
	for i := range h.count {
		part, err := k.Keyring.Get(ctx, h.part(name, i))
		if errors.Is(err, backend.ErrNotFound) {
			return nil, errParts
		}
		if err != nil {
			return nil, err
		}
		data = append(data, part...)
	}
	if digest(data) != h.digest {
		return nil, errParts
	}
	return data, nil
}

// Set stores parts where the data is over the limit.
func (k Keyring) Set(ctx context.Context, it backend.Item) error {
	old, hadOld := k.head(ctx, it.Name)
	if len(it.Data) <= k.Limit && !bytes.HasPrefix(it.Data, []byte(splitMagic)) {
		if err := k.Keyring.Set(ctx, it); err != nil {
			return err
		}
	} else if err := k.setParts(ctx, it); err != nil {
		return err
	}
	if hadOld {
		k.removeParts(ctx, it.Name, old)
	}
	return nil
}

func (k Keyring) setParts(ctx context.Context, it backend.Item) error {
	h := head{newGeneration(k.Now()), 0, digest(it.Data)}
	for rest := it.Data; len(rest) > 0; h.count++ {
		n := min(k.Limit, len(rest))
		part := it
		part.Name, part.Data = h.part(it.Name, h.count), rest[:n]
		if err := k.Keyring.Set(ctx, part); err != nil {
			k.removeParts(ctx, it.Name, h)
			return err
		}
		rest = rest[n:]
	}
	it.Data = []byte(h.String())
	if err := k.Keyring.Set(ctx, it); err != nil {
		k.removeParts(ctx, it.Name, h)
		return err
	}
	return nil
}

// Remove removes the parts too.
func (k Keyring) Remove(ctx context.Context, name string) error {
	old, hadOld := k.head(ctx, name)
	if err := k.Keyring.Remove(ctx, name); err != nil {
		return err
	}
	if hadOld {
		k.removeParts(ctx, name, old)
	}
	return nil
}

// Keys leaves the parts out.
func (k Keyring) Keys(ctx context.Context) ([]string, error) {
	all, err := k.Keyring.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var names, parts []string
	for _, n := range all {
		if strings.Contains(n, partMark) {
			parts = append(parts, n)
		} else {
			names = append(names, n)
		}
	}
	k.removeOrphans(ctx, parts)
	return names, nil
}

// removeOrphans clears up after writers that were killed. A part that is young may belong to one that is
// writing now.
func (k Keyring) removeOrphans(ctx context.Context, parts []string) {
	for _, part := range parts {
		name, rest, _ := strings.Cut(part, partMark)
		generation, _, _ := strings.Cut(rest, ".")
		made, ok := generationTime(generation)
		if !ok || k.Now().Sub(made) < orphanAge {
			continue
		}
		data, err := k.Keyring.Get(ctx, name)
		if err != nil && !errors.Is(err, backend.ErrNotFound) {
			continue
		}
		if h, split := parseHead(data); err != nil || !split || h.generation != generation {
			_ = k.Keyring.Remove(ctx, part)
		}
	}
}

// A generation is the second it was made in and four random bytes, in hex.
func newGeneration(now time.Time) string {
	var random [4]byte
	_, _ = rand.Read(random[:])
	return fmt.Sprintf("%08x%x", uint32(now.Unix()), random)
}

func generationTime(generation string) (time.Time, bool) {
	seconds, err := strconv.ParseUint(generation[:min(8, len(generation))], 16, 32)
	return time.Unix(int64(seconds), 0), err == nil && len(generation) == 16
}

func (k Keyring) head(ctx context.Context, name string) (head, bool) {
	data, err := k.Keyring.Get(ctx, name)
	if err != nil {
		return head{}, false
	}
	return parseHead(data)
}

// removeParts is a clearing-up: what it leaves is never read.
func (k Keyring) removeParts(ctx context.Context, name string, h head) {
	for i := range h.count {
		_ = k.Keyring.Remove(ctx, h.part(name, i))
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
