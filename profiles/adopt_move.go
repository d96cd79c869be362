package profiles

import (
	"slices"
	"strconv"
	"strings"
)

// sectionsOf finds a profile's section and hatstand's own for it; one that stands twice is refused.
func (s *source) sectionsOf(name string) (sec, own *section, err error) {
	for _, i := range s.named(name) {
		of := &s.sections[i]
		into := &sec
		switch {
		case s.is(of, OwnSection(name)):
			into = &own
		case !s.is(of, ProfileSection(name)):
			continue
		}
		if *into != nil {
			return nil, nil, &EditError{Path: s.path, Line: int(of.line), hint: "put its settings into one section",
				Reason: "profile " + quoted(name) + " has this section twice, which the AWS CLI refuses; the other is at line " + strconv.Itoa(int((*into).line))}
		}
		*into = of
	}
	return sec, own, nil
}

// group finds the settings that move, in groups with nothing but comments between them, and the
// credential_process that starts hatstand for the profile already.
func (s *source) group(spans []span, moved []string, name, self string) (groups [][]span, starter *span, err error) {
	seen := map[string]int{}
	last := -2
	for i, sp := range spans {
		if sp.key == processKey || slices.Contains(moved, sp.key) {
			if first := seen[sp.key]; first != 0 {
				return nil, nil, &EditError{Path: s.path, Line: sp.number, hint: "remove one of them",
					Reason: sp.key + " of profile " + quoted(name) + " stands twice, which the AWS CLI refuses"}
			}
			seen[sp.key] = sp.number
		}
		if s.starts(sp, name, self) {
			starter = &sp
			continue
		}
		if !slices.Contains(moved, sp.key) {
			continue
		}
		if last == i-1 {
			groups[len(groups)-1] = append(groups[len(groups)-1], sp)
		} else {
			groups = append(groups, []span{sp})
		}
		last = i
	}
	return groups, starter, nil
}

// starts tells whether a setting is a credential_process that starts hatstand for the profile.
func (s *source) starts(sp span, name, self string) bool {
	if sp.key != processKey {
		return false
	}
	words, err := SplitCommand(string(s.data[sp.valueStart:sp.valueEnd]))
	return err == nil && startsSelf(words, self, name)
}

// renew corrects the path of a program that has moved since adopt wrote it. A command of the user's own stays.
func (s *source) renew(name string, sec *section, starter *span, command string) []splice {
	value := string(s.data[starter.valueStart:starter.valueEnd])
	added := slices.ContainsFunc(s.markers(sec, name), func(m marker) bool { return m.keys == nil })
	words, _ := SplitCommand(value)
	if !added || value == command || len(words) != 3 || words[1] != "credential-process" || !strings.ContainsAny(words[0], `/\`) {
		return nil
	}
	return []splice{{starter.lines[0][0], starter.lines[0][1], processKey + " = " + command + s.lineEnd(sec)}}
}

// move writes the splices.
func (s *source) move(name string, sec, own *section, spans []span, groups [][]span, add bool, command string) ([]splice, error) {
	eol := s.lineEnd(sec)
	entry := ""
	if add {
		line := processKey + " = " + command
		if words := (&Editor{source: s}).fits(ProfileSection(name), processKey, command); words != nil {
			return nil, words
		}
		entry = addedMarker(name) + eol + line + eol
	}
	end := int(sec.body)
	if len(spans) > 0 {
		end = spans[len(spans)-1].end()
	}
	var splices []splice
	var block strings.Builder
	there := map[string]int{}
	if own != nil {
		for _, sp := range s.spans(own) {
			there[sp.key] = sp.number
		}
	}
	for _, group := range groups {
		keys := make([]string, len(group))
		for i, sp := range group {
			keys[i] = sp.key
			if line := there[sp.key]; line != 0 {
				return nil, &EditError{Path: s.path, Line: sp.number, hint: "remove one of them",
					Reason: sp.key + " of profile " + quoted(name) + " stands in [hatstand " + name + "] too, at line " + strconv.Itoa(line)}
			}
		}
		from, to := group[0].lines[0][0], group[len(group)-1].end()
		block.Write(s.data[from:to])
		splices = append(splices, splice{from, to, movedMarker(name, keys) + eol + entry})
		entry = ""
	}
	if entry != "" {
		splices = append(splices, splice{end, end, entry})
	}
	switch {
	case len(groups) == 0:
	case own == nil:
		splices = append(splices, splice{end, end, eol + "[hatstand " + name + "]" + eol + block.String()})
	case len(there) == 0:
		return nil, &EditError{Path: s.path, Line: int(own.line), Reason: "[hatstand " + name + "] is empty", hint: "remove it"}
	default:
		all := s.spans(own)
		at := all[len(all)-1].end()
		splices = append(splices, splice{at, at, block.String()})
	}
	return splices, nil
}

// end is where its last line ends.
func (sp span) end() int { return sp.lines[len(sp.lines)-1][1] }
