package profiles

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// An adopted profile, as its file reads:
//
//	[profile prod]
//	region = eu-west-1
//	# moved to [hatstand prod]: role_arn, source_profile
//	# added by hatstand adopt, undone by hatstand release prod:
//	credential_process = /usr/local/bin/hatstand credential-process prod
//
//	[hatstand prod]
//	role_arn = arn:aws:iam::222222222222:role/Admin
//	source_profile = me
//
// Settings move with their bytes, and with the comments between them; where other settings stand between
// them, each group leaves a comment of its own at its place. That is all that release needs to put every
// byte back, in whatever order profiles are adopted and released.

// roleKeys are the settings that move: those of a role's AssumeRole call. What SDKs and other programs
// still need to see stays (region, output, endpoints, services, s3, colours, ...).
func roleKeys() []string {
	return []string{"role_arn", "source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name", "duration_seconds",
		"session_tags", "transitive_session_tags", "source_identity", "policy", "policy_arns"}
}

// rivals are settings that the SDKs take credentials from before they come to credential_process.
func rivals() []string {
	return append(KeyNames(), "role_arn", "source_profile", "credential_source", "web_identity_token_file",
		"sso_session", "sso_start_url", "sso_account_id", "sso_role_name", "login_session")
}

const processKey = "credential_process"

func movedMarker(name string, keys []string) string {
	return "# moved to [hatstand " + name + "]: " + strings.Join(keys, ", ")
}

func addedMarker(name string) string {
	return "# added by hatstand adopt, undone by hatstand release " + name + ":"
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
	Kept    []string // role settings of [hatstand NAME] that release left there: they never stood elsewhere
	Err     error    // why it cannot be: a *SettingError, *UnknownProfileError, *LoopError or *EditError
}

// Adopt writes the profiles so that SDKs get their credentials from hatstand: role settings move to
// [hatstand NAME], and credential_process, whose value command gives, starts hatstand. Those with an error
// in their outcome are left as they are. self is the running program's path, for those that start it
// already.
//
// What would change any profile's credentials, or could not be undone, is refused: by the outcome of
// the one that is to blame, or by an *EditError where several are together.
func (s *Set) Adopt(names []string, self string, command func(name string) string) (*Change, []Outcome, error) {
	return blamed(names, func(names []string) (*Change, []Outcome, error) { return s.adoptAll(names, self, command) })
}

func (s *Set) adoptAll(names []string, self string, command func(name string) string) (*Change, []Outcome, error) {
	outcomes := make([]Outcome, len(names))
	text := s.whole()
	var splices []splice
	for i, name := range names {
		more, err := s.adopt(text, name, self, command)
		outcomes[i] = Outcome{Name: name, Changed: len(more) > 0, Err: err}
		splices = append(splices, more...)
	}
	c := newChange(s.config, text, splices)
	if err := s.sameChains(c, self); err != nil {
		return nil, outcomes, err
	}
	return c, outcomes, s.undone(c, outcomes, self)
}

// whole is the config file's scan as full lines: one that has no newline at its end is given one.
func (s *Set) whole() *source {
	data := s.config.data
	if len(data) == 0 || bytes.HasSuffix(data, []byte("\n")) {
		return s.config
	}
	full, err := scan(File{Path: s.config.path, Data: append(data[:len(data):len(data)], '\n')}, false)
	if err != nil {
		return s.config // a line that is right is right with its newline
	}
	return full
}

// adopt is the splices for one profile; none if it is adopted.
func (s *Set) adopt(text *source, name, self string, command func(string) string) ([]splice, error) {
	chain, err := s.Chain(Request{Target: name, Self: self})
	if err != nil {
		return nil, err
	}
	p, _ := s.Profile(name)
	refuse := func(where Setting, reason string, hints ...string) ([]splice, error) {
		return nil, p.wrong("", where, reason, hints...)
	}
	if len(chain.Roles) == 0 && chain.Base.Kind != Keyring {
		var where Setting
		for _, key := range []string{"aws_access_key_id", "web_identity_token_file", "credential_source", "sso_session", "sso_start_url", "login_session", processKey} {
			if where = p.Get(key); where.IsSet() {
				where.Value = ""
				break
			}
		}
		return refuse(where, "its credentials come from "+chain.Base.Kind.String()+", where the SDKs find them by themselves")
	}
	if name[0] == '-' {
		return refuse(Setting{}, "as a word of credential_process its name would be a flag", "rename the profile")
	}
	sec, own, err := text.sectionsOf(name)
	if err != nil {
		return nil, err
	}
	if sec == nil {
		return refuse(Setting{}, "it has no section of its own in "+printable(text.path), "add one: "+"[profile "+name+"]")
	}
	var moved []string
	if p.get("role_arn").IsSet() {
		moved = append(roleKeys(), processKey)
	}
	spans := text.spans(sec)
	groups, starter, err := text.group(spans, moved, name, self)
	if err != nil {
		return nil, err
	}
	if err := s.rivals(name, moved); err != nil {
		return nil, err
	}
	var renewed []splice
	if starter != nil {
		renewed = text.renew(name, sec, starter, command(name))
		if len(groups) == 0 {
			return renewed, nil
		}
	}
	moves, err := text.move(name, sec, own, spans, groups, starter == nil, command(name))
	if err != nil {
		return nil, err
	}
	return append(moves, renewed...), nil
}

// rivals refuses a profile in which the SDKs would still find something before credential_process.
func (s *Set) rivals(name string, moved []string) error {
	p := &Profile{Name: name}
	inConfig, ok := s.config.section(profile, name)
	if !ok {
		inConfig, _ = s.config.section(plainDefault, name)
	}
	inCredentials, _ := s.credentials.section(profile, name)
	for _, key := range rivals() {
		if where := find(inConfig, key); where.IsSet() && !slices.Contains(moved, key) {
			hint := "take " + key + " out of " + where.Where()
			if slices.Contains(KeyNames(), key) {
				hint = "move the keys into the keyring (hatstand keys add " + name + "), and take them out of " + where.Where()
			}
			return p.rival(key, where, hint)
		}
		if where := find(inCredentials, key); where.IsSet() {
			hint := "move " + key + " to the profile's section in " + printable(s.config.path)
			if slices.Contains(KeyNames(), key) {
				hint = "move the keys into the keyring: hatstand keys import --from credentials"
			}
			return p.rival(key, where, hint)
		}
	}
	if where := find(inCredentials, processKey); where.IsSet() {
		return p.rival(processKey, where, "take "+processKey+" out of "+where.Where())
	}
	return nil
}

func (p *Profile) rival(key string, where Setting, hint string) error {
	where.Value = ""
	return p.wrong(key, where, "the SDKs would use its "+key+" and not hatstand", hint)
}
