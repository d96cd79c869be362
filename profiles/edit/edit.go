// Package edit changes the text of AWS's config and credentials files: one text in, another out.
//
// It promises to change only the lines that it has to, that the new text reads back as meant, and that adopting a
// profile can be undone byte for byte. It never opens or writes a file, and its Errors show no value.
package edit

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
)

// An Editor changes the text of one file. It touches the lines of the settings that it is to
// touch and no other byte: comments, order, line ends, unknown keys and a missing newline at the end stay.
// After each change it reads its own work; what does not read as meant is undone and refused.
//
//	e, err := edit.Config(file)
//	err = e.Set(edit.Profile("me"), "mfa_serial", serial)
//	n, err := e.Unset(edit.Profile("me"), edit.KeyNames()...)
//	after := e.Bytes()
//
// It knows nothing of the other file, where a setting may stand that wins: [TargetOf] says where to
// write. Errors are an *[Error].
type Editor struct {
	source      *source
	credentials bool
}

// A Section names a section of whichever file it is looked for in.
type Section struct {
	kind grammar.Kind // Profile or Hatstand
	name string
}

// Profile is [profile NAME]; [NAME] in the credentials file; [default], unless there is a
// [profile default].
func Profile(name string) Section { return Section{grammar.Profile, name} }

// Hatstand is [hatstand NAME], which the config file alone has.
func Hatstand(name string) Section { return Section{grammar.Hatstand, name} }

// KeyNames are the settings that hold an access key: its ID, its secret and a session token.
func KeyNames() []string {
	return []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
}

// Config begins to edit a config file.
func Config(f profiles.File) (*Editor, error) { return begin(f, false) }

// Credentials begins to edit a credentials file.
func Credentials(f profiles.File) (*Editor, error) { return begin(f, true) }

func begin(f profiles.File, credentials bool) (*Editor, error) {
	s, err := scan(f, credentials)
	if err != nil {
		return nil, err
	}
	return &Editor{s, credentials}, nil
}

// Bytes is the file as it is now. The caller must not change it.
func (e *Editor) Bytes() []byte { return e.source.data }

// Set gives a setting a value. If the section has the setting, its value is changed in place and its comment is kept;
// if it has it several times, the last one is changed, which is the one that counts. A new one comes after the
// section's other settings, a new section at the end of the file. A value of several lines is written as a nested or
// continued one.
func (e *Editor) Set(s Section, key, value string) error {
	key = strings.ToLower(key)
	if err := e.fits(s, key, value); err != nil {
		return err
	}
	want := e.source.model()
	numbers := e.source.effective(s)
	if len(numbers) == 0 {
		return e.append(sectionModel{s, []entry{{key, value}}, ""},
			e.newSection(s, setting(key, value, e.source.lineEnd(nil))))
	}
	for i := len(numbers) - 1; i >= 0; i-- {
		sec := &e.source.sections[numbers[i]]
		if err := e.source.check(sec); err != nil {
			return err
		}
		spans := e.source.spans(sec)
		for j := len(spans) - 1; j >= 0; j-- {
			if spans[j].Key == key {
				want[numbers[i]].setLast(key, value)
				return e.change(sec, spans[j].Line, want, e.newValue(sec, spans[j], value)...)
			}
		}
	}
	last := numbers[len(numbers)-1]
	want[last].entries = append(want[last].entries, entry{key, value})
	sec := &e.source.sections[last]
	return e.change(sec, sec.Line, want, e.newSetting(sec, key, value))
}

// Unset removes settings from every section of that name, each as often as it is there, and returns how many it
// removed. It is no error if there are none.
func (e *Editor) Unset(s Section, keys ...string) (removed int, err error) {
	want := e.source.model()
	var cuts []splice
	var at *grammar.Section
	line := 0
	for i := range e.source.sections {
		sec := &e.source.sections[i]
		if !e.source.is(sec, s) {
			continue
		}
		if err := e.source.check(sec); err != nil {
			return 0, err
		}
		for _, sp := range e.source.spans(sec) {
			if slices.Contains(keys, sp.Key) {
				removed++
				at, line = sec, sp.Line
				cuts = append(cuts, cut(sp)...)
			}
		}
		want[i].entries = slices.DeleteFunc(want[i].entries, func(e entry) bool { return slices.Contains(keys, e.key) })
	}
	if removed == 0 {
		return 0, nil
	}
	if err := e.change(at, line, want, cuts...); err != nil {
		return 0, err
	}
	return removed, nil
}

// fits refuses what would not read back.
func (e *Editor) fits(s Section, key, value string) error {
	refuse := func(reason string) error {
		return &Error{Kind: Unwritable, Location: profiles.Location{Path: e.source.path}, Reason: reason}
	}
	if e.credentials && s.kind != grammar.Profile {
		return refuse("hatstand's own sections belong in the config file, not here")
	}
	if !grammar.ValidName(s.name) {
		return refuse("a section cannot be named " + strconv.Quote(s.name))
	}
	if !grammar.ValidKey([]byte(key)) {
		return refuse("a setting cannot be named " + strconv.Quote(key))
	}
	for _, c := range value {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return refuse("the value of " + key + " has a control character in it")
		}
	}
	small, err := scan(profiles.File{Data: []byte("[profile x]\n" + setting(key, value, "\n"))}, false)
	if err == nil {
		entries := small.model()[0].entries
		if len(entries) == 1 && entries[0].value == value && len(small.sections) == 1 {
			return nil
		}
	}
	return refuse("the value of " + key + " would not be read back unchanged")
}

// change applies the splices if what they make reads as wanted. The last of them is in sec; line is where
// they are.
func (e *Editor) change(sec *grammar.Section, line int, want []sectionModel, splices ...splice) error {
	after, err := scan(profiles.File{Path: e.source.path, Data: apply(e.source.data, splices, e.source.lineEnd(sec))},
		e.credentials)
	if err != nil || !slices.EqualFunc(after.model(), want, sectionModel.equal) {
		return &Error{Kind: Unsafe, Location: profiles.Location{Path: e.source.path, Line: line},
			Reason: "this cannot be edited safely"}
	}
	e.source = after
	return nil
}

// effective are the numbers of the sections that count for s, in the file's order.
func (s *source) effective(want Section) []int {
	var found, plain []int
	for i := range s.sections {
		sec := &s.sections[i]
		switch {
		case !s.is(sec, want):
		case sec.Kind == grammar.PlainDefault:
			plain = append(plain, i)
		default:
			found = append(found, i)
		}
	}
	if found == nil {
		return plain
	}
	return found
}

// is tells whether a section is of that kind and name, hidden by another one or not.
func (s *source) is(sec *grammar.Section, want Section) bool {
	kind := sec.Kind
	if kind == grammar.PlainDefault {
		kind = grammar.Profile
	}
	return kind == want.kind && string(sec.Name) == want.name
}

// A sectionModel is what a section says, without how it is written.
type sectionModel struct {
	Section
	entries []entry // in the file's order, with duplicates
	broken  string  // the section's bytes, where they hold a line that the grammar does not allow
}

type entry struct{ key, value string }

// model is what a file says.
func (s *source) model() []sectionModel {
	all := make([]sectionModel, len(s.sections))
	for i := range s.sections {
		sec := &s.sections[i]
		all[i].Section = Section{sec.Kind, string(sec.Name)}
		settings, fault := s.file.Settings(*sec)
		for _, sp := range settings {
			if sp.Valid {
				all[i].entries = append(all[i].entries, entry{sp.Key, sp.Value})
			}
		}
		if fault != nil {
			all[i].broken = string(s.data[sec.Start:sec.End])
		}
	}
	return all
}

func (m sectionModel) equal(other sectionModel) bool {
	// A new section is asked for as a profile's, and [default] is one.
	if m.kind == grammar.PlainDefault {
		m.kind = grammar.Profile
	}
	if other.kind == grammar.PlainDefault {
		other.kind = grammar.Profile
	}
	return m.Section == other.Section && m.broken == other.broken && slices.Equal(m.entries, other.entries)
}

func (m *sectionModel) setLast(key, value string) {
	for i := len(m.entries) - 1; i >= 0; i-- {
		if m.entries[i].key == key {
			m.entries[i].value = value
			return
		}
	}
}

// A splice puts text in place of a part of the file. Splices are in order and do not overlap.
type splice struct {
	start, end int
	text       string
}

func apply(data []byte, splices []splice, eol string) []byte {
	out := make([]byte, 0, len(data)+64)
	at := 0
	for _, s := range splices {
		out = append(out, data[at:s.start]...)
		out = append(out, s.text...)
		at = s.end
	}
	out = append(out, data[at:]...)
	// A last line without a newline that is removed leaves the one before it as the last, without one.
	if last := len(splices) - 1; last >= 0 && splices[last].text == "" && splices[last].end == len(data) &&
		!bytes.HasSuffix(data, []byte("\n")) {
		out = bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("\n")), []byte(strings.TrimSuffix(eol, "\n")))
	}
	return out
}
