package profiles

import (
	"strconv"
	"unicode/utf8"
)

// A Setting is one value and the place it was read from. The zero Setting means
// that nothing was set; a set but empty value has a Line or a Path.
type Setting struct {
	Value string
	Path  string // the file as the user would name it, else the variable or the flag
	Line  int    // counted from 1; 0: not from a file
}

// IsSet reports whether there is a value. An empty one counts as none, as it does for the SDKs.
func (s Setting) IsSet() bool { return s.Value != "" }

// Where names the place: "~/.aws/config:12", "AWS_REGION", or "".
func (s Setting) Where() string {
	if s.Line == 0 {
		return printable(s.Path)
	}
	return printable(s.Path) + ":" + strconv.Itoa(s.Line)
}

// printable is text fit for a terminal: quoted if it holds anything that is not plain print.
func printable(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(s)
		}
	}
	return s
}

// quoted is a value as messages show it: quoted, so that no terminal escape passes, and cut
// where it is long.
func quoted(s string) string {
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
