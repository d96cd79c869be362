package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles/userfile"
)

// A Log is the file that HATSTAND_LOG names, opened when it is first wanted.
type Log struct {
	getenv func(string) string

	mu     sync.Mutex
	logger *slog.Logger
	file   io.Closer
}

// NewLog opens nothing yet.
func NewLog(w World) *Log { return &Log{getenv: w.Getenv} }

// Open is HATSTAND_LOG's logger, or one that drops everything.
func (l *Log) Open() (*slog.Logger, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logger != nil {
		return l.logger, nil
	}
	l.logger = slog.New(slog.DiscardHandler)
	path := l.getenv("HATSTAND_LOG")
	if path == "" {
		return l.logger, nil
	}
	f, err := userfile.OpenLog(path)
	if err != nil {
		return nil, &ui.UsageError{Reason: fmt.Sprintf("HATSTAND_LOG: %v", err), Next: "name a file that can be written, or unset HATSTAND_LOG"}
	}
	l.file = f
	l.logger = slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})).With("pid", os.Getpid())
	return l.logger, nil
}

// Logger is what Open gave, or a logger that drops everything where it failed or was not called.
func (l *Log) Logger() *slog.Logger {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l.logger
}

// Close ends the file.
func (l *Log) Close() {
	if l.file != nil {
		l.file.Close()
	}
}
