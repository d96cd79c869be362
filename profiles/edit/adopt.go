package edit

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

// An adopted profile, as its file reads:
//
//	[profile prod]
//	region = eu-west-1
//	# moved to [hatstand prod]: role_arn, source_profile
//	# added by hatstand adopt, undone by hatstand release prod:
//	credential_process = /usr/local/bin/hatstand-credential-process prod
//
//	[hatstand prod]
//	role_arn = arn:aws:iam::222222222222:role/Admin
//	source_profile = me
//
// Settings move with their bytes, and with the comments between them; where other settings stand between
// them, each group leaves a comment of its own at its place. That is all that release needs to put every
// byte back, in whatever order profiles are adopted and released.

// roleKeys are the settings that move: those of a role's AssumeRole call. Settings that SDKs and other programs still
// need stay (region, output, endpoints, services, s3, colours, ...).
func roleKeys() []string {
	return []string{"role_arn", "source_profile", "credential_source", "external_id", "mfa_serial",
		"role_session_name", "duration_seconds", "oidc", "saml", "saml_provider_arn", "web_identity_token_file",
		"web_identity_token_process",
		"session_tags", "transitive_session_tags", "source_identity", "policy", "policy_arns", "reason"}
}

// consoleKey is the setting of a sign-in to the console.
const consoleKey = "login_session"

// signInKeys are the settings of IAM Identity Center that move. The [sso-session] that they name stays: other profiles
// and aws sso login use it.
func signInKeys() []string {
	return []string{"sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"}
}

// movedKeys are the settings that adopt may have moved to [hatstand NAME].
func movedKeys() []string { return append(append(roleKeys(), signInKeys()...), consoleKey) }

// rivals are settings that the SDKs take credentials from before they come to credential_process.
func rivals() []string {
	return append(append(KeyNames(), "role_arn", "source_profile", "credential_source", "web_identity_token_file",
		"web_identity_token_process", consoleKey), signInKeys()...)
}

const processKey = "credential_process"

func movedMarker(name string, keys []string) string {
	return "# moved to [hatstand " + name + "]: " + strings.Join(keys, ", ")
}

// addedMarker has a command that a person may copy into a shell.
func addedMarker(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r < utf8.RuneSelf && !plainInShells(r) }) {
		name = "'" + name + "'" // no name has a quote in it
	}
	return addedMarkerOf(name)
}

func addedMarkerOf(word string) string {
	return "# added by hatstand adopt, undone by hatstand release " + word + ":"
}

// isAddedMarker also knows the marker without quotes, which was written first.
func isAddedMarker(line, name string) bool {
	return line == addedMarker(name) || line == addedMarkerOf(name)
}

func plainInShells(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_/.%@:+,=", r)
}

// movedPattern matches what movedMarker makes. It is compiled when a profile is released: credential-process
// has no use for it.
func movedPattern() *regexp.Regexp {
	return regexp.MustCompile(`^# moved to \[hatstand ([^\]]+)\]: ([^ ]+(?:, [^ ]+)*)$`)
}

// An Outcome is what adopting or releasing came to for one profile.
type Outcome struct {
	Name    string
	Changed bool     // false without an error: it was so already
	Kept    []string // settings of [hatstand NAME] that release left there: they were never elsewhere
	// SignIn is set where adopt moves the profile's settings of IAM Identity Center: programs that sign in by them, or
	// read them, find them no more.
	SignIn profiles.SSOSetting
	// Console is set where adopt moves login_session: aws login writes another one then.
	Console bool
	Err     error // why it cannot be: a *[profiles.Error] or *[Error]
}

// Adopt writes the profiles so that SDKs get their credentials from hatstand: settings of a role and of IAM Identity
// Center move to [hatstand NAME], and credential_process, whose value command gives, starts hatstand. Those with an
// error in their outcome are left as they are. self is the running program's path, for those that start it already.
//
// What would change any profile's credentials, or could not be undone, is refused: by the outcome of
// the one that is to blame, or by an *Error where several are together.
func Adopt(set *profiles.Set, names []string, req profiles.Request,
	command func(name string) string) (*Change, []Outcome, error) {
	a := newAdoption(set, req)
	return togetherElseEach(names, func(names []string) (*Change, []Outcome, error) { return a.adoptAll(names, command) })
}

// An adoption is the two files that profiles are adopted or released in.
type adoption struct {
	*profiles.Set
	req                 profiles.Request // Self and HasKeys
	config, credentials *source
}

func newAdoption(set *profiles.Set, req profiles.Request) *adoption {
	config, credentials := set.Files()
	a := &adoption{Set: set, req: profiles.Request{Self: req.Self, HasKeys: req.HasKeys}}
	a.config, _ = scan(config, false) // the Set read them
	a.credentials, _ = scan(credentials, true)
	return a
}

func (s *adoption) adoptAll(names []string, command func(name string) string) (*Change, []Outcome, error) {
	outcomes := make([]Outcome, len(names))
	text := s.fullLines()
	var splices []splice
	for i, name := range names {
		more, o, err := s.adopt(text, name, command)
		o.Name, o.Changed, o.Err = name, len(more) > 0, err
		outcomes[i] = o
		splices = append(splices, more...)
	}
	c := newChange(s.config, text, splices)
	if err := s.sameChains(c); err != nil {
		return nil, outcomes, err
	}
	return c, outcomes, s.undone(c, outcomes)
}

// fullLines is the config file's scan as full lines: one that has no newline at its end is given one.
func (s *adoption) fullLines() *source {
	data := s.config.data
	if len(data) == len(s.config.file.ByteOrderMark()) || bytes.HasSuffix(data, []byte("\n")) {
		return s.config
	}
	full, err := scan(profiles.File{Path: s.config.path, Data: append(data[:len(data):len(data)], '\n')}, false)
	if err != nil {
		return s.config // a line that is right is right with its newline
	}
	return full
}

// adopt is the splices for one profile; none if it is adopted. o says which sign-in moves.
func (s *adoption) adopt(text *source, name string, command func(string) string) (splices []splice,
	o Outcome, err error) {
	req := s.req
	req.Target = name
	chain, err := s.Chain(req)
	if err != nil {
		return nil, o, err
	}
	if err := s.adoptable(chain, name); err != nil {
		return nil, o, err
	}
	sec, own, err := text.sectionsOf(name)
	if err != nil {
		return nil, o, err
	}
	if sec == nil {
		return nil, o, &Error{Kind: NoSection, Profile: name,
			Reason: "it has no section of its own in " + profiles.Location{Path: text.path}.String()}
	}
	if err := text.managed(name, sec.Start); err != nil {
		return nil, o, err
	}
	moved := s.moved(chain, name)
	spans := text.spans(sec)
	groups, starter, err := text.group(spans, moved, name, s.req.Self)
	if err != nil {
		return nil, o, err
	}
	if err := s.rivals(name, moved); err != nil {
		return nil, o, err
	}
	var renewed []splice
	if starter != nil {
		renewed = text.renew(name, sec, starter, command(name))
		if len(groups) == 0 {
			return renewed, o, nil
		}
	}
	moves, err := text.move(name, sec, own, spans, groups, starter == nil, command(name))
	if err != nil {
		return nil, o, err
	}
	for _, sp := range slices.Concat(groups...) {
		if slices.Contains(signInKeys(), sp.Key) && chain.Base.Profile == name {
			o.SignIn = chain.Base.SSO
		}
		o.Console = o.Console || sp.Key == consoleKey && chain.Base.Profile == name
	}
	return append(moves, renewed...), o, nil
}

// adoptable refuses a profile whose credentials hatstand has no part in, or that credential_process cannot name.
func (s *adoption) adoptable(chain *profiles.Chain, name string) error {
	if len(chain.Roles) == 0 && !chain.Base.Adoptable() {
		p, _ := s.Profile(name)
		var where profiles.Setting
		for _, key := range []string{"aws_access_key_id", "credential_source", "sso_session", "sso_start_url", processKey} {
			if where = p.Get(key); where.IsSet() {
				break
			}
		}
		reason := "its credentials come from " + chain.Base.Kind.String() + ", where the SDKs find them by themselves"
		if !chain.Base.GivesCredentials() {
			reason = "its sign-in gives a token and no credentials"
		}
		return &Error{Kind: OwnSource, Profile: name, Location: where.Location(), Reason: reason}
	}
	if name[0] == '-' {
		return &Error{Kind: NameIsFlag, Profile: name,
			Reason: "its name would look like a flag in credential_process"}
	}
	return nil
}

// moved are the settings that must leave the profile's section.
func (s *adoption) moved(chain *profiles.Chain, name string) (keys []string) {
	p, _ := s.Profile(name)
	// The SDKs know the settings of a sign-in that the AWS CLI shares, and take them first.
	if p.Get("role_arn").IsSet() || chain.Base.Grant.Shareable() && chain.Base.Profile == name {
		keys = append(movedKeys(), processKey)
	} else if words, err := cmdline.Split(p.Get(processKey).Value); err == nil {
		if _, ok := cmdline.StartsAWSVault(words); ok { // its keys were imported, or they would not be the keyring's
			keys = []string{processKey}
		}
	}
	if chain.Base.Profile != name && len(chain.Roles) == 0 { // an alias
		keys = append(keys, "source_profile")
	}
	return keys
}

// rivals refuses a profile in which the SDKs would still find something before credential_process.
func (s *adoption) rivals(name string, moved []string) error {
	rival := func(kind Kind, key string, at profiles.Location) error {
		return &Error{Kind: kind, Profile: name, Key: key, Location: at, Config: s.config.path,
			Reason: "the SDKs would use its " + key + " and not hatstand"}
	}
	for _, key := range rivals() {
		isKey := slices.Contains(KeyNames(), key)
		if at, ok := s.config.find(Profile(name), key); ok && !slices.Contains(moved, key) {
			if isKey {
				return rival(RivalKeys, key, at)
			}
			return rival(Rival, key, at)
		}
		if at, ok := s.credentials.find(Profile(name), key); ok {
			if isKey {
				return rival(RivalKeysInCredentials, key, at)
			}
			return rival(RivalInCredentials, key, at)
		}
	}
	if at, ok := s.credentials.find(Profile(name), processKey); ok {
		return rival(Rival, processKey, at)
	}
	return nil
}
