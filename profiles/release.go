package profiles

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Release undoes Adopt: the settings stand again where they stood, and credential_process is gone. What
// was written by hand in the same form is undone too: all role settings of [hatstand NAME] then come to where
// credential_process stands. A profile that is not adopted is left as it is, without an error.
func (s *Set) Release(names []string, self string) (*Change, []Outcome, error) {
	return blamed(names, func(names []string) (*Change, []Outcome, error) {
		c, outcomes, err := s.release(names, self, true)
		if err == nil {
			err = s.sameChains(c, self)
		}
		return c, outcomes, err
	})
}

// release without byHand undoes what adopt did and nothing else.
func (s *Set) release(names []string, self string, byHand bool) (*Change, []Outcome, error) {
	outcomes := make([]Outcome, len(names))
	text := s.whole()
	var splices []splice
	for i, name := range names {
		outcomes[i].Name = name
		if _, ok := s.own(name); !ok {
			outcomes[i].Err = s.unknown(name, "", "", Setting{})
			continue
		}
		more, kept, err := text.release(name, self, byHand)
		outcomes[i] = Outcome{Name: name, Changed: len(more) > 0, Kept: kept, Err: err}
		splices = append(splices, more...)
	}
	return newChange(s.config, text, splices), outcomes, nil
}

// A marker is a comment that adopt left in a profile's section.
type marker struct {
	start, end int
	keys       []string // moved from here; nil: the next line was added
}

// release is the splices for one profile; none if it is not adopted.
func (s *source) release(name, self string, byHand bool) (splices []splice, kept []string, err error) {
	sec, own, err := s.sectionsOf(name)
	if err != nil || sec == nil {
		return nil, nil, err
	}
	var starter *span
	stands := map[string]int{}
	for _, sp := range s.spans(sec) {
		if s.starts(sp, name, self) {
			starter = &sp
			continue
		}
		stands[sp.key] = sp.number
	}
	var places []marker
	marked := false
	for _, m := range s.markers(sec, name) {
		marked = true
		if m.keys != nil {
			places = append(places, m)
			continue
		}
		splices = append(splices, splice{m.start, m.end, ""})
		if starter != nil {
			splices = append(splices, starter.cut()...)
			starter = nil
		}
	}
	if starter != nil && marked { // it is the user's own, and stays
		stands[processKey] = starter.number
	}
	var there []span
	if own != nil {
		there = s.spans(own)
	}
	if !marked {
		if starter == nil || !byHand || stands["role_arn"] != 0 {
			return nil, nil, nil
		}
		var keys []string
		for _, sp := range there {
			if slices.Contains(roleKeys(), sp.key) {
				keys = append(keys, sp.key)
			}
		}
		places = append(places, marker{starter.lines[0][0], starter.lines[0][1], keys})
		splices = append(splices, starter.cut()[1:]...)
	}
	taken := map[int]bool{} // by its number; true: with what stands between it and the one above
	for _, m := range places {
		block, err := s.take(name, there, m.keys, stands, taken)
		if err != nil {
			return nil, nil, err
		}
		splices = append(splices, splice{m.start, m.end, block})
	}
	for i, sp := range there {
		joined, ok := taken[i]
		switch {
		case !ok:
			if slices.Contains(roleKeys(), sp.key) {
				kept = append(kept, sp.key)
			}
		case joined:
			splices = append(splices, splice{there[i-1].end(), sp.end(), ""})
		default:
			splices = append(splices, splice{sp.lines[0][0], sp.end(), ""})
		}
	}
	if own != nil && len(taken) == len(there) && len(taken) > 0 {
		splices = append(splices, s.cutHeader(own))
	}
	return splices, kept, nil
}

// take is the bytes of those of the settings that are there, with what stands between two that stand one
// after the other, and marks them.
func (s *source) take(name string, there []span, keys []string, stands map[string]int, taken map[int]bool) (string, error) {
	var block strings.Builder
	last := -1
	for _, key := range keys {
		i := slices.IndexFunc(there, func(sp span) bool { return sp.key == key })
		if _, gone := taken[i]; i < 0 || gone {
			continue
		}
		if line := stands[key]; line != 0 {
			return "", &EditError{Path: s.path, Line: line, hint: "remove one of them",
				Reason: key + " of profile " + quoted(name) + " stands in [hatstand " + name + "] too, at line " + strconv.Itoa(there[i].number)}
		}
		from, joined := there[i].lines[0][0], last >= 0 && i == last+1
		if joined {
			from = there[last].end()
		}
		block.Write(s.data[from:there[i].end()])
		taken[i], last = joined, i
	}
	return block.String(), nil
}

// markers are those of a profile, in its section.
func (s *source) markers(sec *section, name string) (all []marker) {
	moved := movedPattern()
	for off := int(sec.body); off < len(s.data); {
		end := len(s.data)
		if i := bytes.IndexByte(s.data[off:], '\n'); i >= 0 {
			end = off + i + 1
		}
		line := strings.TrimRight(string(s.data[off:end]), "\r\n")
		if strings.HasPrefix(line, "[") {
			break
		}
		if m := moved.FindStringSubmatch(line); m != nil && m[1] == name {
			all = append(all, marker{off, end, strings.Split(m[2], ", ")})
		} else if line == addedMarker(name) {
			all = append(all, marker{off, end, nil})
		}
		off = end
	}
	return all
}

// cutHeader takes a section's line out, and an empty one above it.
func (s *source) cutHeader(sec *section) splice {
	start := bytes.LastIndexByte(s.data[:sec.nameStart], '\n') + 1
	above := bytes.TrimSuffix(s.data[:start], []byte("\n"))
	if empty := bytes.TrimSuffix(above, []byte("\r")); start > 0 && bytes.HasSuffix(empty, []byte("\n")) {
		start = len(empty)
	}
	return splice{start, int(sec.body), ""}
}
