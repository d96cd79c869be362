package profiles

import (
	"bytes"
	"strings"
)

// A span is where a setting is written: its own line, then those that continue it. Between them may be
// comments and empty lines, which are not its own.
type span struct {
	key                  string // in lower case
	number               int    // its line's
	separator            int    // where its '=' is
	valueStart, valueEnd int    // of the value on its own line
	lines                [][2]int
}

// spans are the settings of a section that has been scanned, in order.
func (s *source) spans(sec *section) []span {
	var all []span
	off := int(sec.body)
	for number := int(sec.line) + 1; off < len(s.data); number++ {
		start, end := off, len(s.data)
		if i := bytes.IndexByte(s.data[off:], '\n'); i >= 0 {
			end = off + i + 1
		}
		text := bytes.TrimSuffix(s.data[start:end], []byte("\n"))
		off = end
		content := trim(text)
		switch {
		case len(text) > 0 && text[0] == '[':
			return all
		case len(content) == 0 || content[0] == '#' || content[0] == ';':
		case isSpace(text[0]):
			if len(all) > 0 {
				sp := &all[len(all)-1]
				sp.lines = append(sp.lines, [2]int{start, end})
			}
		default:
			separator := equals(text)
			val := value(text, separator)
			from := start + separator + 1
			if len(val) > 0 {
				from = start + separator + 1 + bytes.Index(text[separator+1:], val)
			}
			all = append(all, span{
				key: strings.ToLower(string(trim(text[:separator]))), number: number, separator: start + separator,
				valueStart: from, valueEnd: from + len(val), lines: [][2]int{{start, end}},
			})
		}
	}
	return all
}

// cut takes out all of its lines.
func (sp span) cut() []splice {
	cuts := make([]splice, len(sp.lines))
	for i, l := range sp.lines {
		cuts[i] = splice{l[0], l[1], ""}
	}
	return cuts
}

// setting writes a setting with its newline.
func setting(key, value, eol string) string {
	first, rest, continued := strings.Cut(value, "\n")
	text := strings.TrimRight(key+" = "+first, " ") + eol
	if continued {
		text += continuation(rest, eol)
	}
	return text
}

func continuation(value, eol string) string {
	return "  " + strings.ReplaceAll(value, "\n", eol+"  ") + eol
}

// newValue changes a value where it stands.
func (e *Editor) newValue(sec *section, sp span, value string) []splice {
	data := e.source.data
	first, rest, continued := strings.Cut(value, "\n")
	if sp.valueStart == sp.valueEnd && first != "" {
		first = " " + first
	}
	splices := []splice{{sp.valueStart, sp.valueEnd, first}}
	eol := e.source.lineEnd(sec)
	if continued {
		after, text := sp.lines[0][1], continuation(rest, eol)
		if data[after-1] != '\n' {
			text = eol + strings.TrimSuffix(text, eol)
		}
		splices = append(splices, splice{after, after, text})
	}
	return append(splices, sp.cut()[1:]...)
}

// newSetting comes after the section's other settings, in a line of the form that the section's own has.
func (e *Editor) newSetting(sec *section, key, value string) splice {
	data := e.source.data
	at := int(sec.body)
	if spans := e.source.spans(sec); len(spans) > 0 {
		lines := spans[len(spans)-1].lines
		at = lines[len(lines)-1][1]
	}
	eol := e.source.lineEnd(sec)
	text := setting(key, value, eol)
	if data[at-1] != '\n' { // the file's last line, which has no newline
		text = eol + strings.TrimSuffix(text, eol)
	}
	return splice{at, at, text}
}

// newSection comes at the end of the file, after an empty line.
func (e *Editor) newSection(s Section, settings string) splice {
	data := e.source.data
	eol := e.source.lineEnd(nil)
	text := "[" + s.header(e.credentials) + "]" + eol + settings
	body := data[len(byteOrderMark(data)):]
	switch {
	case len(body) == 0:
	case !bytes.HasSuffix(body, []byte("\n")):
		text = eol + eol + text
	case !bytes.HasSuffix(body, []byte("\n\n")) && !bytes.HasSuffix(body, []byte("\n\r\n")):
		text = eol + text
	}
	return splice{len(data), len(data), text}
}

// header is what stands in the brackets.
func (s Section) header(credentials bool) string {
	switch {
	case s.kind == ours:
		return "hatstand " + s.name
	case credentials || s.name == "default":
		return s.name
	}
	return "profile " + s.name
}

// lineEnd is how the line of the section's header ends, or else the first line; "\n" in a file of one
// line.
func (s *source) lineEnd(sec *section) string {
	at := 0
	if sec != nil {
		switch {
		case bytes.IndexByte(s.data[sec.nameEnd:], '\n') >= 0:
			at = int(sec.nameEnd)
		case bytes.HasSuffix(s.data, []byte("\r")): // "\n" after it would make one line end of both
			return "\r\n"
		}
	}
	if i := at + bytes.IndexByte(s.data[at:], '\n'); i > at && s.data[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
