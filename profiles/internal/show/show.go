// Package show makes text from a file fit for a message. It promises that what it returns holds nothing that moves a
// terminal's cursor. It does not know which values are secret: they must not be given to it.
package show

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable is text fit for a terminal: quoted if it holds anything that is not plain print.
func Printable(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(s)
		}
	}
	return s
}

// Quoted is a value as messages show it: quoted, so that no terminal escape passes, and cut
// where it is long.
func Quoted(s string) string {
	const most = 80
	if len(s) <= most {
		return strconv.Quote(s)
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "..."
}

// InQuotes reports whether a value is in quotes, straight or curly. Some readers of these files remove them; AWS's
// grammar makes them a part of the value.
func InQuotes(s string) bool {
	for _, pair := range []string{`""`, `''`, "\u201c\u201d", "\u2018\u2019", "\u201d\u201d", "\u201e\u201c"} {
		open, shut := string([]rune(pair)[0]), string([]rune(pair)[1])
		if len(s) > len(open)+len(shut) && strings.HasPrefix(s, open) && strings.HasSuffix(s, shut) {
			return true
		}
	}
	return false
}
