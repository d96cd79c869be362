package mfa

import (
	"context"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/windows"
)

// A TTY is an open terminal: /dev/tty, and the console's CONIN$ and CONOUT$ on Windows.
type TTY struct {
	in, out *os.File
	reading bool // a read of in is left behind
}

// OpenTTY opens the console of this process. It is ErrNoTerminal where there is none, and where another
// program has turned line editing off.
func OpenTTY() (*TTY, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, noTerminal("no console for input")
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		in.Close()
		return nil, noTerminal("no console for output")
	}
	t := &TTY{in: in, out: out}
	var mode uint32
	if err := windows.GetConsoleMode(windows.Handle(in.Fd()), &mode); err != nil {
		t.Close()
		return nil, noTerminal("the input is not a console")
	}
	if mode&windows.ENABLE_LINE_INPUT == 0 {
		t.Close()
		return nil, noTerminal("another program reads single keys from it")
	}
	return t, nil
}

// Close closes the terminal. Where a read is left behind, its input stays open: closing it would wait for the read, until
// somebody presses Enter.
func (t *TTY) Close() error {
	if t.reading {
		return t.out.Close()
	}
	err := t.in.Close()
	if oerr := t.out.Close(); err == nil {
		err = oerr
	}
	return err
}

// Size returns the size of the console's window, in characters; zeros if it is not known or if the console does not
// take escape sequences.
func (t *TTY) Size() (columns, rows int) {
	h := windows.Handle(t.out.Fd())
	var mode uint32
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleMode(h, &mode) != nil || mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING == 0 ||
		windows.GetConsoleScreenBufferInfo(h, &info) != nil {
		return 0, 0
	}
	return int(info.Window.Right-info.Window.Left) + 1, int(info.Window.Bottom-info.Window.Top) + 1
}

// Write writes to the terminal, as text for a human.
func (t *TTY) Write(p []byte) (int, error) { return t.out.Write(p) }

// Print is Write with ends of lines as the console wants them.
func (t *TTY) Print(ctx context.Context, text string) error { return t.write(ctx, text) }

func (t *TTY) write(_ context.Context, text string) error {
	_, err := t.out.WriteString(strings.ReplaceAll(text, "\n", "\r\n"))
	return err
}

// readLine leaves a read behind when the context ends first: a console's cannot be called
// back. It costs nothing, since a prompt that was cancelled ends the process.
func (t *TTY) readLine(ctx context.Context) (string, error) {
	type answer struct {
		line string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		line, err := consoleLine(t.in)
		done <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		t.reading = true
		return "", ctx.Err()
	case a := <-done:
		return a.line, a.err
	}
}

func consoleLine(in io.Reader) (string, error) {
	var line []byte
	buf := make([]byte, 1)
	for len(line) <= MaxLine {
		n, err := in.Read(buf)
		if n == 0 || err != nil {
			return "", io.EOF
		}
		switch buf[0] {
		case '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case 0x1a: // Ctrl-Z is a console's end of file
			return "", io.EOF
		}
		line = append(line, buf[0])
	}
	return "", io.ErrShortBuffer
}

// foreground is always so: there is no job control.
func (t *TTY) foreground() bool { return true }

// resumptions never come.
func resumptions() (<-chan os.Signal, context.CancelFunc) { return nil, func() {} }

// echoSwitch switches a console's echo off and on again.
type echoSwitch struct {
	tty    *TTY
	before uint32
}

func (h *echoSwitch) hide() error {
	in := windows.Handle(h.tty.in.Fd())
	if err := windows.GetConsoleMode(in, &h.before); err != nil {
		return err
	}
	return windows.SetConsoleMode(
		in,
		h.before&^windows.ENABLE_ECHO_INPUT|windows.ENABLE_LINE_INPUT|windows.ENABLE_PROCESSED_INPUT,
	)
}

func (h *echoSwitch) restore() { _ = windows.SetConsoleMode(windows.Handle(h.tty.in.Fd()), h.before) }

// flush drops what was typed and not read.
func (t *TTY) flush() { _ = windows.FlushConsoleInputBuffer(windows.Handle(t.in.Fd())) }

// Name is "": the terminal has no path.
func (t *TTY) Name() string { return "" }
