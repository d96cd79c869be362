package profiles

import (
	"sort"
	"strconv"
	"strings"
)

// unknown says that a profile is not there.
func (s *Set) unknown(name, referredBy, key string, where Setting) error {
	return &UnknownProfileError{
		Name: name, ReferredBy: referredBy, Key: key, Where: where,
		Files: [2]string{s.config.path, s.credentials.path},
		Empty: s.empty(),
		set:   s,
	}
}

// empty reports whether there are no profiles at all.
func (s *Set) empty() bool {
	for _, file := range []*source{s.config, s.credentials} {
		for i := range file.sections {
			if file.sections[i].isProfile() {
				return false
			}
		}
	}
	return true
}

// meant says what may have been meant by a name that no profile has; "": nothing is like it.
func (s *Set) meant(name string) string {
	if hint := s.misspelt(name); hint != "" {
		return hint
	}
	names := similar(name, s.Names())
	if len(names) == 0 {
		return ""
	}
	for i := range names {
		names[i] = quoted(names[i])
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// misspelt explains a section that was meant to be the profile and is ignored.
func (s *Set) misspelt(name string) string {
	if name == "" {
		return ""
	}
	for _, file := range []*source{s.config, s.credentials} {
		for i := range file.sections {
			sec := &file.sections[i]
			if sec.kind != ignored {
				continue
			}
			inside := string(file.name(sec))
			rest, prefixed := strings.CutPrefix(inside, "profile")
			bare := strings.Trim(rest, " \t\"'")
			if inside != name && (!prefixed || bare != name) {
				continue
			}
			place := printable(file.path) + ":" + strconv.Itoa(int(sec.line))
			switch {
			case !validName([]byte(name)):
				return "the section at " + place + " is ignored: " + nameRule
			case file == s.credentials:
				return "write [" + name + "] at " + place + ": the credentials file takes names without \"profile\""
			}
			return "write [profile " + name + "] at " + place
		}
	}
	return ""
}

// similar are at most three names that are one slip of the keyboard away, or few in a long name.
func similar(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	limit := min(max(1, len(name)/3), len(name)-1) // never every letter
	var close []candidate
	for _, other := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(other), limit); d <= limit {
			close = append(close, candidate{other, d})
		}
	}
	sort.SliceStable(close, func(i, j int) bool { return close[i].distance < close[j].distance })
	var out []string
	for _, c := range close[:min(len(close), 3)] {
		out = append(out, c.name)
	}
	return out
}

// distance counts the letters added, left out, changed or swapped with their neighbour between a
// and b. Beyond limit it stops counting and answers limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
