package edit

import (
	"strings"

	"hatstand/profiles"
)

// Add puts an empty section at the end of the file, unless there is one of that name; added says whether it did.
func (e *Editor) Add(s Section) (added bool, err error) {
	if len(e.source.effective(s)) > 0 {
		return false, nil
	}
	if err := e.fits(s, "region", "x"); err != nil {
		return false, err
	}
	if err := e.append(sectionModel{Section: s}, e.newSection(s, "")); err != nil {
		return false, err
	}
	return true, nil
}

// append puts a new section at the end of the file. The empty line above it belongs to the section before: the text of
// a section that cannot be read then ends with that line.
func (e *Editor) append(m sectionModel, text splice) error {
	want := e.source.model()
	if n := len(want); n > 0 && want[n-1].broken != "" {
		want[n-1].broken += text.text[:strings.IndexByte(text.text, '[')]
	}
	return e.change(nil, 0, append(want, m), text)
}

// AddProfile puts a new profile at the end of the config file, after an empty line, with settings in that order. It
// returns the line of its header. A profile that either file has is an error of kind Exists.
func AddProfile(set *profiles.Set, name string, settings []KeyValue) (c *Change, line int, err error) {
	files := newAdoption(set, profiles.Request{})
	for _, file := range []*source{files.config, files.credentials} {
		for i := range file.sections {
			if sec := &file.sections[i]; file.is(sec, Profile(name)) || file.is(sec, Hatstand(name)) {
				return nil, 0, &Error{Kind: Exists, Profile: name, Reason: "it exists already",
					Location: profiles.Location{Path: file.path, Line: sec.Line}}
			}
		}
	}
	text := files.fullLines()
	e := &Editor{source: text}
	lines, entries := "", []entry{}
	for _, s := range settings {
		if err := e.fits(Profile(name), s.Key, s.Value); err != nil {
			return nil, 0, err
		}
		lines += setting(s.Key, s.Value, text.lineEnd(nil))
		entries = append(entries, entry{s.Key, s.Value})
	}
	added := e.newSection(Profile(name), lines)
	if err := e.append(sectionModel{Section: Profile(name), entries: entries}, added); err != nil {
		return nil, 0, err
	}
	all := e.source.sections
	return newChange(files.config, text, []splice{added}), all[len(all)-1].Line, nil
}
