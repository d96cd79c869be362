package profiles

import (
	"sync"
	"sync/atomic"
)

// An index finds a file's sections by name. The first few searches go through all sections, which is
// cheaper than a map for one profile out of many; whoever asks for more gets the map.
type index struct {
	searches atomic.Int32
	build    sync.Once
	byName   map[string][]int32
}

// searchesBeforeIndex covers the chains that people write: one search a profile, and a few more.
const searchesBeforeIndex = 16

func (s *source) name(sec *section) []byte { return s.data[sec.nameStart:sec.nameEnd] }

// named are the numbers of the sections of that name, of whatever kind, in the file's order.
func (s *source) named(name string) []int32 {
	if s.index.searches.Add(1) > searchesBeforeIndex {
		s.index.build.Do(func() {
			s.index.byName = make(map[string][]int32, len(s.sections))
			for i := range s.sections {
				key := string(s.name(&s.sections[i]))
				s.index.byName[key] = append(s.index.byName[key], int32(i))
			}
		})
		return s.index.byName[name]
	}
	var found []int32
	for i := range s.sections {
		sec := &s.sections[i]
		if int(sec.nameEnd-sec.nameStart) == len(name) && string(s.name(sec)) == name {
			found = append(found, int32(i))
		}
	}
	return found
}
