package profiles

import (
	"fmt"

	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
)

// A Remark is a line that is a surprise: to whoever wrote it, or to another reader.
type Remark struct {
	Location Location
	Text     string
	Next     string // what to do about it; "" where Text says so
	// Profile is set where hatstand's adopting that profile is what helps.
	Profile string
	// AWSVault is set with Profile where its credential_process starts aws-vault: importing its keys first is what helps.
	AWSVault bool
	// Err is set where a profile cannot be used: it is what its Chain fails with.
	Err *Error
}

// Remarks are those of both files, in their order, at most one a line: sections that are ignored, settings with a slip
// in their name or value, comments inside values and sections and settings that stand twice, which botocore (the
// AWS CLI, boto3) takes differently, and roles that the SDKs would assume without hatstand. What keeps a
// profile from being used is among the Unusable.
func (s *Set) Remarks() []Remark {
	remarks := append(s.config.remarks(overlooked), s.credentials.remarks(overlookedCredentials)...)
	for _, name := range s.Names() {
		if r, found := s.bypass(name); found {
			remarks = append(remarks, r)
		}
		if r, found := s.startsAWSVault(name); found {
			remarks = append(remarks, r)
		}
	}
	return remarks
}

// RemarksOn are the slips in the names and values of one profile's settings.
func (s *Set) RemarksOn(name string) []Remark {
	var all []Remark
	for _, file := range []*source{s.config, s.credentials} {
		for _, sec := range file.named(name) {
			settings, _ := file.file.Settings(sec)
			for i := range settings {
				if text, next := slip(sec.Kind, &settings[i]); text != "" {
					all = append(all, Remark{Location: Location{file.path, settings[i].Line}, Text: text, Next: next})
				}
			}
		}
	}
	return all
}

// bypass is a role in the profile's own section beside a credential_process: some SDKs ignore the one, some
// the other. [hatstand NAME] is nothing to them.
func (s *Set) bypass(name string) (Remark, bool) {
	entries, _, _ := s.config.section(grammar.Profile, name)
	role, process := find(entries, "role_arn"), find(entries, processKey)
	if !role.IsSet() || !process.IsSet() {
		return Remark{}, false
	}
	return Remark{
		Location: role.Location(), Profile: name,
		Text: fmt.Sprintf("profile %s has role_arn beside credential_process: botocore ignores the process, other SDKs assume the role twice", show.Quoted(name)),
	}, true
}

// startsAWSVault is a credential_process that starts aws-vault for the profile that it stands in.
func (s *Set) startsAWSVault(name string) (Remark, bool) {
	process := find(s.shared(name), processKey)
	words, err := cmdline.Split(process.Value)
	if err != nil {
		return Remark{}, false
	}
	if vault, ok := cmdline.StartsAWSVault(words); !ok || vault != name {
		return Remark{}, false
	}
	return Remark{Location: process.Location(), Profile: name, AWSVault: true, Text: "profile " + show.Quoted(name) + " starts aws-vault for its keys"}, true
}

// remarks are one file's. meant says how to write what an ignored section was meant to be.
func (s *source) remarks(meant func(inside string) (next string)) []Remark {
	type header struct {
		kind grammar.Kind
		name string
	}
	var all []Remark
	say := func(line int, text, next string) {
		all = append(all, Remark{Location: Location{s.path, line}, Text: text, Next: next})
	}
	first := map[header]int{}
	for sec := range s.file.Sections() {
		h := header{sec.Kind, string(sec.Name)}
		if before, again := first[h]; again {
			say(sec.Line, fmt.Sprintf("section %s stands on line %d already: botocore refuses the whole file", show.Quoted(h.name), before), "make one section of both")
		} else {
			first[h] = sec.Line
			if next := meant(h.name); sec.Kind == grammar.Ignored && next != "" {
				say(sec.Line, "section "+show.Quoted(h.name)+" is ignored", next)
			}
		}
		seen := map[string]int{}
		settings, _ := s.file.Settings(sec)
		for i := range settings {
			setting := &settings[i]
			before, again := seen[setting.Key]
			switch text, next := slip(sec.Kind, setting); {
			case again:
				say(setting.Line, fmt.Sprintf("%s stands on line %d of the same section already: botocore refuses the whole file", show.Quoted(setting.Key), before), "remove one of them")
			case text != "":
				say(setting.Line, text, next)
			case setting.Comment:
				say(setting.Line, fmt.Sprintf("a comment stands behind the value of %s: botocore takes it for a part of the value", show.Quoted(setting.Key)), "put the comment on a line of its own")
			}
			seen[setting.Key] = setting.Line
		}
	}
	return all
}
