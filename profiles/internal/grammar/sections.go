// Package grammar reads the text of AWS's shared config and credentials files: where sections begin, what they
// are called, and the settings in them.
//
// It promises AWS's cross-SDK grammar, with the names that the AWS CLI takes and writes. A line that the grammar
// does not allow is the error of the section that it is in, and of no other one. It never opens a file.
package grammar

import (
	"bytes"
	"iter"
)

// A File is the text of one file. It searches for sections each time they are asked for, and reads settings section by
// section, so that one profile out of 100,000 costs little more than the bytes of the file.
type File struct {
	Data        []byte
	Credentials bool // its profiles are written [NAME]
}

// A Section is a "[...]" line and what follows it, up to the next one.
type Section struct {
	Kind Kind
	Open bool // its line has no ']': Settings fails
	Name []byte
	Line int // the header's, counted from 1
	// Where the header's line starts, where the line after it starts, and where the section ends, in Data.
	Start, Body, End int
}

// Parse checks the text before the first section, and the encoding.
func Parse(data []byte, credentials bool) (*File, *Error) {
	f := &File{Data: data, Credentials: credentials}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return nil, &Error{UTF16, 1}
	}
	line := 0
	for text := range bytes.Lines(data[len(f.ByteOrderMark()):f.nextHeader(len(f.ByteOrderMark()))]) {
		line++
		content := Trim(bytes.TrimSuffix(text, []byte("\n")))
		if len(content) == 0 || isComment(content[0]) {
			continue
		}
		if IsSpace(text[0]) {
			return nil, &Error{BeforeSectionIndented, line}
		}
		return nil, &Error{BeforeSection, line}
	}
	return f, nil
}

// ByteOrderMark is UTF-8's, if the data begins with it: editors on Windows write it.
func (f *File) ByteOrderMark() []byte {
	if bytes.HasPrefix(f.Data, []byte("\xef\xbb\xbf")) {
		return f.Data[:3]
	}
	return nil
}

// Sections are all sections, in the file's order.
func (f *File) Sections() iter.Seq[Section] { return f.sections("") }

// Named are the sections of that name, of whatever kind.
func (f *File) Named(name string) iter.Seq[Section] {
	return func(yield func(Section) bool) {
		for s := range f.sections(name) {
			if string(s.Name) == name && !yield(s) {
				return
			}
		}
	}
}

// sections are those whose line has a text in it; the others are passed over without being read.
func (f *File) sections(with string) iter.Seq[Section] {
	wanted := []byte(with)
	return func(yield func(Section) bool) {
		counted, line := 0, 1 // how far lines are counted
		for start := f.nextHeader(len(f.ByteOrderMark())); start < len(f.Data); {
			text, body := f.Data[start:], len(f.Data)
			if end := bytes.IndexByte(text, '\n'); end >= 0 {
				text, body = text[:end], start+end+1
			}
			next := f.nextHeader(body)
			if bytes.Contains(text, wanted) {
				line += bytes.Count(f.Data[counted:start], []byte("\n"))
				counted = start
				s := Section{Line: line, Start: start, Body: body, End: next}
				inside, closed := header(text)
				s.Open = !closed
				s.Kind, s.Name = f.classify(inside)
				if !yield(s) {
					return
				}
			}
			start = next
		}
	}
}

// HeaderText is a section's line from its '[' to its ']'.
func (f *File) HeaderText(sec Section) string {
	line := f.Data[sec.Start:sec.Body]
	return string(line[:bytes.LastIndexByte(line, ']')+1])
}

// nextHeader is where the first line at or after start begins that begins with '['; start begins a line.
func (f *File) nextHeader(start int) int {
	for at := start; ; at++ {
		i := bytes.IndexByte(f.Data[at:], '[')
		if i < 0 {
			return len(f.Data)
		}
		at += i
		if at == start || f.Data[at-1] == '\n' {
			return at
		}
	}
}

// header is the text in a section line's brackets. A comment may follow them, or even cut them off, as it does
// for AWS's readers; in quotes a '#' or ';' is a part of the name.
func header(text []byte) (inside []byte, closed bool) {
	text = text[:commentStart(text)]
	text = Trim(text)
	if len(text) < 2 || text[len(text)-1] != ']' {
		return Trim(text[1:]), false
	}
	return Trim(text[1 : len(text)-1]), true
}

func commentStart(text []byte) int {
	first := -1
	quote := byte(0)
	for i, c := range text {
		switch {
		case isComment(c):
			if first < 0 {
				first = i
			}
			if quote == 0 {
				return i
			}
		case quote != 0 && c == quote:
			quote, first = 0, -1
		case quote == 0 && (c == '"' || c == '\'') && i > 0 && (IsSpace(text[i-1]) || text[i-1] == '['):
			quote = c
		}
	}
	if first >= 0 { // in a quote that nothing closes, which is none
		return first
	}
	return len(text)
}

// classify says what a section is, and its name. A section with a name that no reader accepts is ignored, like one of
// an unknown kind.
func (f *File) classify(inside []byte) (Kind, []byte) {
	word, rest := inside, []byte(nil)
	if i := bytes.IndexAny(inside, " \t\r"); i >= 0 {
		word, rest = inside[:i], Trim(inside[i:])
	}
	if f.Credentials {
		// The AWS CLI writes [Acme Prod] here, without quotes.
		switch name, quoted := unquote(inside); {
		case quoted && ValidName(string(name)):
			return Profile, name
		case !quoted && validBare(inside, " ") && (len(rest) == 0 || headerKind(word) == Ignored):
			return Profile, inside
		}
		return Ignored, inside
	}
	switch {
	case len(rest) > 0:
		name, quoted := unquote(rest)
		if kind := headerKind(word); kind != Ignored && (quoted && ValidName(string(name)) || validBare(name, "")) {
			return kind, name
		}
	case string(word) == "default":
		return PlainDefault, word
	case string(word) == "hatstand":
		return Program, word
	}
	return Ignored, inside
}
