//go:build unix

package main

import (
	"regexp"
	"strings"
	"time"

	"github.com/hinshun/vt10x"
	"github.com/rogpeppe/go-internal/testscript"
)

// window FILE waits until the terminal's window shows what is in the file, and nothing else: each line without the
// blanks at its end, and no empty lines after the last. A time that something lasts until is HH:MM.
func window(ts *testscript.TestScript, _ bool, args []string) {
	r := of(ts).shown
	want := ts.ReadFile(args[0])
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if got := r.window(); got == want {
			return
		} else if time.Now().After(end) {
			ts.Fatalf("the window of %dx%d does not show %s, but:\n%s", r.size.Cols, r.size.Rows, args[0], got)
		}
	}
}

// window is what stands in the terminal's window. Times are HH:MM.
func (r *terminalRun) window() string {
	r.mu.Lock()
	drawn := r.drawn
	r.mu.Unlock()
	t := vt10x.New(vt10x.WithSize(int(r.size.Cols), int(r.size.Rows)))
	_, _ = t.Write([]byte(drawn))
	var lines []string
	for row := range int(r.size.Rows) {
		var line strings.Builder
		for column := range int(r.size.Cols) {
			line.WriteRune(t.Cell(column, row).Char)
		}
		lines = append(lines, strings.TrimRight(strings.ReplaceAll(line.String(), "\x00", " "), " "))
	}
	text := strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
	return regexp.MustCompile(`until (?:[A-Z][a-z][a-z] )?\d\d:\d\d`).ReplaceAllString(text, "until HH:MM")
}
