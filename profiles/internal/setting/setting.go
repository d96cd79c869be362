// Package setting has one value of a file, of a variable or of a flag, and where it was read. It promises that a Secret
// never prints, and that a Location names its file in words fit for a terminal.
package setting

import (
	"strconv"

	"hatstand/profiles/internal/show"
)

// A Setting is one value and where it was read. The zero Setting means that nothing was set; an empty value that was
// set has a Line or a Path.
type Setting struct {
	Value string
	Path  string // the file as the user would name it, else the variable or the flag
	Line  int    // counted from 1; 0: not from a file
}

// A Location is where something was read: a line of a file, a variable or a flag.
type Location struct {
	Path string
	Line int // 0: not a line of a file
}

// IsSet reports whether there is a value. An empty one counts as none, as it does for the SDKs.
func (s Setting) IsSet() bool { return s.Value != "" }

// Location is where the setting was read.
func (s Setting) Location() Location { return Location{s.Path, s.Line} }

// Where is the setting's location in words.
func (s Setting) Where() string { return s.Location().String() }

// String names the location: "~/.aws/config:12", "AWS_REGION", or "".
func (l Location) String() string {
	if l.Line == 0 {
		return show.Printable(l.Path)
	}
	return show.Printable(l.Path) + ":" + strconv.Itoa(l.Line)
}
