package edit

import (
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/grammar"
)

// sectionsOf finds a profile's section and its [hatstand NAME]. It refuses a section that the file has twice.
func (s *source) sectionsOf(name string) (sec, own *grammar.Section, err error) {
	for i := range s.sections {
		of := &s.sections[i]
		into := &sec
		switch {
		case s.is(of, Hatstand(name)):
			into = &own
		case !s.is(of, Profile(name)):
			continue
		}
		if *into != nil {
			return nil, nil, &Error{Kind: RepeatedSection, Profile: name,
				Location: profiles.Location{Path: s.path, Line: of.Line},
				Reason: "profile " + strconv.Quote(name) +
					" has this section twice, which the AWS CLI refuses; the other is at line " +
					strconv.Itoa((*into).Line)}
		}
		*into = of
	}
	return sec, own, nil
}

// group finds the settings that move, in groups with nothing but comments between them, and the
// credential_process that starts hatstand for the profile already.
func (s *source) group(spans []grammar.Setting, moved []string, name, self string) (groups [][]grammar.Setting,
	starter *grammar.Setting, err error) {
	seen := map[string]int{}
	last := -2
	for i, sp := range spans {
		if sp.Key == processKey || slices.Contains(moved, sp.Key) {
			if first := seen[sp.Key]; first != 0 {
				return nil, nil, &Error{Kind: Repeated, Profile: name,
					Location: profiles.Location{Path: s.path, Line: sp.Line},
					Reason: sp.Key + " of profile " + strconv.Quote(name) +
						" is set twice, which the AWS CLI refuses"}
			}
			seen[sp.Key] = sp.Line
		}
		if s.starts(sp, name, self) {
			starter = &sp
			continue
		}
		if !slices.Contains(moved, sp.Key) {
			continue
		}
		if last == i-1 {
			groups[len(groups)-1] = append(groups[len(groups)-1], sp)
		} else {
			groups = append(groups, []grammar.Setting{sp})
		}
		last = i
	}
	return groups, starter, nil
}

// starts tells whether a setting is a credential_process that starts hatstand for the profile.
func (s *source) starts(sp grammar.Setting, name, self string) bool {
	if sp.Key != processKey {
		return false
	}
	words, err := cmdline.Split(string(s.data[sp.ValueStart:sp.ValueEnd]))
	return err == nil && cmdline.StartsHatstandFor(words, self, name)
}

// renew corrects the path of a program that has moved since adopt wrote it. A command of the user's own stays.
func (s *source) renew(name string, sec *grammar.Section, starter *grammar.Setting, command string) []splice {
	value := string(s.data[starter.ValueStart:starter.ValueEnd])
	added := slices.ContainsFunc(s.markers(sec, name), func(m marker) bool { return m.keys == nil })
	words, _ := cmdline.Split(value)
	// of either program
	plain := len(words) == 3 && words[1] == "credential-process" || len(words) == 2 && words[1] == name
	if !added || value == command || !plain || !strings.ContainsAny(words[0], `/\`) {
		return nil
	}
	return []splice{{starter.Start, starter.End, processKey + " = " + command + s.lineEnd(sec)}}
}

// move writes the splices.
func (s *source) move(name string, sec, own *grammar.Section, spans []grammar.Setting, groups [][]grammar.Setting,
	add bool, command string) ([]splice, error) {
	eol := s.lineEnd(sec)
	entry := ""
	if add {
		line := processKey + " = " + command
		if words := (&Editor{source: s}).fits(Profile(name), processKey, command); words != nil {
			return nil, words
		}
		entry = addedMarker(name) + eol + line + eol
	}
	end := sec.Body
	if len(spans) > 0 {
		end = spans[len(spans)-1].LastEnd()
	}
	var splices []splice
	var block strings.Builder
	there := map[string]int{}
	if own != nil {
		for _, sp := range s.spans(own) {
			there[sp.Key] = sp.Line
		}
	}
	for _, group := range groups {
		keys := make([]string, len(group))
		for i, sp := range group {
			keys[i] = sp.Key
			if line := there[sp.Key]; line != 0 {
				return nil, &Error{Kind: Repeated, Profile: name,
					Location: profiles.Location{Path: s.path, Line: sp.Line},
					Reason: sp.Key + " of profile " + strconv.Quote(name) + " is also set in " + hatstandHeader(name) +
						", at line " + strconv.Itoa(line)}
			}
		}
		from, to := group[0].Start, group[len(group)-1].LastEnd()
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
		splices = append(splices, splice{end, end, eol + hatstandHeader(name) + eol + block.String()})
	case len(there) == 0:
		return nil, &Error{Kind: EmptySection, Profile: name,
			Location: profiles.Location{Path: s.path, Line: own.Line}, Reason: hatstandHeader(name) + " is empty"}
	default:
		all := s.spans(own)
		at := all[len(all)-1].LastEnd()
		splices = append(splices, splice{at, at, block.String()})
	}
	return splices, nil
}

func hatstandHeader(name string) string { return grammar.Header(grammar.Hatstand, name, false) }
