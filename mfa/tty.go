package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"hatstand/mfa/internal/plain"
)

// MaxLine bounds what one answer may hold; kernels cut lines at 4096 or 1024 bytes.
const MaxLine = 4096

// ReadLine writes prompt to the terminal and gives the line typed, without its end. What was typed
// before the prompt counts. The end of the context, Ctrl-C and Ctrl-D are ErrCancelled; the context's
// deadline is an error of kind Late; a terminal that was closed, and a signal that ends this process, are ErrGone.
func ReadLine(ctx context.Context, tty *TTY, prompt string) (string, error) {
	return ask(ctx, tty, prompt, false)
}

// ReadSecret is ReadLine without echo. The terminal is as it was when it returns, whatever ended it.
func ReadSecret(ctx context.Context, tty *TTY, prompt string) (string, error) {
	return ask(ctx, tty, prompt, true)
}

// DropInput drops what was typed and not read.
func (t *TTY) DropInput() {
	if t.foreground() {
		t.flush()
	}
}

func ask(ctx context.Context, tty *TTY, prompt string, secret bool) (string, error) {
	ctx, stop := Interruptible(ctx)
	defer stop()
	if ctx.Err() != nil {
		return "", Stopped(ctx, "an answer on the terminal", "")
	}
	resumed, stop := resumptions()
	defer stop()
	hide := func() error { return nil }
	if secret {
		echo := echoSwitch{tty: tty}
		if err := echo.hide(); err != nil {
			return "", noTerminal(fmt.Sprintf("cannot turn echo off: %v", err))
		}
		defer echo.restore()
		hide = echo.hide
	}
	text := plain.Lines(prompt)
	for draw := text; ; draw = "\r" + strings.TrimLeft(text, "\n") { // over itself, where it is still there
		if err := tty.write(ctx, draw); err != nil {
			return "", ended(ctx, err)
		}
		line, again, err := tty.readUntil(ctx, resumed)
		if again {
			// A shell has had the terminal, and set it its own way.
			if err := hide(); err != nil {
				return "", noTerminal(fmt.Sprintf("cannot turn echo off: %v", err))
			}
			continue
		}
		if err != nil && tty.foreground() {
			tty.flush() // half an answer must not become the shell's next command
		}
		if (err != nil || secret) && tty.foreground() {
			// The user's Enter, if there was one, was not echoed. A context that has ended still gets this
			// much out where the terminal takes it at once.
			_ = tty.write(ctx, "\n")
		}
		if err != nil {
			return "", ended(ctx, err)
		}
		return line, nil
	}
}

// readUntil reads a line. again: this process was stopped in between, and has its terminal again.
func (t *TTY) readUntil(ctx context.Context, resumed <-chan os.Signal) (line string, again bool, err error) {
	turn, end := context.WithCancel(ctx)
	defer end()
	go func() {
		select {
		case <-resumed:
			end()
		case <-turn.Done():
		}
	}()
	line, err = t.readLine(turn)
	if ctx.Err() != nil || !errors.Is(err, context.Canceled) {
		return line, false, err
	}
	for !t.foreground() {
		// The shell continued this process in the background (bg). Reading from the terminal would stop it there while
		// it holds the lock. A later fg may come without a signal, so this polls too.
		select {
		case <-ctx.Done():
			return "", false, ctx.Err()
		case <-resumed:
		case <-time.After(inBackground):
		}
	}
	return "", true, nil
}

// inBackground is how often a prompt in the background looks whether it is there still.
const inBackground = 100 * time.Millisecond

// ended turns the error of a read or write into this package's words.
func ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return Stopped(ctx, "an answer on the terminal", "")
	case errors.Is(err, io.EOF):
		return ErrCancelled
	case errors.Is(err, ErrGone):
		return err
	}
	return noTerminal(err.Error())
}

// Interruptible ends the context on the signals that end this process, which a prompt must survive long enough to leave
// the terminal as it was. Signals that the process was started to ignore (nohup) stay ignored, except for those of the
// terminal's keys: a script's "&" ignores those too, and a person who is asked must be able to refuse. Signals that do
// not come from a key make the cause ErrGone.
func Interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	sigs := []os.Signal{os.Interrupt, syscall.SIGQUIT}
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			sigs = append(sigs, s)
		}
	}
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, sigs...)
	go func() {
		select {
		case s := <-ch:
			if s == syscall.SIGTERM || s == syscall.SIGHUP {
				cancel(ErrGone)
			} else {
				cancel(nil)
			}
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(ch); cancel(nil) }
}
