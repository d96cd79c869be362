package profiles

import (
	"strings"

	"hatstand/profiles/internal/glob"
	"hatstand/profiles/internal/show"
)

// Select is the profiles that a comma-separated list names, each once, in the list's order. An entry is a profile's
// name, or a glob, in which * stands for any characters and ? for one. A glob matches profiles that have a role or a
// permission set, in the order of Names. If role is set, only profiles with one of that name (or glob) match; an empty
// list then means all. An entry that matches nothing is an *Error.
func (s *Set) Select(list, role string) ([]string, error) {
	hasRole := func(name string) bool {
		p, ok := s.Profile(name)
		if !ok {
			return false
		}
		own := p.Get("role_arn").Value
		if own == "" {
			own = p.Get("sso_role_name").Value
		}
		return own != "" && (role == "" || glob.Match(role, own[strings.LastIndexByte(own, '/')+1:]))
	}
	if list == "" && role != "" {
		list = "*"
	}
	var selected uniqueNames
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		var found []string
		switch _, ok := s.Profile(entry); {
		case entry == "":
			return nil, noMatch(list, "", "")
		case ok && (role == "" || hasRole(entry)):
			found = []string{entry}
		case !ok && !strings.ContainsAny(entry, "*?"):
			return nil, s.unknown(entry, "", "", Setting{})
		default:
			for _, name := range s.Names() {
				if glob.Match(entry, name) && hasRole(name) {
					found = append(found, name)
				}
			}
		}
		if len(found) == 0 {
			return nil, noMatch(list, entry, role)
		}
		for _, name := range found {
			selected.add(name)
		}
	}
	return selected.names, nil
}

// uniqueNames are names in the order in which they were added, each once.
type uniqueNames struct {
	names []string
	there map[string]bool
}

func (u *uniqueNames) add(name string) {
	if u.there == nil {
		u.there = map[string]bool{}
	}
	if !u.there[name] {
		u.there[name] = true
		u.names = append(u.names, name)
	}
}

// Expand replaces each glob among names, in which * stands for any characters and ? for one, by the profiles that it
// matches, and after them by the others that it does; a profile of that very name is meant by it. Each name is there
// once, in the order of the arguments. Names that are no globs stay, be they known or not. A glob that matches nothing,
// and an empty name, are an *Error.
func (s *Set) Expand(names []string, others ...string) ([]string, error) {
	var all uniqueNames
	for _, name := range names {
		if name == "" {
			return nil, &Error{Kind: NoProfile, Reason: "the profile's name is empty"}
		}
		if _, ok := s.Profile(name); ok || !strings.ContainsAny(name, "*?") {
			all.add(name)
			continue
		}
		matched := false
		for _, known := range append(s.Names(), others...) {
			if glob.Match(name, known) {
				matched = true
				all.add(known)
			}
		}
		if !matched {
			return nil, &Error{Kind: NoMatch, Name: name, Reason: "no profile matches " + show.Quoted(name)}
		}
	}
	return all.names, nil
}

// noMatch is the error of a list of profiles with an entry that matches none.
func noMatch(list, entry, role string) *Error {
	e := &Error{Kind: NoMatch, Name: entry, Reason: "no profile with a role matches " + show.Quoted(entry)}
	switch {
	case entry == "":
		e.Reason = "an empty name in the list of profiles " + show.Quoted(list)
	case role != "":
		e.Reason = "no profile " + show.Quoted(entry) + " has a role " + show.Quoted(role)
	}
	return e
}
