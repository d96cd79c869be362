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

// toStderr is the HATSTAND_LOG that stands for stderr.
const toStderr = "-"

// A Log is the file that HATSTAND_LOG names, or stderr, opened when it is first wanted.
type Log struct {
	getenv func(string) string
	stderr io.Writer

	mu     sync.Mutex
	quiet  bool // stderr is not for the log
	logger *slog.Logger
	file   io.Closer
}

// NewLog opens nothing yet.
func NewLog(w World) *Log { return &Log{getenv: w.Getenv, stderr: w.Stderr} }

// KeepOffStderr makes HATSTAND_LOG=- do nothing. credential-process calls it before anything is logged: some SDKs read
// its stderr together with the document.
func (l *Log) KeepOffStderr() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet = true
}

// Open is HATSTAND_LOG's logger, or one that drops everything.
func (l *Log) Open() (*slog.Logger, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logger != nil {
		return l.logger, nil
	}
	l.logger = slog.New(slog.DiscardHandler)
	path := l.getenv("HATSTAND_LOG")
	switch {
	case path == "", path == toStderr && l.quiet:
		return l.logger, nil
	case path == toStderr:
		l.logger = newLogger(l.stderr)
		return l.logger, nil
	}
	f, err := userfile.OpenLog(path)
	if err != nil {
		return nil, &ui.UsageError{Reason: fmt.Sprintf("HATSTAND_LOG: %v", err), Next: "name a file that can be written, or unset HATSTAND_LOG"}
	}
	l.file = f
	l.logger = newLogger(f)
	return l.logger, nil
}

func newLogger(to io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug})).With("pid", os.Getpid())
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
