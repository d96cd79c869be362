package credproc

import (
	"fmt"

	"hatstand/profiles"
)

// A NotBuiltError says that a chain starts from a source of credentials that hatstand cannot
// use yet.
type NotBuiltError struct {
	Target  string
	Profile string
	Kind    profiles.BaseKind
}

func (e *NotBuiltError) Error() string {
	return fmt.Sprintf("profile %q: credentials from %s are not supported yet%s", e.Target, e.Kind, from(e.Profile, e.Target))
}

func built(c *profiles.Chain) error {
	if c.Base.Kind.Supported() {
		return nil
	}
	return &NotBuiltError{Target: c.Target, Profile: c.Base.Profile, Kind: c.Base.Kind}
}

// from names the source profile where it is not the one asked for.
func from(profile, target string) string {
	if profile == "" || profile == target {
		return ""
	}
	return fmt.Sprintf(" (source profile %q)", profile)
}
