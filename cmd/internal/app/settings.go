package app

import (
	"fmt"
	"sync"
	"time"

	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// Settings are the AWS files, read once, and what the environment and they say of the program. Its methods may be
// called at the same time.
type Settings struct {
	env settings.Environment

	mu    sync.Mutex
	files *profiles.Set
}

// NewSettings reads nothing yet.
func NewSettings(w World) *Settings {
	return &Settings{env: settings.Environment{Getenv: w.Getenv, GOOS: w.GOOS}}
}

// Environment is what the variables alone say.
func (s *Settings) Environment() settings.Environment { return s.env }

// Profiles reads the two files.
func (s *Settings) Profiles() (*profiles.Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files != nil {
		return s.files, nil
	}
	set, err := s.env.Profiles()
	if err != nil {
		return nil, err
	}
	s.files = set
	return set, nil
}

// Reread has the files read again when they are next wanted: one was changed.
func (s *Settings) Reread() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = nil
}

// Get is one of the program's settings: the environment's HATSTAND_NAME, else [hatstand] name. from says
// where it was found.
func (s *Settings) Get(name string) (value, from string, err error) {
	if value, from = s.env.Variable(name); value != "" {
		return value, from, nil
	}
	set, err := s.Profiles()
	if err != nil {
		return "", "", err
	}
	value, from = s.env.Program(set, name)
	return value, from, nil
}

// defaultPatience bounds the wait for a person, and for another process that waits for one.
const defaultPatience = 5 * time.Minute

// Patience is how long getting credentials may take where no SDK waits for them: [hatstand] prompt_timeout.
func (s *Settings) Patience() (time.Duration, error) {
	text, from, err := s.Get("prompt_timeout")
	if err != nil || text == "" {
		return defaultPatience, err
	}
	d, err := limits.ParseDuration(text)
	if err != nil {
		return 0, &ui.UsageError{Reason: fmt.Sprintf("prompt_timeout (%s): %v", from, err), Next: "give seconds, or a time like 90s or 2m"}
	}
	return d, nil
}
