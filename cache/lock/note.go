package lock

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"hatstand/cache/folder"
)

// A note is what a lock's file says of its holder.
type note struct {
	refusals uint64 // how often the person said no, ever
	pid      int
	holder   string
	reason   string // of the last refusal
	refused  int64  // when that was: seconds since 1970; 0: never
}

// The note starts at the second byte, since the first one is what is locked on Windows, where a locked
// byte cannot be written; it has one size and is written in one call.
const (
	noteOffset = 1
	noteSize   = 255
)

func (n note) encode() []byte {
	text := fmt.Sprintf("%d %d %s %s %d", n.refusals, n.pid, strconv.Quote(n.reason), strconv.Quote(n.holder), n.refused)
	if len(text) >= noteSize {
		text = fmt.Sprintf("%d %d \"\" \"\" %d", n.refusals, n.pid, n.refused)
	}
	return []byte(text + strings.Repeat(" ", noteSize-1-len(text)) + "\n")
}

// parseNote reads what encode wrote; anything else is the zero note, and not ok.
func parseNote(b []byte) (_ note, ok bool) {
	var n note
	read, err := fmt.Sscanf(strings.TrimSpace(string(b)), "%d %d %q %q %d", &n.refusals, &n.pid, &n.reason, &n.holder, &n.refused)
	if err != nil || read != 5 {
		return note{}, false
	}
	return n, true
}

func readNote(path string) note {
	f, err := folder.Open(path)
	if err != nil {
		return note{}
	}
	defer f.Close()
	b := make([]byte, noteSize)
	for range 3 { // a reader may meet a writer half way
		size, _ := f.ReadAt(b, noteOffset)
		if n, ok := parseNote(b[:size]); ok || size == 0 {
			return n
		}
	}
	return note{}
}

func writeNote(path string, n note) error {
	f, err := os.OpenFile(path, os.O_WRONLY|folder.NoFollow, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(n.encode(), noteOffset)
	return errors.Join(err, f.Close())
}
