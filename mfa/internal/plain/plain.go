// Package plain makes text of others safe to show: it moves no cursor and turns no direction of writing. It is pure.
package plain

import (
	"strings"
	"unicode"
)

// Line is text as one line of at most max characters.
func Line(text string, max int) string {
	var b strings.Builder
	n := 0
	for _, c := range text {
		if n == max {
			b.WriteString("...")
			break
		}
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			c = '?'
		}
		b.WriteRune(c)
		n++
	}
	return b.String()
}

// Lines is Line for a text of several lines.
func Lines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Line(line, 2048)
	}
	return strings.Join(lines, "\n")
}
