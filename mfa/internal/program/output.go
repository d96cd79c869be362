// Package program bounds what is kept of another program's output. It never logs any of it.
package program

import (
	"io"
	"strings"
	"time"

	"hatstand/mfa/internal/plain"
)

// Drain is how long to wait for the pipes of a program that has ended: a daemon that it started may hold them.
const Drain = time.Second

// A Head keeps the first bytes written to it, and notes nothing of the rest but that there was some.
type Head struct {
	strings.Builder
	Max int
}

func (h *Head) Write(p []byte) (int, error) {
	if room := h.Max - h.Len(); room > 0 {
		h.Builder.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// A Tail keeps the last bytes written to it, and passes all of them on.
type Tail struct {
	Max  int
	Copy io.Writer // may be nil
	buf  []byte
}

func (t *Tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - t.Max; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	if t.Copy != nil {
		_, _ = t.Copy.Write(p) // nobody listening is no reason to stop the program
	}
	return len(p), nil
}

// Line is the last line that holds anything.
func (t *Tail) Line() string {
	text := strings.TrimRight(string(t.buf), " \t\r\n")
	return plain.Line(strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:]), 200)
}
