package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"sync"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles/userfile"
)

// toStderr is the value of HATSTAND_LOG that means stderr.
const toStderr = "-"

// A Log is the file that HATSTAND_LOG names, or stderr, opened when it is first wanted. With --verbose a person sees on
// stderr what it has.
type Log struct {
	getenv func(string) string
	stderr io.Writer

	mu      sync.Mutex
	quiet   bool // stderr is not for the log
	verbose bool
	logger  *slog.Logger
	file    io.Closer
}

// NewLog opens nothing yet.
func NewLog(w World) *Log { return &Log{getenv: w.Getenv, stderr: w.Stderr} }

// AddFlag adds --verbose to a command, or to those that it holds.
func (l *Log) AddFlag(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		l.AddFlag(sub)
	}
	if cmd.HasSubCommands() {
		return
	}
	cmd.Flags().BoolFuncP("verbose", "v", "show each decision and each call on stderr", func(value string) error {
		on, err := strconv.ParseBool(value)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.verbose = on
		return err
	})
}

// KeepOffStderr makes HATSTAND_LOG=- and --verbose do nothing. credential-process calls it before anything is logged:
// some SDKs read its stderr together with the document.
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
	path, verbose := l.getenv("HATSTAND_LOG"), l.verbose && !l.quiet
	switch {
	case path == toStderr && !l.quiet:
		l.logger = newLogger(l.stderr)
	case path != "" && path != toStderr:
		f, err := userfile.OpenLog(path)
		if err != nil {
			return nil, &ui.UsageError{Reason: fmt.Sprintf("HATSTAND_LOG: %v", err), Next: "name a file that can be written, or unset HATSTAND_LOG"}
		}
		l.file = f
		l.logger = newLogger(f)
		if verbose {
			l.logger = slog.New(slog.NewMultiHandler(l.logger.Handler(), newLineLogger(l.stderr).Handler()))
		}
	case verbose:
		l.logger = newLineLogger(l.stderr)
	}
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
