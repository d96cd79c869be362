//go:build unix

package mfa

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// A TTY is an open terminal: /dev/tty, and the console's CONIN$ and CONOUT$ on Windows.
type TTY struct {
	fd   int // not blocking, and not shared with standard input
	rest []byte
}

// OpenTTY opens the controlling terminal. It is ErrNoTerminal where there is none, where this process is
// in the background (the kernel would stop it at the first read), and where another program has
// turned line editing off: a full-screen program reads the keys then, and an answer would be torn
// between the two.
func OpenTTY() (*TTY, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, noTerminal("/dev/tty: " + err.Error())
	}
	t := &TTY{fd: fd}
	if why := t.unfit(); why != "" {
		t.Close()
		return nil, noTerminal(why)
	}
	return t, nil
}

func (t *TTY) unfit() string {
	if t.fd >= unix.FD_SETSIZE {
		return "too many open files"
	}
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	if err != nil {
		return err.Error()
	}
	if int32(group) != int32(unix.Getpgrp()) {
		return "this process is in the background"
	}
	modes, err := unix.IoctlGetTermios(t.fd, getTermios)
	if err != nil {
		return err.Error()
	}
	if modes.Lflag&unix.ICANON == 0 {
		return "another program reads single keys from it"
	}
	return ""
}

// Close closes the terminal.
func (t *TTY) Close() error { return unix.Close(t.fd) }

// Size returns the size of the terminal's window, in characters; zeros if it is not known.
func (t *TTY) Size() (columns, rows int) {
	w, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(w.Col), int(w.Row)
}

// Write writes to the terminal, as text for a human.
func (t *TTY) Write(p []byte) (int, error) {
	if err := t.write(context.Background(), string(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Print is Write that waits no longer than the context lasts: a terminal may hold its output (Ctrl-S).
func (t *TTY) Print(ctx context.Context, text string) error { return t.write(ctx, text) }

// write waits where output is held, until the context ends.
func (t *TTY) write(ctx context.Context, text string) error {
	for data := []byte(text); len(data) > 0; {
		n, err := unix.Write(t.fd, data)
		switch {
		case err == nil:
			data = data[n:]
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			if err := t.await(ctx, true); err != nil {
				return err
			}
		default:
			return t.orGone(err)
		}
	}
	return nil
}

func (t *TTY) readLine(ctx context.Context) (string, error) {
	buf := make([]byte, MaxLine)
	for {
		if i := bytes.IndexByte(t.rest, '\n'); i >= 0 {
			line := string(bytes.TrimSuffix(t.rest[:i], []byte("\r")))
			t.rest = t.rest[i+1:]
			return line, nil
		}
		if len(t.rest) > MaxLine {
			return "", fmt.Errorf("a line of more than %d bytes", MaxLine)
		}
		if err := t.await(ctx, false); err != nil {
			return "", err
		}
		n, err := unix.Read(t.fd, buf)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // another reader was faster
		case err != nil:
			return "", t.orGone(err)
		case n == 0:
			t.rest = nil
			return "", t.orGone(io.EOF)
		default:
			t.rest = append(t.rest, buf[:n]...)
		}
	}
}

// orGone is the error of a read or a write, or ErrGone where the terminal was closed: to a
// read that is the same as Ctrl-D.
func (t *TTY) orGone(err error) error {
	if _, closed := unix.IoctlGetTermios(t.fd, getTermios); closed != nil {
		return ErrGone
	}
	return err
}

// await waits until the terminal can be read or written, or the context ends. It is select, not Go's
// poller, since macOS can neither kqueue nor poll /dev/tty; and with it no goroutine
// stays blocked in a read when the prompt ends.
func (t *TTY) await(ctx context.Context, writing bool) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	stop := context.AfterFunc(ctx, func() { w.Close() })
	defer stop()
	wake := int(r.Fd())
	if wake >= unix.FD_SETSIZE {
		return errors.New("too many open files")
	}
	for ctx.Err() == nil {
		var reads, writes unix.FdSet
		reads.Set(wake)
		if writing {
			writes.Set(t.fd)
		} else {
			reads.Set(t.fd)
		}
		_, err := unix.Select(max(wake, t.fd)+1, &reads, &writes, nil, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case reads.IsSet(t.fd) || writes.IsSet(t.fd):
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// foreground reports whether this process may set the terminal. In the background it may not: the kernel would stop it,
// and a shell uses the terminal then. A process that has lost its terminal may try.
func (t *TTY) foreground() bool {
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	return err != nil || int32(group) == int32(unix.Getpgrp())
}

// resumptions tells when this process goes on after it was stopped, as by Ctrl-Z and fg.
func resumptions() (<-chan os.Signal, context.CancelFunc) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, unix.SIGCONT)
	return ch, func() { signal.Stop(ch) }
}

// echoSwitch switches a terminal's echo off and on again.
type echoSwitch struct {
	tty         *TTY
	before, set unix.Termios
}

// hide turns echo off, and Ctrl-Z with it: a shell that got a stopped prompt's terminal might have no echo either.
// Called again, it does so where somebody else has set the terminal in between, and restore then gives back that.
func (h *echoSwitch) hide() error {
	now, err := unix.IoctlGetTermios(h.tty.fd, getTermios)
	if err != nil || *now == h.set {
		return err
	}
	h.before = *now
	modes := *now
	modes.Lflag &^= unix.ECHO
	modes.Lflag |= unix.ICANON | unix.ISIG
	modes.Iflag |= unix.ICRNL
	modes.Cc[unix.VSUSP] = disabled
	if err := unix.IoctlSetTermios(h.tty.fd, setTermios, &modes); err != nil {
		return err
	}
	if now, err = unix.IoctlGetTermios(h.tty.fd, getTermios); err == nil {
		h.set = *now // a terminal may not do all that was set
	}
	return err
}

func (h *echoSwitch) restore() {
	for range 100 {
		if !h.tty.foreground() {
			return
		}
		if err := unix.IoctlSetTermios(h.tty.fd, setTermios, &h.before); !errors.Is(err, unix.EINTR) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
