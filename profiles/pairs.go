package profiles

import (
	"errors"
	"slices"
	"strings"

	"hatstand/profiles/internal/grammar"
)

// A Pair is an access key that a file holds.
type Pair struct {
	Profile         string
	Own             bool // in [hatstand NAME]
	Credentials     bool // in the credentials file, else in the config file
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret  // "" for a long-lived key
	Where           Setting // the location of the first of them; without its value
}

// Temporary reports whether the credentials end by themselves.
func (p Pair) Temporary() bool {
	return p.SessionToken != "" || strings.HasPrefix(p.AccessKeyID, "ASIA")
}

// Pairs are the access keys in both files, in the order in which the files have them, those of the
// credentials file first. Names are the profiles to look at; none: all.
//
// It is an *[Error] if other programs may read the files differently: half a pair, or a key that is set twice in a
// section, in two sections of the same name, or with different values in two files.
func (s *Set) Pairs(names ...string) ([]Pair, error) {
	var all []Pair
	for _, file := range []*source{s.credentials, s.config} {
		for sec := range file.file.Sections() {
			if !sec.Kind.IsProfile() {
				continue
			}
			name := string(sec.Name)
			if len(names) > 0 && !slices.Contains(names, name) {
				continue
			}
			p, found, err := file.pair(sec, name)
			if syntax := (*Error)(nil); len(names) == 0 && errors.As(err, &syntax) && syntax.Kind.isSyntax() {
				continue // the profile reports it when it is used
			}
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
			p.Credentials = file == s.credentials
			for _, other := range all {
				if err := p.conflictsWith(other); err != nil {
					return nil, err
				}
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// pair is the pair of a section, if it has one.
func (s *source) pair(sec grammar.Section, name string) (p Pair, found bool, err error) {
	p = Pair{Profile: name, Own: sec.Kind == grammar.Hatstand}
	var id, secret, token Setting
	settings, fault := s.file.Settings(sec)
	if fault != nil {
		return Pair{}, false, syntaxError(s.path, name, fault)
	}
	for _, setting := range settings {
		var at *Setting
		switch setting.Key {
		case "aws_access_key_id":
			at = &id
		case "aws_secret_access_key":
			at = &secret
		case "aws_session_token":
			at = &token
		default:
			continue
		}
		here := Setting{Path: s.path, Line: setting.Line}
		if at.given() && err == nil {
			err = p.wrong(RepeatedKey, setting.Key, here, setting.Key+" is set twice: here and at "+at.Where())
		}
		if !p.Where.given() {
			p.Where = here
		}
		*at = Setting{Value: setting.Value, Path: s.path, Line: setting.Line}
	}
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

// conflictsWith is the error of a pair that another one of the same profile contradicts.
func (p Pair) conflictsWith(other Pair) error {
	switch {
	case p.Profile != other.Profile:
		return nil
	case p.Credentials == other.Credentials && p.Own == other.Own:
		return p.wrong(RepeatedSection, "aws_access_key_id", p.Where,
			"its section is there twice, each with keys: here and at "+other.Where.Where())
	case p.AccessKeyID != other.AccessKeyID || p.SecretAccessKey != other.SecretAccessKey ||
		p.SessionToken != other.SessionToken:
		return p.wrong(OtherPair, "aws_access_key_id", p.Where, "it has other keys at "+other.Where.Where())
	}
	return nil
}

func (p Pair) half(missing string) error {
	return p.wrong(HalfOfPair, missing, p.Where, "half a key pair: "+missing+" is missing")
}

func (p Pair) wrong(kind Kind, key string, where Setting, reason string) error {
	return &Error{Kind: kind, Profile: p.Profile, What: key, Location: where.Location(), Reason: reason}
}
