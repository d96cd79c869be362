package edit

import (
	"hatstand/profiles"
	"hatstand/profiles/accesskeys"
	"hatstand/profiles/internal/grammar"
)

// A Target is where a setting of a profile is, or where a new one belongs.
type Target struct {
	Credentials bool // in the credentials file, else in the config file
	Section     Section
}

// TargetOf is where to write a profile's setting so that what is written counts: where it is now, and
// of several such places the one that wins. A setting that is nowhere, or comes from another profile
// by include_profile alone, belongs into [hatstand NAME] if there is such a section, else into the
// profile's in the config file, be it there yet or not. key is in lower case.
func TargetOf(set *profiles.Set, name, key string) Target {
	s := newAdoption(set, profiles.Request{})
	own, section := Target{Section: Hatstand(name)}, Target{Section: Profile(name)}
	has := func(file *source, section Section) bool {
		_, ok := file.where(section, key)
		return ok
	}
	switch {
	case has(s.config, own.Section):
		return own
	case has(s.credentials, section.Section):
		section.Credentials = true
		return section
	case len(s.config.effective(own.Section)) == 0 || has(s.config, section.Section):
		return section
	}
	return own
}

// PairSection is the section that holds a key pair.
func PairSection(p accesskeys.Pair) Section {
	if p.Own {
		return Hatstand(p.Profile)
	}
	return Profile(p.Profile)
}

// find returns where a setting of a section is, if it has a value.
func (s *source) find(section Section, key string) (profiles.Location, bool) {
	sp, ok := s.where(section, key)
	return profiles.Location{Path: s.path, Line: sp.Line}, ok && sp.Value != ""
}

// where is the setting that counts, with or without a value.
func (s *source) where(section Section, key string) (last grammar.Setting, found bool) {
	for _, i := range s.effective(section) {
		for _, sp := range s.spans(&s.sections[i]) {
			if sp.Key == key {
				last, found = sp, true
			}
		}
	}
	return last, found
}
