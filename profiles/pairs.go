package profiles

import (
	"slices"
	"strings"
)

// A Pair is an access key that a file holds.
type Pair struct {
	Profile         string
	Section         Section // where it stands
	Credentials     bool    // in the credentials file, else in the config file
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret  // "" for a long-lived key
	Where           Setting // the place of the first of them; without its value
}

// Temporary reports whether the credentials end by themselves.
func (p Pair) Temporary() bool {
	return p.SessionToken != "" || strings.HasPrefix(p.AccessKeyID, "ASIA")
}

// Pairs are the access keys in both files, in the order in which the files have them, those of the
// credentials file first. Names are the profiles to look at; none: all.
//
// What another reader would take differently is a *[SettingError]: half a pair, and a key that is there
// twice, be it in one section, in two of the same name, or in two files with another value.
func (s *Set) Pairs(names ...string) ([]Pair, error) {
	var all []Pair
	for _, file := range []*source{s.credentials, s.config} {
		for i := range file.sections {
			sec := &file.sections[i]
			if !sec.isProfile() {
				continue
			}
			name := string(file.name(sec))
			if len(names) > 0 && !slices.Contains(names, name) {
				continue
			}
			p, found, err := file.pair(sec, name)
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
			p.Credentials = file == s.credentials
			for _, other := range all {
				if err := p.beside(other); err != nil {
					return nil, err
				}
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// pair is the one that a section holds, if it does.
func (s *source) pair(sec *section, name string) (p Pair, found bool, err error) {
	p = Pair{Profile: name, Section: Section{sec.kind, name}}
	if sec.kind == plainDefault {
		p.Section.kind = profile
	}
	var id, secret, token Setting
	s.each(sec, func(key, value []byte, line int) {
		var at *Setting
		switch strings.ToLower(string(key)) {
		case "aws_access_key_id":
			at = &id
		case "aws_secret_access_key":
			at = &secret
		case "aws_session_token":
			at = &token
		default:
			return
		}
		here := Setting{Path: s.path, Line: line}
		if at.given() && err == nil {
			err = p.wrong(string(key), here, string(key)+" is set twice: here and at "+at.Where(), "remove one of the two")
		}
		if !p.Where.given() {
			p.Where = here
		}
		*at = Setting{Value: string(value), Path: s.path, Line: line}
	})
	switch {
	case err != nil:
		return Pair{}, false, err
	case !id.IsSet() && !secret.IsSet() && !token.IsSet():
		return Pair{}, false, nil
	case !id.IsSet():
		return Pair{}, false, p.half("aws_access_key_id")
	case !secret.IsSet():
		return Pair{}, false, p.half("aws_secret_access_key")
	}
	p.AccessKeyID, p.SecretAccessKey, p.SessionToken = id.Value, Secret(secret.Value), Secret(token.Value)
	return p, true, nil
}

// beside checks a pair against another one of the same profile.
func (p Pair) beside(other Pair) error {
	switch {
	case p.Profile != other.Profile:
		return nil
	case p.Credentials == other.Credentials && p.Section == other.Section:
		return p.wrong("aws_access_key_id", p.Where, "its section is there twice, each with keys: here and at "+other.Where.Where(),
			"make one section of the two: the AWS CLI refuses a file with both")
	case p.AccessKeyID != other.AccessKeyID || p.SecretAccessKey != other.SecretAccessKey || p.SessionToken != other.SessionToken:
		return p.wrong("aws_access_key_id", p.Where, "it has other keys at "+other.Where.Where(), "remove the pair that is not to be used")
	}
	return nil
}

func (p Pair) half(missing string) error {
	return p.wrong(missing, p.Where, "half a key pair: "+missing+" is missing", "add "+missing+" beside it, or remove what is there")
}

func (p Pair) wrong(key string, where Setting, reason, hint string) error {
	return &SettingError{Profile: p.Profile, Key: key, Where: where, Reason: reason, hints: hints(hint)}
}
