package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"

	"hatstand/cmd/internal/ui"
)

// newLineLogger logs for a person: a line has the time of day, what happened, and the same attributes as the file has.
// What could steer a terminal is escaped.
func newLineLogger(to io.Writer) *slog.Logger {
	var rest bytes.Buffer
	return slog.New(&lineHandler{to: to, mu: new(sync.Mutex), rest: &rest,
		attrs: slog.NewTextHandler(&rest, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutHead})})
}

// A lineHandler writes one line for each record. Those that WithAttrs and WithGroup make share the lock and the buffer.
type lineHandler struct {
	to    io.Writer
	mu    *sync.Mutex
	rest  *bytes.Buffer // what attrs writes of a record
	attrs slog.Handler
}

func (h *lineHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *lineHandler) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rest.Reset()
	if err := h.attrs.Handle(ctx, r); err != nil {
		return err
	}
	line := "hatstand: " + r.Time.Format("15:04:05.000") + " " + ui.Plain(r.Message)
	if rest := strings.TrimSuffix(h.rest.String(), "\n"); rest != "" {
		line += ": " + rest
	}
	_, err := io.WriteString(h.to, line+"\n")
	return err
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{h.to, h.mu, h.rest, h.attrs.WithAttrs(attrs)}
}

func (h *lineHandler) WithGroup(name string) slog.Handler {
	return &lineHandler{h.to, h.mu, h.rest, h.attrs.WithGroup(name)}
}

// withoutHead leaves out what the line begins with, and the level.
func withoutHead(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return a
}
