// Package ui is all that a person sees and types in at a verb: lines on stdout and stderr, errors and their
// hints, questions with the arrow keys, progress, QR codes, the clipboard, and the words of cobra. It promises
// that nothing which a config file or AWS says can steer the terminal. It never reads a setting, a profile or a
// secret, and it knows no verb.
package ui

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"golang.org/x/term"

	"hatstand/mfa"
)

// Streams are what a verb talks through.
type Streams struct {
	In       *os.File
	Out, Err io.Writer
	// Getenv is for TERM, NO_COLOR and the locale.
	Getenv func(string) string
	// Terminal opens the controlling terminal.
	Terminal func() (*mfa.TTY, error)
}

// Print writes text for a person on stdout: what could steer the terminal is left out, line by line.
func (s Streams) Print(text string) error {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(Plain(l), " ")
	}
	_, err := fmt.Fprint(s.Out, strings.Join(lines, "\n"))
	return err
}

// Note tells a person something beside the answer; "" is nothing.
func (s Streams) Note(text string) {
	if text != "" {
		fmt.Fprintf(s.Err, "hatstand: note: %s\n", Plain(text))
	}
}

// NoteAtTerminal is Note where stderr is a terminal, else nothing.
func (s Streams) NoteAtTerminal(text string) {
	if terminalOf(s.Err) != nil {
		s.Note(text)
	}
}

// AlertAtTerminal is NoteAtTerminal in red, for what a person must not overlook.
func (s Streams) AlertAtTerminal(text string) {
	if w := terminalOf(s.Err); w != nil {
		fmt.Fprintln(w, s.Coloured(w, alertColour, "hatstand: note: "+Plain(text)))
	}
}

const alertColour = "c0392b"

// terminalOf is w where that is a terminal, else nil.
func terminalOf(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// Plain leaves out what could steer a terminal or turn the order of what is read, and newlines, so that
// one error stays one line.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

// Quoted is a name in quotes, for an error.
func Quoted(s string) string { return strconv.Quote(s) }

// Columns aligns what is written to it by tabs. Flush it at the end.
func Columns(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// ClockTime is a time as a person reads it off a clock: the hour today, with the day otherwise.
func ClockTime(t, now time.Time) string {
	t = t.In(now.Location())
	if y, m, d := t.Date(); y == now.Year() && m == now.Month() && d == now.Day() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}
