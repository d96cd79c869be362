package edit

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
)

// Release undoes Adopt: the settings are again where they were, and credential_process is gone. Lines that were written
// by hand in the same form are undone too: all settings of [hatstand NAME] that adopt moves then go to where
// credential_process is. A profile that is not adopted is left as it is, without an error.
func Release(set *profiles.Set, names []string, req profiles.Request) (*Change, []Outcome, error) {
	s := newAdoption(set, req)
	return togetherElseEach(names, func(names []string) (*Change, []Outcome, error) {
		c, outcomes, err := s.release(names, true)
		if err == nil {
			err = s.sameChains(c)
		}
		return c, outcomes, err
	})
}

// release without byHand undoes what adopt did and nothing else.
func (s *adoption) release(names []string, byHand bool) (*Change, []Outcome, error) {
	outcomes := make([]Outcome, len(names))
	text := s.fullLines()
	var splices []splice
	for i, name := range names {
		outcomes[i].Name = name
		if _, err := s.Chain(profiles.Request{Target: name}); isUnknown(err, name) {
			outcomes[i].Err = err
			continue
		}
		more, kept, err := text.release(name, s.req.Self, byHand)
		outcomes[i] = Outcome{Name: name, Changed: len(more) > 0, Kept: kept, Err: err}
		splices = append(splices, more...)
	}
	return newChange(s.config, text, splices), outcomes, nil
}

// isUnknown reports whether an error is that there is no such profile.
func isUnknown(err error, name string) bool {
	e, ok := errors.AsType[*profiles.Error](err)
	return ok && e.Profile == "" && e.Name == name &&
		(e.Kind == profiles.UnknownProfile || e.Kind == profiles.NoProfiles || e.Kind == profiles.NoProfile)
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
	if err := s.managed(name, sec.Start); err != nil {
		return nil, nil, err
	}
	var starter *grammar.Setting
	lines := map[string]int{}
	for _, sp := range s.spans(sec) {
		if s.starts(sp, name, self) {
			starter = &sp
			continue
		}
		lines[sp.Key] = sp.Line
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
			splices = append(splices, cut(*starter)...)
			starter = nil
		}
	}
	if starter != nil && marked { // it is the user's own, and stays
		lines[processKey] = starter.Line
	}
	var there []grammar.Setting
	if own != nil {
		there = s.spans(own)
	}
	if !marked {
		if starter == nil || !byHand || lines["role_arn"] != 0 || lines["sso_session"] != 0 ||
			lines["sso_start_url"] != 0 {
			return nil, nil, nil
		}
		var keys []string
		for _, sp := range there {
			if slices.Contains(movedKeys(), sp.Key) {
				keys = append(keys, sp.Key)
			}
		}
		places = append(places, marker{starter.Start, starter.End, keys})
		splices = append(splices, cut(*starter)[1:]...)
	}
	taken := map[int]bool{} // by its number; true: with the text between it and the one above
	for _, m := range places {
		block, err := s.take(name, there, m.keys, lines, taken)
		if err != nil {
			return nil, nil, err
		}
		splices = append(splices, splice{m.start, m.end, block})
	}
	for i, sp := range there {
		joined, ok := taken[i]
		switch {
		case !ok:
			if slices.Contains(movedKeys(), sp.Key) {
				kept = append(kept, sp.Key)
			}
		case joined:
			splices = append(splices, splice{there[i-1].LastEnd(), sp.LastEnd(), ""})
		default:
			splices = append(splices, splice{sp.Start, sp.LastEnd(), ""})
		}
	}
	if own != nil && len(taken) == len(there) && len(taken) > 0 {
		splices = append(splices, s.cutHeader(own))
	}
	return splices, kept, nil
}

// take returns the text of those settings in there whose key is in keys, and marks them as taken. The text between two
// settings comes too, if one directly follows the other in the file.
func (s *source) take(name string, there []grammar.Setting, keys []string, lines map[string]int,
	taken map[int]bool) (string, error) {
	var block strings.Builder
	last := -1
	for _, key := range keys {
		i := slices.IndexFunc(there, func(sp grammar.Setting) bool { return sp.Key == key })
		if _, gone := taken[i]; i < 0 || gone {
			continue
		}
		if line := lines[key]; line != 0 {
			return "", &Error{Kind: Repeated, Profile: name, Location: profiles.Location{Path: s.path, Line: line},
				Reason: key + " of profile " + strconv.Quote(name) + " is also set in " + hatstandHeader(name) +
					", at line " + strconv.Itoa(there[i].Line)}
		}
		from, joined := there[i].Start, last >= 0 && i == last+1
		if joined {
			from = there[last].LastEnd()
		}
		block.Write(s.data[from:there[i].LastEnd()])
		taken[i], last = joined, i
	}
	return block.String(), nil
}

// markers finds a profile's markers in its section.
func (s *source) markers(sec *grammar.Section, name string) (all []marker) {
	moved := movedPattern()
	for off := sec.Body; off < len(s.data); {
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
		} else if isAddedMarker(line, name) {
			all = append(all, marker{off, end, nil})
		}
		off = end
	}
	return all
}

// cutHeader removes a section's line, and an empty one above it.
func (s *source) cutHeader(sec *grammar.Section) splice {
	start := sec.Start
	above := bytes.TrimSuffix(s.data[:start], []byte("\n"))
	if empty := bytes.TrimSuffix(above, []byte("\r")); start > 0 && bytes.HasSuffix(empty, []byte("\n")) {
		start = len(empty)
	}
	return splice{start, sec.Body, ""}
}
