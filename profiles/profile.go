package profiles

import (
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
)

// A Profile is one profile's settings, merged from all its sections.
type Profile struct {
	Name    string
	entries index.Settings
	// processOf is the profile that credential_process was included from; "": its own.
	processOf string
	// session is the setting session. It counts only in [hatstand NAME].
	session Setting
	// err is why the profile cannot be used: a line that the grammar does not allow, or an include_profile that
	// leads nowhere. A Chain fails with it.
	err error
}

// Profile is the profile of that name, from [hatstand NAME], the credentials file and the config file; if two of them
// set the same key, the one named first here wins. Settings that it lacks come from the profile that include_profile
// names, and so on; access keys never do.
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
	p := &Profile{Name: name, entries: make(index.Settings, 0, 8)}
	add := func(file *index.File, kind grammar.Kind, secs []grammar.Section) (found bool) {
		var fault *index.Fault
		p.entries, found, fault = file.Collect(p.entries, kind, secs)
		p.fail(syntaxError(fault))
		return found
	}
	secs := s.config.Named(name)
	inConfig := add(s.config, grammar.Profile, secs) || add(s.config, grammar.PlainDefault, secs)
	inCredentials := add(s.credentials, grammar.Profile, s.credentials.Named(name))
	ours, inOurs, fault := s.config.Collect(nil, grammar.Hatstand, secs)
	for _, e := range ours {
		p.entries = p.entries.Put(e)
	}
	p.session = ours.Find("session")
	p.fail(syntaxError(fault))
	return p, inConfig || inCredentials || inOurs
}

// Err is why the profile's lines cannot be read; nil: they can.
func (p *Profile) Err() error { return p.err }

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
				p.fail(loopError("include_profile", visited, next))
				return
			}
		}
		included, ok := s.own(next.Value)
		if !ok {
			p.fail(s.unknown(next.Value, at.Name, "include_profile", next))
			return
		}
		p.fail(included.err)
		for _, e := range included.entries {
			if !isCredential(e.Key) && p.Get(e.Key) == (Setting{}) {
				if e.Key == processKey {
					p.processOf = included.Name
				}
				p.entries = append(p.entries, e)
			}
		}
		at = included
	}
}

func (p *Profile) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

const processKey = "credential_process"

func isCredential(key string) bool {
	return key == "aws_access_key_id" || isSecret(key)
}

func isSecret(key string) bool {
	return key == "aws_secret_access_key" || key == "aws_session_token"
}

// Get is a setting; key is in lower case. The value of a secret key is a mask.
func (p *Profile) Get(key string) Setting {
	setting := p.get(key)
	if isSecret(key) && setting.IsSet() {
		setting.Value = Secret(setting.Value).String()
	}
	return setting
}

func (p *Profile) get(key string) Setting { return p.entries.Find(key) }

// Keys are the names of all settings, in lower case, each once, in the order in which they were read.
func (p *Profile) Keys() []string { return p.entries.Keys() }
