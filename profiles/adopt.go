package profiles

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
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

var movedPattern = regexp.MustCompile(`^# moved to \[hatstand ([^\]]+)\]: ([^ ]+(?:, [^ ]+)*)$`)

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
// The error is an *EditError if the change as a whole would not read as it does now, or could not be undone.
func (s *Set) Adopt(names []string, self string, command func(name string) string) (*Change, []Outcome, error) {
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
	if starter != nil && len(groups) == 0 {
		return text.renew(name, sec, starter, command(name)), nil
	}
	return text.move(name, sec, own, spans, groups, starter == nil, command(name))
}

// sectionsOf finds a profile's section and hatstand's own for it; one that stands twice is refused.
func (s *source) sectionsOf(name string) (sec, own *section, err error) {
	for _, i := range s.named(name) {
		of := &s.sections[i]
		into := &sec
		switch {
		case s.is(of, OwnSection(name)):
			into = &own
		case !s.is(of, ProfileSection(name)):
			continue
		}
		if *into != nil {
			return nil, nil, &EditError{Path: s.path, Line: int(of.line), hint: "put its settings into one section",
				Reason: "profile " + quoted(name) + " has this section twice, which the AWS CLI refuses; the other is at line " + strconv.Itoa(int((*into).line))}
		}
		*into = of
	}
	return sec, own, nil
}

// group finds the settings that move, in groups with nothing but comments between them, and the
// credential_process that starts hatstand for the profile already.
func (s *source) group(spans []span, moved []string, name, self string) (groups [][]span, starter *span, err error) {
	seen := map[string]int{}
	last := -2
	for i, sp := range spans {
		if sp.key == processKey || slices.Contains(moved, sp.key) {
			if first := seen[sp.key]; first != 0 {
				return nil, nil, &EditError{Path: s.path, Line: sp.number, hint: "remove one of them",
					Reason: sp.key + " of profile " + quoted(name) + " stands twice, which the AWS CLI refuses"}
			}
			seen[sp.key] = sp.number
		}
		if s.starts(sp, name, self) {
			starter = &sp
			continue
		}
		if !slices.Contains(moved, sp.key) {
			continue
		}
		if last == i-1 {
			groups[len(groups)-1] = append(groups[len(groups)-1], sp)
		} else {
			groups = append(groups, []span{sp})
		}
		last = i
	}
	return groups, starter, nil
}

// starts tells whether a setting is a credential_process that starts hatstand for the profile.
func (s *source) starts(sp span, name, self string) bool {
	if sp.key != processKey {
		return false
	}
	words, err := SplitCommand(string(s.data[sp.valueStart:sp.valueEnd]))
	return err == nil && startsSelf(words, self, name)
}

// renew corrects the path of a program that has moved since adopt wrote it. A command of the user's own stays.
func (s *source) renew(name string, sec *section, starter *span, command string) []splice {
	value := string(s.data[starter.valueStart:starter.valueEnd])
	added := slices.ContainsFunc(s.markers(sec, name), func(m marker) bool { return m.keys == nil })
	words, _ := SplitCommand(value)
	if !added || value == command || len(words) != 3 || words[1] != "credential-process" || !strings.ContainsAny(words[0], `/\`) {
		return nil
	}
	return []splice{{starter.lines[0][0], starter.lines[0][1], processKey + " = " + command + s.lineEnd(sec)}}
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

// move writes the splices.
func (s *source) move(name string, sec, own *section, spans []span, groups [][]span, add bool, command string) ([]splice, error) {
	eol := s.lineEnd(sec)
	entry := ""
	if add {
		line := processKey + " = " + command
		if words := (&Editor{source: s}).fits(ProfileSection(name), processKey, command); words != nil {
			return nil, words
		}
		entry = addedMarker(name) + eol + line + eol
	}
	end := int(sec.body)
	if len(spans) > 0 {
		end = spans[len(spans)-1].end()
	}
	var splices []splice
	var block strings.Builder
	there := map[string]int{}
	if own != nil {
		for _, sp := range s.spans(own) {
			there[sp.key] = sp.number
		}
	}
	for _, group := range groups {
		keys := make([]string, len(group))
		for i, sp := range group {
			keys[i] = sp.key
			if line := there[sp.key]; line != 0 {
				return nil, &EditError{Path: s.path, Line: sp.number, hint: "remove one of them",
					Reason: sp.key + " of profile " + quoted(name) + " stands in [hatstand " + name + "] too, at line " + strconv.Itoa(line)}
			}
		}
		from, to := group[0].lines[0][0], group[len(group)-1].end()
		block.Write(s.data[from:to])
		splices = append(splices, splice{from, to, movedMarker(name, keys) + eol + entry})
		entry = ""
	}
	if entry != "" {
		splices = append(splices, splice{end, end, entry})
	}
	switch {
	case len(groups) == 0:
	case own == nil:
		splices = append(splices, splice{end, end, eol + "[hatstand " + name + "]" + eol + block.String()})
	case len(there) == 0:
		return nil, &EditError{Path: s.path, Line: int(own.line), Reason: "[hatstand " + name + "] is empty", hint: "remove it"}
	default:
		all := s.spans(own)
		at := all[len(all)-1].end()
		splices = append(splices, splice{at, at, block.String()})
	}
	return splices, nil
}

// end is where its last line ends.
func (sp span) end() int { return sp.lines[len(sp.lines)-1][1] }
