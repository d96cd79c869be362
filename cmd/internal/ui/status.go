package ui

import (
	"fmt"
	"io"
	"sync"
)

// A Status is one line on a terminal's stderr that says what is being done; elsewhere nothing.
type Status struct {
	mu   sync.Mutex
	to   io.Writer // nil: nobody looks
	lead string
}

// NewStatus is one for this run.
func (s Streams) NewStatus() *Status { return &Status{to: terminalOf(s.Err)} }

// About has every later line begin with a name.
func (s *Status) About(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lead = name + ": "
}

// Say shows what is being done.
func (s *Status) Say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		fmt.Fprint(s.to, "\r\x1b[K"+Plain(s.lead+text))
	}
}

// Wipe leaves the line as it was.
func (s *Status) Wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		fmt.Fprint(s.to, "\r\x1b[K")
	}
}
