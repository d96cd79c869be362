package ui

import (
	"fmt"
	"io"
	"sync"
)

// A Progress shows on a terminal's stderr how far a number of things is; elsewhere nothing.
type Progress struct {
	mu    sync.Mutex
	to    io.Writer // nil: nobody looks
	total int
	ready int
}

// NewProgress is one of so many things.
func (s Streams) NewProgress(total int) *Progress {
	p := &Progress{total: total}
	if total > 1 {
		p.to = terminalOf(s.Err)
	}
	return p
}

// Done counts one more.
func (p *Progress) Done(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready++
	if p.to != nil {
		fmt.Fprintf(p.to, "\r\x1b[K%d of %d: %s", p.ready, p.total, Plain(name))
	}
}

// End wipes the line.
func (p *Progress) End() {
	if p.to != nil {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}
