package profiles

import (
	"bytes"
	"math"
)

// A source is one file, scanned: every line was checked, and where each section begins is known.
// Values are read out of the bytes only for the profiles that are asked for, which is what
// makes a hundred thousand profiles cheap.
type source struct {
	path     string
	data     []byte
	sections []section
	index    index
}

// A section is a "[...]" line and what follows it. Offsets are into the file.
type section struct {
	nameStart, nameEnd int32
	body               int32 // where the line after the header starts
	line               int32 // the header's
	kind               sectionKind
}

type sectionKind uint8

const (
	ignored      sectionKind = iota // no reader of AWS's takes it; the name is all there is in the brackets
	profile                         // [profile x] in the config file, [x] in the credentials file
	plainDefault                    // [default] in the config file, which [profile default] overrides whole
	ssoSession                      // [sso-session x]
	services                        // [services x]
	ours                            // [hatstand x]
	program                         // [hatstand]
)

// isProfile reports whether the section is one of a profile's.
func (s *section) isProfile() bool {
	return s.kind == profile || s.kind == plainDefault || s.kind == ours
}

// scan checks every line of a file and notes its sections.
func scan(f File, credentials bool) (*source, error) {
	s := &source{path: f.Path, data: f.Data}
	data := f.Data
	if len(data) >= math.MaxInt32 {
		return nil, &SyntaxError{Path: f.Path, Line: 1, Reason: "the file is larger than 2 GiB"}
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return nil, &SyntaxError{Path: f.Path, Line: 1, Reason: "the file is in UTF-16",
			hint: "save the file as UTF-8"}
	}
	off := len(byteOrderMark(data))
	fail := func(line int, reason, hint string) (*source, error) {
		return nil, &SyntaxError{Path: f.Path, Line: line, Reason: reason, hint: hint}
	}
	property := -1 // where the line of the property that a continuation would belong to starts
	for line := 1; off < len(data); line++ {
		end := bytes.IndexByte(data[off:], '\n')
		if end < 0 {
			end = len(data)
		} else {
			end += off
		}
		text := data[off:end]
		start := off
		off = end + 1
		if len(text) == 0 {
			continue
		}
		switch first := text[0]; {
		case first == '#' || first == ';':
		case first == '[':
			inside, ok := header(text)
			if !ok {
				return fail(line, "a section's line must end with ']'", "")
			}
			kind, name := classify(inside, credentials)
			// The name is a part of data, so its place follows from what is left behind it.
			nameStart := cap(data) - cap(name)
			if s.sections == nil {
				s.sections = make([]section, 0, len(data)/160+8)
			}
			s.sections = append(s.sections, section{
				nameStart: int32(nameStart), nameEnd: int32(nameStart + len(name)),
				body: int32(min(off, len(data))), line: int32(line), kind: kind,
			})
			property = -1
		case isSpace(first):
			content := trim(text)
			if len(content) == 0 || content[0] == '#' || content[0] == ';' {
				continue
			}
			if len(s.sections) == 0 {
				return fail(line, "a setting stands before the first section", "")
			}
			if looksLikeSection(content, credentials) {
				return fail(line, "a section's line must not be indented: it would continue the setting above", "remove the spaces before '['")
			}
			if property < 0 {
				return fail(line, "an indented line continues the setting above it, and there is none", "remove the spaces at the start of the line")
			}
			if emptyValue(data[property:start]) {
				switch separator := equals(content); separator {
				case -1:
					return fail(line, "a nested setting must have an '='", "")
				case 0:
					return fail(line, "a nested setting must have a name before its '='", "")
				}
			}
		default:
			if len(s.sections) == 0 {
				return fail(line, "a setting stands before the first section", "put a line like [profile NAME] above it")
			}
			switch equals(text) {
			case -1:
				return fail(line, "a setting must have an '='", "write it as name = value")
			case 0:
				return fail(line, "a setting must have a name before its '='", "")
			}
			property = start
		}
	}
	return s, nil
}

// byteOrderMark is UTF-8's, if the data begins with it: editors on Windows write it.
func byteOrderMark(data []byte) []byte {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return data[:3]
	}
	return nil
}

// header is what stands in a section line's brackets. A comment may follow them, or even cut them
// off, as it does for AWS's readers.
func header(text []byte) ([]byte, bool) {
	for i, c := range text {
		if c == '#' || c == ';' {
			text = text[:i]
			break
		}
	}
	text = trim(text)
	if len(text) < 2 || text[len(text)-1] != ']' {
		return nil, false
	}
	return trim(text[1 : len(text)-1]), true
}

// classify says what a section is, and its name. A name with other characters than AWS allows
// makes the section an ignored one, as a kind that nobody knows does.
func classify(inside []byte, credentials bool) (sectionKind, []byte) {
	word, name := inside, []byte(nil)
	for i, c := range inside {
		if isSpace(c) {
			word, name = inside[:i], trim(inside[i:])
			break
		}
	}
	kind := ignored
	switch {
	case credentials:
		if len(name) == 0 && validName(word) {
			return profile, word
		}
	case len(name) == 0 && string(word) == "default":
		return plainDefault, word
	case len(name) == 0 && string(word) == "hatstand":
		return program, word
	case string(word) == "profile":
		kind = profile
	case string(word) == "sso-session":
		kind = ssoSession
	case string(word) == "services":
		kind = services
	case string(word) == "hatstand":
		kind = ours
	}
	if kind == ignored || !validName(name) {
		return ignored, inside
	}
	return kind, name
}

// looksLikeSection finds a section's line that was indented. By the grammar it would be a
// continuation, and the role below it would become another profile's.
func looksLikeSection(content []byte, credentials bool) bool {
	if content[0] != '[' {
		return false
	}
	inside, ok := header(content)
	if !ok {
		return false
	}
	kind, _ := classify(inside, credentials)
	return kind != ignored
}

// equals is the place of a setting's '=', or -1; 0 means that it has no name. A comment, which
// must follow a space, ends the search.
func equals(text []byte) int {
	for i, c := range text {
		switch c {
		case '=':
			return i
		case '#', ';':
			if i > 0 && isSpace(text[i-1]) {
				return -1
			}
		}
	}
	return -1
}

// emptyValue reports whether the setting on the first line of text has no value there, so that the
// lines below it are nested settings.
func emptyValue(text []byte) bool {
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	separator := equals(text)
	return separator >= 0 && len(value(text, separator)) == 0
}

// value is what follows the '=', up to a comment.
func value(text []byte, separator int) []byte {
	for i := separator + 1; i < len(text); i++ {
		if (text[i] == '#' || text[i] == ';') && isSpace(text[i-1]) {
			text = text[:i]
			break
		}
	}
	return trim(text[separator+1:])
}

// each gives a section's settings in order: the line of each, its name as it is written, and its
// value, in which continuation lines are joined by "\n" and have lost their indent. The section
// was scanned, so that every line of it is one that scan passes.
func (s *source) each(sec *section, yield func(name, value []byte, line int)) {
	var name, val []byte
	at, open, joined := 0, false, false // joined: val is no longer a part of the file
	flush := func() {
		if open && validName(name) {
			yield(name, val, at)
		}
		open, joined = false, false
	}
	off := int(sec.body)
	for line := int(sec.line) + 1; off < len(s.data); line++ {
		end := bytes.IndexByte(s.data[off:], '\n')
		if end < 0 {
			end = len(s.data)
		} else {
			end += off
		}
		text := s.data[off:end]
		off = end + 1
		if len(text) == 0 || text[0] == '#' || text[0] == ';' {
			continue
		}
		if text[0] == '[' {
			break
		}
		if isSpace(text[0]) {
			content := trim(text)
			if len(content) == 0 || content[0] == '#' || content[0] == ';' {
				continue
			}
			if !joined {
				val, joined = val[:len(val):len(val)], true
			}
			val = append(append(val, '\n'), content...)
			continue
		}
		flush()
		separator := equals(text)
		name, val, at, open = trim(text[:separator]), value(text, separator), line, true
	}
	flush()
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

func trim(text []byte) []byte {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

const nameRule = "a name may have A-Z a-z 0-9 - _ / . % @ : + only"

// validName reports whether a profile or a setting may have that name.
func validName(name []byte) bool {
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '/', c == '.', c == '%', c == '@', c == ':', c == '+':
		default:
			return false
		}
	}
	return len(name) > 0
}
