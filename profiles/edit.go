package profiles

import (
	"bytes"
	"slices"
	"strings"
)

// An Editor changes the text of one file. It touches the lines of the settings that it is told to
// touch and no other byte: comments, order, line ends, unknown keys and a missing newline at the end stay.
// After each change it reads its own work; what does not read as meant is undone and refused.
//
//	e, err := profiles.EditConfig(file)
//	err = e.Set(profiles.ProfileSection("me"), "mfa_serial", serial)
//	n, err := e.Unset(profiles.ProfileSection("me"), profiles.KeyNames()...)
//	after := e.Bytes()
//
// It knows nothing of the other file, where a setting may stand that wins: [Set.PlaceFor] says where to
// write. Errors are a *[SyntaxError] for a file that cannot be read, else an *[EditError].
type Editor struct {
	source      *source
	credentials bool
}

// A Section names a section of whichever file it is looked for in.
type Section struct {
	kind sectionKind
	name string
}

// ProfileSection is [profile NAME]; [NAME] in the credentials file; [default], unless there is a
// [profile default].
func ProfileSection(name string) Section { return Section{profile, name} }

// OwnSection is [hatstand NAME], which the config file alone has.
func OwnSection(name string) Section { return Section{ours, name} }

// KeyNames are the settings that hold an access key: its ID, its secret and a session token.
func KeyNames() []string {
	return []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
}

// EditConfig begins to edit a config file.
func EditConfig(f File) (*Editor, error) { return edit(f, false) }

// EditCredentials begins to edit a credentials file.
func EditCredentials(f File) (*Editor, error) { return edit(f, true) }

func edit(f File, credentials bool) (*Editor, error) {
	s, err := scan(f, credentials)
	if err != nil {
		return nil, err
	}
	return &Editor{s, credentials}, nil
}

// Bytes is the file as it is now. The caller must not change it.
func (e *Editor) Bytes() []byte { return e.source.data }

// Set gives a setting a value. One that is there has its value changed in place, with its comment kept;
// where it is there several times, the last one, which is the one that counts. A new one comes after the
// section's other settings, a new section at the end of the file. A value of several lines
// is written as a nested or continued one.
func (e *Editor) Set(s Section, key, value string) error {
	key = strings.ToLower(key)
	if err := e.fits(s, key, value); err != nil {
		return err
	}
	want := e.source.model()
	numbers := e.source.effective(s)
	if len(numbers) == 0 {
		want = append(want, sectionModel{s, []entry{{key, Setting{Value: value}}}})
		return e.change(nil, 0, want, e.newSection(s, setting(key, value, e.source.lineEnd(nil))))
	}
	for i := len(numbers) - 1; i >= 0; i-- {
		sec := &e.source.sections[numbers[i]]
		spans := e.source.spans(sec)
		for j := len(spans) - 1; j >= 0; j-- {
			if spans[j].key == key {
				want[numbers[i]].setLast(key, value)
				return e.change(sec, spans[j].number, want, e.newValue(sec, spans[j], value)...)
			}
		}
	}
	last := numbers[len(numbers)-1]
	want[last].entries = append(want[last].entries, entry{key, Setting{Value: value}})
	sec := &e.source.sections[last]
	return e.change(sec, int(sec.line), want, e.newSetting(sec, key, value))
}

// Unset removes settings from every section of that name, each as often as it is there, and tells how
// many that were. What is not there is no error.
func (e *Editor) Unset(s Section, keys ...string) (removed int, err error) {
	want := e.source.model()
	var cuts []splice
	var at *section
	line := 0
	for i := range e.source.sections {
		sec := &e.source.sections[i]
		if !e.source.is(sec, s) {
			continue
		}
		for _, sp := range e.source.spans(sec) {
			if slices.Contains(keys, sp.key) {
				removed++
				at, line = sec, sp.number
				cuts = append(cuts, sp.cut()...)
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
	refuse := func(reason string) error { return &EditError{Path: e.source.path, Reason: reason} }
	if e.credentials && s.kind != profile {
		return refuse("a section of hatstand's own stands in the config file, not here")
	}
	if !validName([]byte(s.name)) {
		return refuse("a section cannot be named " + quoted(s.name))
	}
	if !validName([]byte(key)) {
		return refuse("a setting cannot be named " + quoted(key))
	}
	for _, c := range value {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return refuse("the value of " + key + " has a control character in it")
		}
	}
	small, err := scan(File{Data: []byte("[profile x]\n" + setting(key, value, "\n"))}, false)
	if err == nil {
		entries := small.model()[0].entries
		if len(entries) == 1 && entries[0].Value == value && len(small.sections) == 1 {
			return nil
		}
	}
	return refuse("the value of " + key + " would not read back as it is")
}

// change applies the splices if what they make reads as wanted. The last of them is in sec; line is where
// they are.
func (e *Editor) change(sec *section, line int, want []sectionModel, splices ...splice) error {
	after, err := scan(File{Path: e.source.path, Data: apply(e.source.data, splices, e.source.lineEnd(sec))}, e.credentials)
	if err != nil || !slices.EqualFunc(after.model(), want, sectionModel.equal) {
		return &EditError{Path: e.source.path, Line: line, Reason: "this cannot be edited safely", hint: "make the change by hand"}
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
		case sec.kind == plainDefault:
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
func (s *source) is(sec *section, want Section) bool {
	kind := sec.kind
	if kind == plainDefault {
		kind = profile
	}
	return kind == want.kind && string(s.name(sec)) == want.name
}

// A sectionModel is what a section says, without how it is written.
type sectionModel struct {
	Section
	entries []entry // in the file's order, with duplicates
}

// model is what a file says.
func (s *source) model() []sectionModel {
	all := make([]sectionModel, len(s.sections))
	for i := range s.sections {
		sec := &s.sections[i]
		all[i].Section = Section{sec.kind, string(s.name(sec))}
		s.each(sec, func(key, value []byte, _ int) {
			all[i].entries = append(all[i].entries, entry{strings.ToLower(string(key)), Setting{Value: string(value)}})
		})
	}
	return all
}

func (m sectionModel) equal(other sectionModel) bool {
	// A new section is asked for as a profile's, and [default] is one.
	if m.kind == plainDefault {
		m.kind = profile
	}
	if other.kind == plainDefault {
		other.kind = profile
	}
	return m.Section == other.Section && slices.Equal(m.entries, other.entries)
}

func (m *sectionModel) setLast(key, value string) {
	for i := len(m.entries) - 1; i >= 0; i-- {
		if m.entries[i].key == key {
			m.entries[i].Value = value
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
	// A last line without a newline that is taken out leaves the one before it as the last, without one.
	if last := len(splices) - 1; last >= 0 && splices[last].text == "" && splices[last].end == len(data) && !bytes.HasSuffix(data, []byte("\n")) {
		out = bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("\n")), []byte(strings.TrimSuffix(eol, "\n")))
	}
	return out
}

// An EditError is a change that cannot be made safely; the file stays as it is. It never shows a value.
type EditError struct {
	Path   string // as the user would name it
	Line   int    // 0: not about a line
	Reason string
	hint   string
}

func (e *EditError) Error() string {
	return (Setting{Path: e.Path, Line: e.Line}).Where() + ": " + e.Reason
}

// Hints are the next things to do.
func (e *EditError) Hints() []string { return hints(e.hint) }
