package edit

import (
	"bytes"
	"slices"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
)

// A source is the text of one file.
type source struct {
	path     string
	data     []byte
	file     *grammar.File
	sections []grammar.Section
}

func scan(f profiles.File, credentials bool) (*source, error) {
	file, fault := grammar.Parse(f.Data, credentials)
	if fault != nil {
		return nil, &Error{Kind: Broken, Location: profiles.Location{Path: f.Path, Line: fault.Line},
			Reason: fault.Error()}
	}
	return &source{f.Path, f.Data, file, slices.Collect(file.Sections())}, nil
}

// spans are the settings of a section, in order.
func (s *source) spans(sec *grammar.Section) []grammar.Setting {
	all, _ := s.file.Settings(*sec)
	return all
}

// check refuses a section with a line in it that the grammar does not allow: what belongs to what is not sure there.
func (s *source) check(sec *grammar.Section) error {
	if _, fault := s.file.Settings(*sec); fault != nil {
		return &Error{Kind: Broken, Location: profiles.Location{Path: s.path, Line: fault.Line}, Reason: fault.Error()}
	}
	return nil
}

// cut removes all lines of a setting.
func cut(sp grammar.Setting) []splice {
	cuts := []splice{{sp.Start, sp.End, ""}}
	for _, l := range sp.More {
		cuts = append(cuts, splice{l[0], l[1], ""})
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

// newValue changes a value in place.
func (e *Editor) newValue(sec *grammar.Section, sp grammar.Setting, value string) []splice {
	data := e.source.data
	first, rest, continued := strings.Cut(value, "\n")
	if sp.ValueStart == sp.ValueEnd && first != "" {
		first = " " + first
	}
	splices := []splice{{sp.ValueStart, sp.ValueEnd, first}}
	eol := e.source.lineEnd(sec)
	if continued {
		after, text := sp.End, continuation(rest, eol)
		if data[after-1] != '\n' {
			text = eol + strings.TrimSuffix(text, eol)
		}
		splices = append(splices, splice{after, after, text})
	}
	return append(splices, cut(sp)[1:]...)
}

// newSetting comes after the section's other settings, in a line of the form that the section's own has.
func (e *Editor) newSetting(sec *grammar.Section, key, value string) splice {
	data := e.source.data
	at := sec.Body
	if spans := e.source.spans(sec); len(spans) > 0 {
		at = spans[len(spans)-1].LastEnd()
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
	text := grammar.Header(s.kind, s.name, e.credentials) + eol + settings
	body := data[len(e.source.file.ByteOrderMark()):]
	switch {
	case len(body) == 0:
	case !bytes.HasSuffix(body, []byte("\n")):
		text = eol + eol + text
	case !bytes.HasSuffix(body, []byte("\n\n")) && !bytes.HasSuffix(body, []byte("\n\r\n")):
		text = eol + text
	}
	return splice{len(data), len(data), text}
}

// lineEnd is how the line of the section's header ends, or else the first line; "\n" in a file of one
// line.
func (s *source) lineEnd(sec *grammar.Section) string {
	at := 0
	if sec != nil {
		switch {
		case bytes.IndexByte(s.data[sec.Start:], '\n') >= 0:
			at = sec.Start
		case bytes.HasSuffix(s.data, []byte("\r")): // "\n" after it would make one line end of both
			return "\r\n"
		}
	}
	if i := at + bytes.IndexByte(s.data[at:], '\n'); i > at && s.data[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
