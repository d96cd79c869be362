package profiles

import (
	"errors"
	"slices"
	"strings"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
)

// A Kind says what an Error is about, as far as somebody can do something about it.
type Kind int

const (
	Invalid Kind = iota // a value that is not allowed; Meant may say how to write it

	// What the grammar does not allow.
	Syntax
	NotUTF8
	OutsideSection // a setting before the first section
	MissingEquals
	StrayIndent // an indented line that continues nothing
	IndentedSection

	Unreadable // a file that is there and cannot be read

	// Names.
	UnknownProfile
	NoProfile      // none was named
	NoProfiles     // there are none at all
	UnknownSession // the sso-session
	UnknownOIDC    // the hatstand-oidc section
	UnknownServices
	UnknownSAML // the hatstand-saml section
	NoMatch     // a list of profiles with an entry that matches none

	// Sources.
	Loop
	SourceForProfile // --source goes with an ad-hoc role alone
	RoleNeedsSource  // an ad-hoc role without --source
	TwoSources       // a role with two of source_profile, ...: Names, the first of which is at Other
	NoSource
	UnknownCredentialSource
	TokenWithoutRole
	NotWithToken // a setting that AWS does not take where a token is exchanged for the role
	NotWithSAML  // the same, for a SAML assertion
	// ReasonWithoutCall: a reason is required, and no AssumeRole is there to carry it.
	ReasonWithoutCall
	HalfPair    // What is the half that is missing
	HalfOfPair  // the same, among pairs that are to be moved out of a file
	SplitPair   // the halves of a key pair stand in different files
	RepeatedKey // the same key at Location and at Other
	RepeatedSection
	OtherPair // another key pair at Other
	MissingSSO
	SSOInSession // it belongs in the sso-session section
	SessionLacks // the sso-session section lacks What
	SectionLacks // the section Name lacks What

	// Values.
	QuotedValue
	NoRegion
	NotBoolean
	NotRegional
	PlainHTTP     // an endpoint that the environment names, on another machine
	ForeignSignIn // role credentials or tokens would be sent to somebody else's host

	// Instances and containers.
	MetadataDisabled // the environment forbids to ask the instance metadata service
	NotIPVersion
	ForeignContainer // the environment says that a container's credentials are at a host that may not be asked
)

func (k Kind) isSyntax() bool { return Syntax <= k && k <= IndentedSection }

// An Error is whatever this package refuses. It never shows a secret, nor a line that it could not read.
type Error struct {
	Kind     Kind
	Profile  string // whose it is; "": a variable's, a flag's, a file's
	What     string // the setting, the flag or the value in AWS's words ("external ID")
	Reason   string // what is wrong, in words that follow "What: "; it names What where that is needed
	Location Location
	Other    Location // the second place, for kinds with two
	Meant    string   // what was probably meant: a value, or "key = value"; "" if that is not known
	Name     string   // the name that is not there
	Names    []string // Loop: from the profile asked for to the one that repeats. TwoSources: the two settings
	Files    [2]string
	Err      error

	set *Set // for Near, which is slow
}

func (e *Error) Error() string {
	switch {
	case e.Kind.isSyntax():
		return e.Location.String() + ": " + e.Reason
	case e.Kind == Unreadable:
		return e.Location.String() + " " + e.Reason
	}
	text := about(e.Profile) + e.Reason
	if at := e.Location.String(); at != "" {
		text += " (" + at + ")"
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

func about(name string) string {
	if name == "" {
		return ""
	}
	return "profile " + show.Quoted(name) + ": "
}

// syntaxError is the error of a line that the grammar does not allow; nil if there is none.
func syntaxError(wrong *index.Fault) error {
	if wrong == nil {
		return nil
	}
	kind := Syntax
	switch wrong.What {
	case grammar.UTF16:
		kind = NotUTF8
	case grammar.BeforeSection:
		kind = OutsideSection
	case grammar.NoEquals, grammar.OtherEquals:
		kind = MissingEquals
	case grammar.NothingToContinue:
		kind = StrayIndent
	case grammar.IndentedHeader:
		kind = IndentedSection
	}
	return &Error{Kind: kind, Profile: wrong.Profile, Reason: wrong.What.Reason(),
		Location: Location{Path: wrong.Path, Line: wrong.Line}}
}

// wrong makes an error of a setting of this profile.
func (p *Profile) wrong(kind Kind, key string, where Setting, reason string) *Error {
	return &Error{Kind: kind, Profile: p.Name, What: key, Reason: reason, Location: where.Location()}
}

// SettingError adds to an error of a limit which setting has the value. It returns another error as it is.
func SettingError(profile, key string, where Setting, err error) error {
	limit, ok := errors.AsType[*limits.Error](err)
	if !ok {
		return err
	}
	e := &Error{Profile: profile, What: key, Location: where.Location(), Meant: limit.Meant}
	e.Reason = key + strings.TrimPrefix(limit.Reason, limit.What)
	if limit.Quoted {
		e.Kind = QuotedValue
	}
	return e
}

func wrongValue(kind Kind, profile, key string, where Setting, rule string) *Error {
	return &Error{Kind: kind, Profile: profile, What: key, Reason: key + " " + show.Quoted(where.Value) + " " + rule,
		Location: where.Location()}
}

// loopError is the error of a profile whose source_profile or include_profile leads back to itself.
func loopError(key string, names []string, where Setting) *Error {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = show.Printable(name)
	}
	return &Error{Kind: Loop, Profile: names[0], What: key, Names: names, Location: where.Location(),
		Reason: key + " goes round in a loop: " + strings.Join(shown, " -> ")}
}

// LoopAlone is an error of Kind Loop without the profiles that lead into the loop.
func (e *Error) LoopAlone() *Error {
	first := slices.Index(e.Names, e.Names[len(e.Names)-1])
	return loopError(e.What, e.Names[first:], Setting{Path: e.Location.Path, Line: e.Location.Line})
}

// unknown says that a profile is not there. key is source_profile or include_profile of the profile that names it, or a
// flag.
func (s *Set) unknown(name, referredBy, key string, where Setting) *Error {
	e := &Error{Kind: UnknownProfile, Profile: referredBy, What: key, Name: name, Location: where.Location(),
		Files: [2]string{s.config.Path, s.credentials.Path}, set: s}
	switch {
	case referredBy != "":
		e.Reason = key + " " + show.Quoted(name) + " not found"
	case name == "":
		e.Kind, e.Reason = NoProfile, "no profile was named"
	case key != "":
		e.Reason = key + " " + show.Quoted(name) + ": profile not found"
	case s.empty():
		e.Kind, e.Reason = NoProfiles, "profile "+show.Quoted(name)+" not found: there are no profiles in "+
			either(e.Files)
	default:
		e.Reason = "profile " + show.Quoted(name) + " not found in " + either(e.Files)
	}
	return e
}

func either(files [2]string) string {
	switch {
	case files[0] == "" && files[1] == "":
		return "any file: no home is known"
	case files[0] == "":
		return show.Printable(files[1])
	case files[1] == "":
		return show.Printable(files[0])
	}
	return show.Printable(files[0]) + " or " + show.Printable(files[1])
}
