package profiles

import (
	"strings"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/spelling"
)

// empty reports whether there are no profiles at all.
func (s *Set) empty() bool {
	for _, sec := range s.sections() {
		if sec.Kind.IsProfile() {
			return false
		}
	}
	return true
}

// Near is what may have been meant by a name that no profile has.
type Near struct {
	Names []string // at most three profiles (of an unknown session: sessions) with a name like it
	// At is the location of a section that was meant to be this profile but is ignored. Header is the line to write
	// instead; "": no profile can have that name.
	At          Location
	Header      string
	Credentials bool // it is in the credentials file
	Indented    bool // its line is indented, so that it continues the setting above
}

// Near looks for what was meant by the name that was not found.
func (e *Error) Near() Near {
	if e.set == nil || e.Name == "" {
		return Near{}
	}
	if e.Kind == UnknownSession {
		return Near{Names: spelling.Similar(e.Name, e.set.Sessions())}
	}
	if e.Kind == UnknownOIDC {
		return Near{Names: spelling.Similar(e.Name, e.set.OIDCSections())}
	}
	if e.Kind == UnknownSAML {
		return Near{Names: spelling.Similar(e.Name, e.set.SAMLSections())}
	}
	for file, sec := range e.set.sections() {
		if sec.Kind != grammar.Ignored {
			continue
		}
		inside := string(sec.Name)
		rest, prefixed := strings.CutPrefix(inside, "profile")
		if inside != e.Name && (!prefixed || strings.Trim(rest, " \t\"'") != e.Name) {
			continue
		}
		near := Near{At: Location{Path: file.Path, Line: sec.Line}, Credentials: file == e.set.credentials}
		if grammar.ValidName(e.Name) {
			near.Header = grammar.Header(grammar.Profile, e.Name, near.Credentials)
		}
		return near
	}
	for _, file := range []*index.File{e.set.config, e.set.credentials} {
		if line := file.IndentedHeader(e.Name); line > 0 {
			return Near{At: Location{Path: file.Path, Line: line}, Indented: true}
		}
	}
	return Near{Names: spelling.Similar(e.Name, e.set.Names())}
}

// SectionHeader is the line of a profile's section in the config file, as the AWS CLI writes it; "" for a name that no
// profile can have.
func SectionHeader(name string) string {
	if !grammar.ValidName(name) {
		return ""
	}
	return grammar.Header(grammar.Profile, name, false)
}

// CheckName: what the name of a profile may be, as the AWS CLI takes it: letters and digits of any script, spaces, and
// punctuation other than [ ] # ; quotes and backslashes. The error is an *Error.
func CheckName(name string) error {
	if grammar.ValidName(name) {
		return nil
	}
	return &Error{What: "profile name", Reason: "profile name " + show.Quoted(name) +
		" may not have spaces at its ends, control characters, quotes or any of [ ] # ; \\"}
}

// Similar are at most three profiles with a name like it, the closest first.
func (s *Set) Similar(name string) []string { return spelling.Similar(name, s.Names()) }
