package profiles

import (
	"iter"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
)

// A File is a file's bytes.
type File struct {
	Path string // as the user would name it in messages
	Data []byte `json:"-" xml:"-"` // may hold keys
}

// A Set is the content of both files. It is safe for concurrent use.
type Set struct {
	config, credentials *index.File
	program             index.Settings // [hatstand]
}

// Parse reads both files. An error inside a section belongs to its profile and is returned when that profile is used.
// Parse fails only for what belongs to no profile: the encoding, settings before the first section, and the settings in
// [hatstand]. The Set uses the bytes, which must not change.
func Parse(config, credentials File) (*Set, error) {
	c, fault := index.Parse(config.Path, config.Data, false)
	if fault != nil {
		return nil, syntaxError(fault)
	}
	k, fault := index.Parse(credentials.Path, credentials.Data, true)
	if fault != nil {
		return nil, syntaxError(fault)
	}
	s := &Set{config: c, credentials: k}
	var err error
	if s.program, _, err = s.section(grammar.Program, "hatstand"); err != nil {
		return nil, err
	}
	return s, nil
}

// Files are the two files as they were parsed.
func (s *Set) Files() (config, credentials File) {
	return File{s.config.Path, s.config.Data()}, File{s.credentials.Path, s.credentials.Data()}
}

// section is the settings of all sections of the config file of a kind and name, and whether there are any.
func (s *Set) section(kind grammar.Kind, name string) (index.Settings, bool, error) {
	all, found, fault := s.config.Settings(kind, name)
	return all, found, syntaxError(fault)
}

// sections yields the sections of both files.
func (s *Set) sections() iter.Seq2[*index.File, grammar.Section] {
	return func(yield func(*index.File, grammar.Section) bool) {
		for _, file := range []*index.File{s.config, s.credentials} {
			for sec := range file.Sections() {
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
func (s *Set) Program(key string) Setting { return s.program.Find(key) }

// ProgramKeys are the names of all settings in [hatstand], in lower case, each once.
func (s *Set) ProgramKeys() []string { return s.program.Keys() }
