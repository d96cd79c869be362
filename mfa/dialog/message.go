package dialog

import (
	"context"
	"errors"
	"time"

	"hatstand/mfa"
	"hatstand/mfa/internal/plain"
)

const (
	// messageLimit is how long a message stays where the caller sets no end.
	messageLimit = 15 * time.Minute
	// failureShows is how long a program has to fail before its window counts as seen: none of them says when it is.
	failureShows = 2 * time.Second
)

// A Message is a window with a text and two buttons: OK, which closes it, and Cancel.
type Message struct {
	cancelled chan struct{}
	over      chan struct{}
	err       error // once over is closed
	end       context.CancelFunc
}

// Show opens a window with a text and does not wait. The window stays until the person closes it, Close is called or
// ctx ends. The error wraps mfa.ErrUnusable where no dialog works. Signals that end this process are the caller's:
// they must end ctx.
func (d Source) Show(ctx context.Context, text string) (*Message, error) {
	shown, end := context.WithTimeout(ctx, messageLimit)
	m := &Message{cancelled: make(chan struct{}), over: make(chan struct{}), end: end}
	go func() {
		defer close(m.over)
		defer end()
		_, m.err = d.tryAll(shown, question{text: plain.Lines(text), notice: true})
		if shown.Err() == nil && errors.Is(m.err, mfa.ErrCancelled) {
			close(m.cancelled)
		}
	}()
	seen := time.NewTimer(failureShows)
	defer seen.Stop()
	select {
	case <-m.over:
		if m.err != nil && (ctx.Err() != nil || !errors.Is(m.err, mfa.ErrCancelled)) {
			return nil, m.err
		}
	case <-seen.C:
	}
	return m, nil
}

// Cancelled is closed when the person cancels: by the button, by Escape or by closing the window.
func (m *Message) Cancelled() <-chan struct{} { return m.cancelled }

// Close closes the window, if it is still there, and returns when it is gone.
func (m *Message) Close() {
	m.end()
	<-m.over
}
