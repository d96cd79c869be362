package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// A status is one line on a terminal's stderr that says what is being done; elsewhere nothing.
type status struct {
	mu   sync.Mutex
	to   io.Writer // nil: nobody looks
	lead string
}

func (a *app) newStatus() *status {
	s := &status{}
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.to = f
	}
	return s
}

func (s *status) say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		fmt.Fprint(s.to, "\r\x1b[K"+plain(s.lead+text))
	}
}

// wipe leaves the line as it was.
func (s *status) wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		fmt.Fprint(s.to, "\r\x1b[K")
	}
}
