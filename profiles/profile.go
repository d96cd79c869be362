package profiles

import "strings"

// A Profile is one profile's settings, merged from wherever they stand.
type Profile struct {
	Name    string
	entries []entry
	// processOf is the profile that credential_process was included from; "": its own.
	processOf string
	err       error // why include_profile could not be followed; a Chain fails with it
}

// Profile is the profile of that name, from [hatstand NAME], the credentials file and the config
// file: where two of them set the same key, the one named first here wins. Keys that it
// lacks come from the profile that include_profile names, and so on; access keys never do.
func (s *Set) Profile(name string) (*Profile, bool) {
	p, ok := s.own(name)
	if !ok {
		return nil, false
	}
	s.include(p)
	return p, true
}

// own is the profile without what it includes.
func (s *Set) own(name string) (*Profile, bool) {
	numbers := s.config.named(name)
	entries, inConfig := s.config.collect(make([]entry, 0, 8), profile, numbers)
	if !inConfig {
		entries, inConfig = s.config.collect(entries, plainDefault, numbers)
	}
	entries, inCredentials := s.credentials.collect(entries, profile, s.credentials.named(name))
	entries, inOurs := s.config.collect(entries, ours, numbers)
	return &Profile{Name: name, entries: entries}, inConfig || inCredentials || inOurs
}

func (s *Set) include(p *Profile) {
	visited := []string{p.Name}
	for at := p; ; {
		next := at.get("include_profile")
		if !next.IsSet() {
			return
		}
		visited = append(visited, next.Value)
		for _, name := range visited[:len(visited)-1] {
			if name == next.Value {
				p.err = &LoopError{Key: "include_profile", Names: visited, Where: next}
				return
			}
		}
		included, ok := s.own(next.Value)
		if !ok {
			p.err = s.unknown(next.Value, at.Name, "include_profile", next)
			return
		}
		for _, e := range included.entries {
			if !isCredential(e.key) && !p.Get(e.key).given() {
				if e.key == processKey {
					p.processOf = included.Name
				}
				p.entries = append(p.entries, e)
			}
		}
		at = included
	}
}

func isCredential(key string) bool {
	return key == "aws_access_key_id" || isSecret(key)
}

func isSecret(key string) bool {
	return key == "aws_secret_access_key" || key == "aws_session_token"
}

// given reports whether the key stands somewhere, even with an empty value.
func (s Setting) given() bool { return s.Path != "" || s.Line != 0 || s.Value != "" }

// Get is a setting; key is in lower case. The value of a secret key is a mask.
func (p *Profile) Get(key string) Setting {
	setting := p.get(key)
	if isSecret(key) && setting.IsSet() {
		setting.Value = mask
	}
	return setting
}

func (p *Profile) get(key string) Setting { return find(p.entries, key) }

// Keys are the names of all settings, in lower case, each once, in the order in which they were read.
func (p *Profile) Keys() []string {
	keys := make([]string, len(p.entries))
	for i, e := range p.entries {
		keys[i] = e.key
	}
	return keys
}

// nested is a setting inside a setting: "endpoint_url" in a services section's "sts". Its place is
// the outer one's: the lines between may have been comments.
func nested(outer Setting, key string) Setting {
	for text := range strings.SplitSeq(outer.Value, "\n") {
		content := []byte(text)
		if separator := equals(content); separator > 0 && strings.EqualFold(string(trim(content[:separator])), key) {
			return Setting{Value: string(value(content, separator)), Path: outer.Path, Line: outer.Line}
		}
	}
	return Setting{}
}
