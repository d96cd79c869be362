package profiles

import "strings"

// A Set is what both files say. It is safe for concurrent use.
type Set struct {
	config, credentials *source
}

// Parse checks every line of both files; what it refuses is a *SyntaxError. The Set keeps the
// bytes: they must not change.
func Parse(config, credentials File) (*Set, error) {
	c, err := scan(config, false)
	if err != nil {
		return nil, err
	}
	k, err := scan(credentials, true)
	if err != nil {
		return nil, err
	}
	return &Set{config: c, credentials: k}, nil
}

// Names are all profiles, each once: those of the config file in its order, [hatstand NAME] sections
// among them, then those that only the credentials file has.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.config.sections)+len(s.credentials.sections))
	seen := make(map[string]bool, cap(names))
	for _, file := range []*source{s.config, s.credentials} {
		for i := range file.sections {
			sec := &file.sections[i]
			if !sec.isProfile() {
				continue
			}
			if name := file.name(sec); !seen[string(name)] {
				seen[string(name)] = true
				names = append(names, string(name))
			}
		}
	}
	return names
}

// Program is a setting of hatstand itself, from [hatstand]; key is in lower case.
func (s *Set) Program(key string) Setting {
	return s.lookup(program, "hatstand", key)
}

// ProgramKeys are the names of all settings in [hatstand], in lower case, each once.
func (s *Set) ProgramKeys() []string {
	entries, _ := s.config.section(program, "hatstand")
	return (&Profile{entries: entries}).Keys()
}

// lookup is one setting of the sections of a kind in the config file.
func (s *Set) lookup(kind sectionKind, name, key string) Setting {
	entries, _ := s.config.section(kind, name)
	return find(entries, key)
}

// An entry is a setting and its name, in lower case.
type entry struct {
	key string
	Setting
}

// section is the settings of all sections of a kind and name, and whether there are any.
func (s *source) section(kind sectionKind, name string) ([]entry, bool) {
	return s.collect(nil, kind, s.named(name))
}

// collect adds the settings of those sections that are of a kind. The later value wins.
func (s *source) collect(entries []entry, kind sectionKind, numbers []int32) ([]entry, bool) {
	found := false
	for _, i := range numbers {
		if sec := &s.sections[i]; sec.kind == kind {
			found = true
			s.each(sec, func(key, value []byte, line int) {
				entries = put(entries, entry{
					key:     strings.ToLower(string(key)),
					Setting: Setting{Value: string(value), Path: s.path, Line: line},
				})
			})
		}
	}
	return entries, found
}

func put(entries []entry, e entry) []entry {
	for i := range entries {
		if entries[i].key == e.key {
			entries[i].Setting = e.Setting
			return entries
		}
	}
	return append(entries, e)
}

func find(entries []entry, key string) Setting {
	for i := range entries {
		if entries[i].key == key {
			return entries[i].Setting
		}
	}
	return Setting{}
}

// Profiles are all profiles, in the order of Names.
func (s *Set) Profiles() []*Profile {
	names := s.Names()
	all := make([]*Profile, 0, len(names))
	for _, name := range names {
		if p, ok := s.Profile(name); ok {
			all = append(all, p)
		}
	}
	return all
}
