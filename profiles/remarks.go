package profiles

import (
	"bytes"
	"fmt"
)

// A Remark is a line that is a surprise: to whoever wrote it, or to another reader.
type Remark struct {
	Where Setting // the place; the value is left out
	Text  string
	Next  string // what to do about it; "" where Text says so
}

// Remarks are those of both files, in their order, at most one a line: sections that are ignored, comments
// inside values and sections and settings that stand twice, which botocore (the AWS CLI, boto3) takes
// differently, and roles that the SDKs would assume without hatstand. What keeps a profile from being worn is
// among the Faults.
func (s *Set) Remarks() []Remark {
	remarks := append(s.config.remarks(overlooked), s.credentials.remarks(overlookedCredentials)...)
	for _, name := range s.Names() {
		own, ok := s.own(name)
		if !ok {
			continue
		}
		if r, found := s.bypass(own); found {
			remarks = append(remarks, r)
		}
	}
	return remarks
}

// bypass is a role in the profile's own section beside a credential_process: some SDKs ignore the one, some
// the other. [hatstand NAME] is nothing to them.
func (s *Set) bypass(p *Profile) (Remark, bool) {
	entries, _ := s.config.collect(nil, profile, s.config.named(p.Name))
	role, process := find(entries, "role_arn"), find(entries, "credential_process")
	if !role.IsSet() || !process.IsSet() {
		return Remark{}, false
	}
	return Remark{
		Where: Setting{Path: role.Path, Line: role.Line},
		Text:  fmt.Sprintf("profile %s has role_arn beside credential_process: botocore ignores the process, other SDKs assume the role twice", quoted(p.Name)),
		Next:  "hatstand adopt " + p.Name + " moves the role where only hatstand reads it",
	}, true
}

// remarks are one file's. meant says how to write what an ignored section was meant to be.
func (s *source) remarks(meant func(inside string) (next string)) []Remark {
	type header struct {
		kind sectionKind
		name string
	}
	var all []Remark
	say := func(line int, text, next string) {
		all = append(all, Remark{Setting{Path: s.path, Line: line}, text, next})
	}
	first := map[header]int{}
	for i := range s.sections {
		sec := &s.sections[i]
		h := header{sec.kind, string(s.name(sec))}
		if before, again := first[h]; again {
			say(int(sec.line), fmt.Sprintf("section %s stands on line %d already: botocore refuses the whole file", quoted(h.name), before), "make one section of both")
		} else {
			first[h] = int(sec.line)
			if next := meant(h.name); sec.kind == ignored && next != "" {
				say(int(sec.line), "section "+quoted(h.name)+" is ignored", next)
			}
		}
		settings := map[string]int{}
		s.settings(sec, func(name string, line int, comment bool) {
			before, again := settings[name]
			switch {
			case again:
				say(line, fmt.Sprintf("%s stands on line %d of the same section already: botocore refuses the whole file", quoted(name), before), "remove one of them")
			case comment:
				say(line, fmt.Sprintf("a comment stands behind the value of %s: botocore takes it for a part of the value", quoted(name)), "put the comment on a line of its own")
			}
			settings[name] = line
		})
	}
	return all
}

// settings gives the section's settings, and whether a comment stands behind the value.
func (s *source) settings(sec *section, yield func(name string, line int, comment bool)) {
	line := int(sec.line)
	for text := range bytes.Lines(s.data[sec.body:]) {
		line++
		text = bytes.TrimRight(text, "\n")
		if len(text) == 0 || text[0] == '#' || text[0] == ';' || isSpace(text[0]) {
			continue
		}
		if text[0] == '[' {
			return
		}
		separator := equals(text)
		name := bytes.ToLower(trim(text[:separator]))
		yield(string(name), line, len(value(text, separator)) != len(trim(text[separator+1:])))
	}
}
