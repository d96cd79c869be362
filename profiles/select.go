package profiles

import (
	"slices"
	"strconv"
	"strings"
)

// Select is the profiles that a comma-separated list names, each once, in the list's order. An entry is
// a profile's name, or a glob, in which * stands for any characters and ? for one; a glob takes profiles
// that have a role, in the order of Names. With role, only profiles of a role of that name (or glob) are
// taken; the list may then be empty, which means all. The error is a *UnknownProfileError or a
// *SelectError: an entry that takes nothing is a mistake.
func (s *Set) Select(list, role string) ([]string, error) {
	wears := func(name string) bool {
		p, ok := s.Profile(name)
		if !ok {
			return false
		}
		arn := p.Get("role_arn").Value
		return arn != "" && (role == "" || glob(role, arn[strings.LastIndexByte(arn, '/')+1:]))
	}
	if list == "" && role != "" {
		list = "*"
	}
	var taken []string
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		var found []string
		switch _, ok := s.Profile(entry); {
		case entry == "":
			return nil, &SelectError{List: list}
		case ok && (role == "" || wears(entry)):
			found = []string{entry}
		case !ok && !strings.ContainsAny(entry, "*?"):
			return nil, s.unknown(entry, "", "", Setting{})
		default:
			for _, name := range s.Names() {
				if glob(entry, name) && wears(name) {
					found = append(found, name)
				}
			}
		}
		if len(found) == 0 {
			return nil, &SelectError{List: list, Entry: entry, Role: role}
		}
		for _, name := range found {
			if !slices.Contains(taken, name) {
				taken = append(taken, name)
			}
		}
	}
	return taken, nil
}

// glob matches the whole of s. Only the last * is ever gone back to, so that no pattern takes long.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// A SelectError is a list of profiles with an entry that takes none.
type SelectError struct {
	List, Entry, Role string
}

func (e *SelectError) Error() string {
	switch {
	case e.Entry == "":
		return "an empty name in the list of profiles " + strconv.Quote(e.List)
	case e.Role != "":
		return "no profile " + strconv.Quote(e.Entry) + " has a role " + strconv.Quote(e.Role)
	}
	return "no profile with a role matches " + strconv.Quote(e.Entry)
}

// Hints name the command that lists what there is.
func (e *SelectError) Hints() []string { return []string{"this lists them: hatstand list"} }
