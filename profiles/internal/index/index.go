// Package index finds sections by name in a file of any size. It promises that one profile out of 100,000 costs one
// pass over the bytes, that many cost one pass and a map, and that the settings of a section are read when they are
// asked for and not before. It does not know what a setting means.
package index

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/setting"
)

// A File is one file. It is safe for concurrent use.
type File struct {
	Path    string // as the user would name it in messages
	grammar *grammar.File

	searches atomic.Int32
	build    sync.Once
	byName   map[string][]grammar.Section

	listing sync.Mutex
	byKind  map[grammar.Kind][]string
}

// A Fault is a line that the grammar does not allow.
type Fault struct {
	Path    string
	Profile string // whose section it is in; "": no profile's
	Line    int
	What    grammar.Fault
}

// Parse reads what stands before the first section. The File uses the bytes, which must not change.
func Parse(path string, data []byte, credentials bool) (*File, *Fault) {
	file, fault := grammar.Parse(data, credentials)
	if fault != nil {
		return nil, &Fault{path, "", fault.Line, fault.Fault}
	}
	return &File{Path: path, grammar: file}, nil
}

// Data is the file's bytes.
func (f *File) Data() []byte { return f.grammar.Data }

// Sections are all sections, in the file's order.
func (f *File) Sections() iter.Seq[grammar.Section] { return f.grammar.Sections() }

// IndentedHeader is the line of a profile's section that was indented; 0: there is none.
func (f *File) IndentedHeader(name string) int { return f.grammar.IndentedHeader(name) }

// searchesBeforeMap is enough for a chain: one search a profile, and a few more. For so few, searching all sections
// is cheaper than building a map.
const searchesBeforeMap = 16

// Named are the sections of that name, of whatever kind, in the file's order.
func (f *File) Named(name string) []grammar.Section {
	if f.searches.Add(1) > searchesBeforeMap {
		f.build.Do(func() {
			f.byName = map[string][]grammar.Section{}
			for sec := range f.Sections() {
				f.byName[string(sec.Name)] = append(f.byName[string(sec.Name)], sec)
			}
		})
		return f.byName[name]
	}
	return slices.Collect(f.grammar.Named(name))
}

// Names are the names of all sections of a kind, each once, in the file's order. The sections are read when a kind is
// asked for first.
func (f *File) Names(kind grammar.Kind) []string {
	f.listing.Lock()
	defer f.listing.Unlock()
	names, known := f.byKind[kind]
	if !known {
		seen := map[string]bool{}
		for sec := range f.Sections() {
			if sec.Kind == kind && !seen[string(sec.Name)] {
				name := string(sec.Name)
				seen[name] = true
				names = append(names, name)
			}
		}
		if f.byKind == nil {
			f.byKind = map[grammar.Kind][]string{}
		}
		f.byKind[kind] = names
	}
	return slices.Clone(names) // the caller may change it
}

// Location is where the first section of a kind and name begins.
func (f *File) Location(kind grammar.Kind, name string) setting.Location {
	for _, sec := range f.Named(name) {
		if sec.Kind == kind {
			return setting.Location{Path: f.Path, Line: sec.Line}
		}
	}
	return setting.Location{}
}

// Settings collects the settings of all sections of a kind and name. found reports whether there are any.
func (f *File) Settings(kind grammar.Kind, name string) (all Settings, found bool, fault *Fault) {
	return f.Collect(nil, kind, f.Named(name))
}

// Collect adds the settings of the sections of a kind. The later value wins. Of several faults it returns the first
// one, and the settings that could be read.
func (f *File) Collect(all Settings, kind grammar.Kind, secs []grammar.Section) (_ Settings, found bool, fault *Fault) {
	for _, sec := range secs {
		if sec.Kind != kind {
			continue
		}
		found = true
		var wrong *Fault
		if all, wrong = f.collect(all, sec); fault == nil {
			fault = wrong
		}
	}
	return all, found, fault
}

func (f *File) collect(all Settings, sec grammar.Section) (Settings, *Fault) {
	settings, fault := f.grammar.Settings(sec)
	for _, s := range settings {
		if s.Valid {
			all = all.Put(Entry{s.Key, setting.Setting{Value: s.Value, Path: f.Path, Line: s.Line}})
		}
	}
	if fault != nil {
		name := ""
		if sec.Kind.IsProfile() {
			name = string(sec.Name)
		}
		return all, &Fault{f.Path, name, fault.Line, fault.Fault}
	}
	return all, nil
}

// Ignored are the settings of a profile's sections, hatstand's too, whose names no reader accepts.
func (f *File) Ignored(profile string) (all Settings) {
	for _, sec := range f.Named(profile) {
		if !sec.Kind.IsProfile() {
			continue
		}
		settings, _ := f.grammar.Settings(sec)
		for _, s := range settings {
			if !s.Valid {
				all = append(all, Entry{s.Key, setting.Setting{Value: s.Value, Path: f.Path, Line: s.Line}})
			}
		}
	}
	return all
}

// Settings are settings by name, each once, in the order in which they were read.
type Settings []Entry

// An Entry is a setting and its name, in lower case.
type Entry struct {
	Key string
	setting.Setting
}

// Put adds a setting. It replaces one of the same name.
func (all Settings) Put(e Entry) Settings {
	for i := range all {
		if all[i].Key == e.Key {
			all[i].Setting = e.Setting
			return all
		}
	}
	return append(all, e)
}

// Find is the setting of a name, or the zero Setting.
func (all Settings) Find(key string) setting.Setting {
	for i := range all {
		if all[i].Key == key {
			return all[i].Setting
		}
	}
	return setting.Setting{}
}

// Keys are the names of all settings.
func (all Settings) Keys() []string {
	keys := make([]string, len(all))
	for i, e := range all {
		keys[i] = e.Key
	}
	return keys
}
