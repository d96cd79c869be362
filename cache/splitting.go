package cache

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/keyring"
)

// splitting spreads data that is over the limit on several items of a keyring. The item itself then
// holds a head that names the parts and their digest; the parts of each write have names of their
// own, are written before the head and removed after it was replaced, so that a reader finds the old
// data or the new. A writer killed in between leaves parts that nothing names: they are never read, and go
// when the keyring is listed a while later.
type splitting struct {
	keyring.Keyring
	limit int // bytes an item
	now   func() time.Time
}

const (
	splitMagic = "hatstand parts 1 "
	partMark   = "#" // encode never writes one
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

func (k splitting) Get(name string) (keyring.Item, error) {
	// A writer may replace the parts between the reading of the head and of them: then the head is new.
	for try := 0; ; try++ {
		it, err := k.Keyring.Get(name)
		if err != nil || !bytes.HasPrefix(it.Data, []byte(splitMagic)) {
			return it, err
		}
		h, ok := parseHead(it.Data)
		if !ok {
			return keyring.Item{}, &CorruptError{Backend: "wincred", Item: name, Err: errParts}
		}
		data, err := k.join(name, h)
		if err == nil {
			it.Data = data
			return it, nil
		}
		if !errors.Is(err, errParts) || try == 4 {
			if errors.Is(err, errParts) {
				err = &CorruptError{Backend: "wincred", Item: name, Err: err}
			}
			return keyring.Item{}, err
		}
	}
}

func (k splitting) join(name string, h head) ([]byte, error) {
	var data []byte
	for i := range h.count {
		it, err := k.Keyring.Get(h.part(name, i))
		if errors.Is(err, keyring.ErrKeyNotFound) {
			return nil, errParts
		}
		if err != nil {
			return nil, err
		}
		data = append(data, it.Data...)
	}
	if digest(data) != h.digest {
		return nil, errParts
	}
	return data, nil
}

func (k splitting) Set(it keyring.Item) error {
	old, hadOld := k.head(it.Key)
	if len(it.Data) <= k.limit && !bytes.HasPrefix(it.Data, []byte(splitMagic)) {
		if err := k.Keyring.Set(it); err != nil {
			return err
		}
	} else if err := k.setParts(it); err != nil {
		return err
	}
	if hadOld {
		k.removeParts(it.Key, old)
	}
	return nil
}

func (k splitting) setParts(it keyring.Item) error {
	h := head{newGeneration(k.now()), 0, digest(it.Data)}
	for rest := it.Data; len(rest) > 0; h.count++ {
		n := min(k.limit, len(rest))
		part := it
		part.Key, part.Data = h.part(it.Key, h.count), rest[:n]
		if err := k.Keyring.Set(part); err != nil {
			k.removeParts(it.Key, h)
			return err
		}
		rest = rest[n:]
	}
	it.Data = []byte(h.String())
	if err := k.Keyring.Set(it); err != nil {
		k.removeParts(it.Key, h)
		return err
	}
	return nil
}

func (k splitting) Remove(name string) error {
	old, hadOld := k.head(name)
	if err := k.Keyring.Remove(name); err != nil {
		return err
	}
	if hadOld {
		k.removeParts(name, old)
	}
	return nil
}

func (k splitting) Keys() ([]string, error) {
	all, err := k.Keyring.Keys()
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
	k.removeOrphans(parts)
	return names, nil
}

// removeOrphans clears up after writers that were killed. A part that is young may belong to one that is
// writing now.
func (k splitting) removeOrphans(parts []string) {
	for _, part := range parts {
		name, rest, _ := strings.Cut(part, partMark)
		generation, _, _ := strings.Cut(rest, ".")
		made, ok := generationTime(generation)
		if !ok || k.now().Sub(made) < leftoverAge {
			continue
		}
		it, err := k.Keyring.Get(name)
		if err != nil && !errors.Is(err, keyring.ErrKeyNotFound) {
			continue
		}
		if h, split := parseHead(it.Data); err != nil || !split || h.generation != generation {
			_ = k.Keyring.Remove(part)
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

func (k splitting) head(name string) (head, bool) {
	it, err := k.Keyring.Get(name)
	if err != nil {
		return head{}, false
	}
	return parseHead(it.Data)
}

// removeParts is a clearing-up: what it leaves is never read.
func (k splitting) removeParts(name string, h head) {
	for i := range h.count {
		_ = k.Keyring.Remove(h.part(name, i))
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
