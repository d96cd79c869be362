package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// A progress shows on a terminal's stderr how far a number of things is; elsewhere nothing.
type progress struct {
	mu    sync.Mutex
	to    io.Writer // nil: nobody looks
	total int
	ready int
}

func (a *app) newProgress(total int) *progress {
	p := &progress{total: total}
	if f, ok := a.stderr.(*os.File); ok && total > 1 && term.IsTerminal(int(f.Fd())) {
		p.to = f
	}
	return p
}

func (p *progress) done(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready++
	if p.to != nil {
		fmt.Fprintf(p.to, "\r\x1b[K%d of %d: %s", p.ready, p.total, plain(name))
	}
}

// end wipes the line.
func (p *progress) end() {
	if p.to != nil {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}
