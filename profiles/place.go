package profiles

// A Place is where a setting of a profile stands, or where a new one belongs.
type Place struct {
	Credentials bool // in the credentials file, else in the config file
	Section     Section
}

// PlaceFor is where to write a profile's setting so that what is written counts: where it stands now, and
// of several such places the one that wins. A setting that stands nowhere, or comes from another profile
// by include_profile alone, belongs into [hatstand NAME] if there is such a section, else into the
// profile's in the config file, be it there yet or not. key is in lower case.
func (s *Set) PlaceFor(name, key string) Place {
	entries, own := s.config.collect(nil, ours, s.config.named(name))
	if find(entries, key).given() {
		return Place{Section: OwnSection(name)}
	}
	entries, _ = s.credentials.collect(nil, profile, s.credentials.named(name))
	switch {
	case find(entries, key).given():
		return Place{Credentials: true, Section: ProfileSection(name)}
	case !own:
		return Place{Section: ProfileSection(name)}
	}
	if p, ok := s.own(name); ok && p.get(key).given() {
		return Place{Section: ProfileSection(name)}
	}
	return Place{Section: OwnSection(name)}
}
