package grammar

import (
	"bytes"
	"strings"
)

// A Fault says what the grammar does not allow.
type Fault int

const (
	UTF16                 Fault = iota + 1
	BeforeSection               // a setting before the first section
	BeforeSectionIndented       // the same, indented
	OpenHeader                  // no ']'
	NoEquals
	OtherEquals // the '=' of another alphabet: a wide one
	NoName
	NothingToContinue // an indented line with no setting above it
	// by the grammar it would continue the setting above, and the role below it would be another profile's
	IndentedHeader
	NestedNoEquals
	NestedNoName
)

// Reason is the fault in words.
func (f Fault) Reason() string {
	return [...]string{
		UTF16:                 "the file is in UTF-16",
		BeforeSection:         "a setting comes before the first section",
		BeforeSectionIndented: "a setting comes before the first section",
		OpenHeader:            "the line of a section must end with ']'",
		NoEquals:              "a setting must have an '='",
		OtherEquals:           "a setting must have an '=', and the one on this line is another character that looks like it",
		NoName:                "a setting must have a name before its '='",
		NothingToContinue:     "an indented line continues the setting above it, and there is none",
		IndentedHeader:        "the line of a section must not be indented: it would continue the setting above it",
		NestedNoEquals:        "a nested setting must have an '='",
		NestedNoName:          "a nested setting must have a name before its '='",
	}[f]
}

// An Error is a line that the grammar does not allow. It never holds the line, which may be a key.
type Error struct {
	Fault Fault
	Line  int
}

func (e *Error) Error() string { return e.Fault.Reason() }

// A Setting is one setting of a section and where it is written.
type Setting struct {
	Key   string // in lower case
	Value string // continuation lines are joined by "\n" and have lost their indent
	Line  int
	Valid bool // readers accept the name; else they ignore the setting
	// Comment: a comment follows the value.
	Comment bool
	// Where its own line starts and ends, newline included, where its '=' is, and where the value on its own line
	// is, in Data.
	Start, End, Separator, ValueStart, ValueEnd int
	// The lines that continue it. Between them may be comments and empty lines, which are not its own.
	More [][2]int
}

// LastEnd is where the last of its lines ends.
func (s *Setting) LastEnd() int {
	if n := len(s.More); n > 0 {
		return s.More[n-1][1]
	}
	return s.End
}

// mostReserved is how many settings a section is expected to have at most. It may have more.
const mostReserved = 16

// Settings are a section's settings in order, duplicates included, and the first line that the grammar does not
// allow. Lines that are not allowed are passed over.
func (f *File) Settings(sec Section) ([]Setting, *Error) {
	// One text and one list for the section: a list of 10,000 profiles reads them all before it is shown.
	body := string(f.Data[sec.Body:sec.End])
	all := make([]Setting, 0, min(strings.Count(body, "\n")+1, mostReserved))
	var err *Error
	fail := func(fault Fault, line int) {
		if err == nil {
			err = &Error{fault, line}
		}
	}
	if sec.Open {
		fail(OpenHeader, sec.Line)
	}
	start, line := sec.Body, sec.Line
	open := false // a setting is there for a line to continue
	for text := range bytes.Lines(f.Data[sec.Body:sec.End]) {
		line++
		at := start
		start += len(text)
		text = bytes.TrimSuffix(text, []byte("\n"))
		content := Trim(text)
		if len(content) == 0 || isComment(content[0]) {
			continue
		}
		if IsSpace(text[0]) {
			switch {
			case f.looksLikeHeader(content):
				fail(IndentedHeader, line)
				continue
			case !open:
				fail(NothingToContinue, line)
				continue
			}
			last := &all[len(all)-1]
			if last.ValueStart == last.ValueEnd { // what follows is nested
				switch equals(content) {
				case -1:
					fail(NestedNoEquals, line)
				case 0:
					fail(NestedNoName, line)
				}
			}
			last.Value += "\n" + string(content)
			last.More = append(last.More, [2]int{at, start})
			continue
		}
		separator := equals(text)
		if open = separator > 0; !open {
			switch {
			case separator == 0:
				fail(NoName, line)
			case bytes.ContainsAny(text, "\uff1d\ufe66\ua78a"):
				fail(OtherEquals, line)
			default:
				fail(NoEquals, line)
			}
			continue
		}
		name, val := Trim(text[:separator]), value(text[separator+1:])
		from, named := at+separator+1, at+bytes.Index(text, name)
		if len(val) > 0 {
			from += bytes.Index(text[separator+1:], val)
		}
		all = append(all, Setting{
			Key:   strings.ToLower(body[named-sec.Body : named-sec.Body+len(name)]),
			Value: body[from-sec.Body : from-sec.Body+len(val)], Line: line, Valid: ValidKey(name),
			Comment: len(val) != len(Trim(text[separator+1:])),
			Start:   at, End: start, Separator: at + separator, ValueStart: from, ValueEnd: from + len(val),
		})
	}
	return all, err
}

// looksLikeHeader finds a section's line that was indented.
func (f *File) looksLikeHeader(content []byte) bool {
	if content[0] != '[' {
		return false
	}
	inside, closed := header(content)
	if !closed {
		return false
	}
	kind, _ := f.classify(inside)
	return kind != Ignored
}

// IndentedHeader is the line of a profile's section that was indented; 0: there is none.
func (f *File) IndentedHeader(name string) int {
	line := 0
	for text := range bytes.Lines(f.Data) {
		line++
		if content := Trim(bytes.TrimSuffix(text, []byte("\n"))); len(content) > 0 && IsSpace(text[0]) &&
			content[0] == '[' {
			inside, _ := header(content)
			if kind, of := f.classify(inside); kind.IsProfile() && string(of) == name {
				return line
			}
		}
	}
	return 0
}

// Nested is a setting inside a setting's value: "endpoint_url" in a services section's "sts". Text that looks like a
// comment there is a part of the value, as in AWS's test cases.
func Nested(outer, key string) string {
	for text := range strings.SplitSeq(outer, "\n") {
		name, val, ok := strings.Cut(text, "=")
		if ok && strings.EqualFold(strings.Trim(name, " \t\r"), key) {
			return strings.Trim(val, " \t\r")
		}
	}
	return ""
}

// equals is the place of a setting's '=', or -1; 0 means that it has no name. A comment, which must follow a
// space, ends the search.
func equals(text []byte) int {
	for i, c := range text {
		switch {
		case c == '=':
			if len(Trim(text[:i])) == 0 {
				return 0
			}
			return i
		case isComment(c) && i > 0 && IsSpace(text[i-1]):
			return -1
		}
	}
	return -1
}

// value is what follows the '=', up to a comment.
func value(text []byte) []byte {
	for i, c := range text {
		if isComment(c) && i > 0 && IsSpace(text[i-1]) {
			text = text[:i]
			break
		}
	}
	return Trim(text)
}

func isComment(c byte) bool { return c == '#' || c == ';' }

// IsSpace reports whether c is a space inside a line.
func IsSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// Trim removes the spaces at both ends.
func Trim(text []byte) []byte { return bytes.Trim(text, " \t\r") }
