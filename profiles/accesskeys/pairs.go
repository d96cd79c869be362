// Package accesskeys finds the access keys that lie in the AWS files, so that they can be moved into the keyring. It
// promises to refuse what other programs may read differently, and that no error shows a secret. It changes nothing.
package accesskeys

import (
	"slices"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
)

// A Pair is an access key that a file holds.
type Pair struct {
	Profile         string
	Own             bool // in [hatstand NAME]
	Credentials     bool // in the credentials file, else in the config file
	AccessKeyID     string
	SecretAccessKey profiles.Secret
	SessionToken    profiles.Secret  // "" for a long-lived key
	Where           profiles.Setting // the location of the first of them; without its value
}

// Temporary reports whether the credentials end by themselves.
func (p Pair) Temporary() bool {
	return p.SessionToken != "" || strings.HasPrefix(p.AccessKeyID, "ASIA")
}

// Find finds the access keys in both files, in the order in which the files have them, those of the credentials file
// first. Names are the profiles to look at; none: all.
//
// It is a *[profiles.Error] if other programs may read the files differently: half a pair, or a key that is set twice
// in a section, in two sections of the same name, or with different values in two files.
func Find(set *profiles.Set, names ...string) ([]Pair, error) {
	var all []Pair
	config, credentials := set.Files()
	for i, of := range []profiles.File{credentials, config} {
		file, fault := grammar.Parse(of.Data, i == 0)
		if fault != nil {
			continue // the Set has parsed it without one
		}
		for sec := range file.Sections() {
			name := string(sec.Name)
			if !sec.Kind.IsProfile() || len(names) > 0 && !slices.Contains(names, name) {
				continue
			}
			settings, fault := file.Settings(sec)
			if fault != nil {
				p, ok := set.Profile(name)
				if ok && len(names) > 0 {
					return nil, p.Err()
				}
				continue // the profile reports it when it is used
			}
			p := Pair{Profile: name, Own: sec.Kind == grammar.Hatstand, Credentials: file.Credentials}
			p, found, err := pairOf(p, of.Path, settings)
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
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

// pairOf fills in the pair of a section, if it has one.
func pairOf(p Pair, path string, settings []grammar.Setting) (_ Pair, found bool, err error) {
	var id, secret, token profiles.Setting
	given := func(s profiles.Setting) bool { return s != profiles.Setting{} }
	for _, setting := range settings {
		var at *profiles.Setting
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
		here := profiles.Setting{Path: path, Line: setting.Line}
		if given(*at) && err == nil {
			err = p.wrong(profiles.RepeatedKey, setting.Key, here, setting.Key+" is set twice: here and at "+at.Where())
		}
		if !given(p.Where) {
			p.Where = here
		}
		*at = profiles.Setting{Value: setting.Value, Path: path, Line: setting.Line}
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
	p.AccessKeyID = id.Value
	p.SecretAccessKey, p.SessionToken = profiles.Secret(secret.Value), profiles.Secret(token.Value)
	return p, true, nil
}

// conflictsWith is the error of a pair that another one of the same profile contradicts.
func (p Pair) conflictsWith(other Pair) error {
	switch {
	case p.Profile != other.Profile:
		return nil
	case p.Credentials == other.Credentials && p.Own == other.Own:
		return p.wrong(profiles.RepeatedSection, "aws_access_key_id", p.Where,
			"its section is there twice, each with keys: here and at "+other.Where.Where())
	case p.AccessKeyID != other.AccessKeyID || p.SecretAccessKey != other.SecretAccessKey ||
		p.SessionToken != other.SessionToken:
		return p.wrong(profiles.OtherPair, "aws_access_key_id", p.Where, "it has other keys at "+other.Where.Where())
	}
	return nil
}

func (p Pair) half(missing string) error {
	return p.wrong(profiles.HalfOfPair, missing, p.Where, "half a key pair: "+missing+" is missing")
}

func (p Pair) wrong(kind profiles.Kind, key string, where profiles.Setting, reason string) error {
	return &profiles.Error{Kind: kind, Profile: p.Profile, What: key, Location: where.Location(), Reason: reason}
}
