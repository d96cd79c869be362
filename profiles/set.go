package profiles

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"hatstand/profiles/internal/grammar"
)

// A File is a file's bytes.
type File struct {
	Path string // as the user would name it in messages
	Data []byte `json:"-" xml:"-"` // may hold keys
}

// A Set is the content of both files. It is safe for concurrent use.
type Set struct {
	config, credentials *source
	program             []entry // [hatstand]
}

// A source is one file. Sections are searched, and their settings read, when they are needed.
type source struct {
	path string
	file *grammar.File

	searches atomic.Int32
	build    sync.Once
	byName   map[string][]grammar.Section
}

// Parse reads both files. An error inside a section belongs to its profile and is returned when that profile is used.
// Parse fails only for what belongs to no profile: the encoding, settings before the first section, and the settings in
// [hatstand]. The Set uses the bytes, which must not change.
func Parse(config, credentials File) (*Set, error) {
	c, err := parse(config, false)
	if err != nil {
		return nil, err
	}
	k, err := parse(credentials, true)
	if err != nil {
		return nil, err
	}
	s := &Set{config: c, credentials: k}
	for sec := range c.file.Named("hatstand") {
		if sec.Kind == grammar.Program {
			if s.program, err = c.collect(s.program, sec); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func parse(f File, credentials bool) (*source, error) {
	file, fault := grammar.Parse(f.Data, credentials)
	if fault != nil {
		return nil, syntaxError(f.Path, "", fault)
	}
	return &source{path: f.Path, file: file}, nil
}

// Files are the two files as they were parsed.
func (s *Set) Files() (config, credentials File) {
	return File{s.config.path, s.config.file.Data}, File{s.credentials.path, s.credentials.file.Data}
}

// sections are those of both files.
func (s *Set) sections() iter.Seq2[*source, grammar.Section] {
	return func(yield func(*source, grammar.Section) bool) {
		for _, file := range []*source{s.config, s.credentials} {
			for sec := range file.file.Sections() {
				if !yield(file, sec) {
					return
				}
			}
		}
	}
}

// Names are all profiles, each once: those of the config file in its order, [hatstand NAME] sections
// among them, then those that only the credentials file has.
func (s *Set) Names() []string {
	var names []string
	seen := map[string]bool{}
	for _, sec := range s.sections() {
		if sec.Kind.IsProfile() && !seen[string(sec.Name)] {
			name := string(sec.Name)
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
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

// Program is a setting of hatstand itself, from [hatstand]; key is in lower case.
func (s *Set) Program(key string) Setting { return find(s.program, key) }

// ProgramKeys are the names of all settings in [hatstand], in lower case, each once.
func (s *Set) ProgramKeys() []string { return (&Profile{entries: s.program}).Keys() }

// searchesBeforeIndex is enough for a chain: one search a profile, and a few more. For so few, searching all sections
// is cheaper than building a map.
const searchesBeforeIndex = 16

// named are the sections of that name, of whatever kind, in the file's order.
func (s *source) named(name string) []grammar.Section {
	if s.searches.Add(1) > searchesBeforeIndex {
		s.build.Do(func() {
			s.byName = map[string][]grammar.Section{}
			for sec := range s.file.Sections() {
				s.byName[string(sec.Name)] = append(s.byName[string(sec.Name)], sec)
			}
		})
		return s.byName[name]
	}
	return slices.Collect(s.file.Named(name))
}

// An entry is a setting and its name, in lower case.
type entry struct {
	key string
	Setting
}

// section is the settings of all sections of a kind and name, and whether there are any.
func (s *source) section(kind grammar.Kind, name string) (entries []entry, found bool, err error) {
	return s.collectKind(nil, kind, s.named(name))
}

// collectKind adds the settings of the sections of a kind. The later value wins. On an error it returns the first one,
// and the settings that could be read.
func (s *source) collectKind(entries []entry, kind grammar.Kind, secs []grammar.Section) (_ []entry, found bool,
	err error) {
	for _, sec := range secs {
		if sec.Kind != kind {
			continue
		}
		found = true
		var wrong error
		if entries, wrong = s.collect(entries, sec); err == nil {
			err = wrong
		}
	}
	return entries, found, err
}

func (s *source) collect(entries []entry, sec grammar.Section) ([]entry, error) {
	settings, fault := s.file.Settings(sec)
	for _, setting := range settings {
		if setting.Valid {
			entries = put(entries, entry{setting.Key, Setting{setting.Value, s.path, setting.Line}})
		}
	}
	if fault != nil {
		name := ""
		if sec.Kind.IsProfile() {
			name = string(sec.Name)
		}
		return entries, syntaxError(s.path, name, fault)
	}
	return entries, nil
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
