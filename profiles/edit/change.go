package edit

import (
	"bytes"
	"slices"
)

// A Change is what a file becomes. Its splices are of whole lines.
type Change struct {
	path    string
	full    []byte // the file before, with a newline at its end
	cut     bool   // that newline is not the file's own
	splices []splice
	after   []byte
}

// newChange puts splices of text in order, which is file with a newline at its end.
func newChange(file, text *source, splices []splice) *Change {
	slices.SortStableFunc(splices, func(a, b splice) int { return a.start - b.start })
	c := &Change{path: file.path, full: text.data, cut: len(text.data) > len(file.data), splices: splices}
	c.after = apply(c.full, splices, "\n")
	if c.cut {
		c.after = bytes.TrimSuffix(c.after, []byte("\n"))
	}
	return c
}

// Bytes is the file as it becomes.
func (c *Change) Bytes() []byte { return c.after }
