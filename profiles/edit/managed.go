package edit

import (
	"bytes"
	"slices"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
)

// A Managed is a profile that Sync keeps in its block.
type Managed struct {
	Name   string
	Region string // "": none
	// Settings say where its credentials come from, in the order in which they are written.
	Settings []KeyValue
}

// A KeyValue is a setting as it is written.
type KeyValue struct{ Key, Value string }

// PermissionSet is the profile of a permission set in an account, for the sign-in of an [sso-session].
func PermissionSet(name, region, session, accountID, role string) Managed {
	return Managed{Name: name, Region: region, Settings: []KeyValue{{"sso_session", session},
		{"sso_account_id", accountID}, {"sso_role_name", role}}}
}

// SAMLRole is the profile of a role that a SAML provider offers, for the sign-in of a [hatstand-saml] section.
func SAMLRole(name, region, section, role, provider string) Managed {
	return Managed{Name: name, Region: region, Settings: []KeyValue{{"role_arn", role}, {"saml", section},
		{"saml_provider_arn", provider}}}
}

// SAMLSource is what Sync calls a [hatstand-saml] section: an [sso-session] may have the same name.
func SAMLSource(section string) string { return samlSource + section }

const samlSource = "--saml " // as the command has it

// CutSAMLSource is the section in what SAMLSource made.
func CutSAMLSource(source string) (section string, ok bool) {
	return strings.CutPrefix(source, samlSource)
}

// Get is a setting's value; "": it is not there.
func (m Managed) Get(key string) string {
	for _, s := range m.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

func (m Managed) equal(other Managed) bool {
	return m.Name == other.Name && m.Region == other.Region && slices.Equal(m.Settings, other.Settings)
}

// lostMark stands above a profile that was not in the last listing.
const lostMark = "# no longer yours"

// A managedText is a profile of a block as it is written.
type managedText struct {
	Managed
	lost    bool
	kept    bool   // it is not among those wanted now
	command string // of credential_process; "": the settings stand in the profile's own section
	header  string // of the section that only hatstand reads
	// Where it starts and ends, without the empty line to the next one.
	start, end int
}

// render writes the profile's lines.
func (m managedText) render(eol string) string {
	var b strings.Builder
	if m.lost {
		b.WriteString(lostMark + eol)
	}
	b.WriteString(grammar.Header(grammar.Profile, m.Name, false) + eol)
	if m.Region != "" {
		b.WriteString(setting("region", m.Region, eol))
	}
	if m.command != "" {
		b.WriteString(setting(processKey, m.command, eol))
		if len(m.Settings) > 0 {
			b.WriteString(eol + m.header + eol)
		}
	}
	for _, s := range m.Settings {
		b.WriteString(setting(s.Key, s.Value, eol))
	}
	return b.String()
}

// renderAll writes the lines of a block between its first and its last.
func renderAll(all []managedText, eol string) string {
	texts := make([]string, len(all))
	for i, m := range all {
		texts[i] = m.render(eol)
	}
	return strings.Join(texts, eol)
}

// managedIn are the profiles of a block, in its order. Whatever else somebody wrote there is passed over.
func (s *source) managedIn(b block) []managedText {
	var all []managedText
	for i := range s.sections {
		sec := &s.sections[i]
		if sec.Start < b.body || sec.Start >= b.end {
			continue
		}
		name := string(sec.Name)
		switch {
		case s.is(sec, Profile(name)):
			m := managedText{Managed: Managed{Name: name}, start: sec.Start,
				header: grammar.Header(grammar.Hatstand, name, false)}
			above := bytes.TrimRight(s.data[b.body:sec.Start], "\r\n")
			if line := above[bytes.LastIndexByte(above, '\n')+1:]; string(line) == lostMark {
				m.lost, m.start = true, b.body+len(above)-len(line)
			}
			all = append(all, m)
		case s.is(sec, Hatstand(name)) && len(all) > 0 && all[len(all)-1].Name == name:
			all[len(all)-1].header = s.file.HeaderText(*sec)
		default:
			continue
		}
		m := &all[len(all)-1]
		m.end = sec.Body
		for _, sp := range s.spans(sec) {
			m.end = sp.LastEnd()
			switch {
			case sp.Key == processKey && sec.Kind != grammar.Hatstand:
				m.command = sp.Value
			case sp.Key == "region" && sec.Kind != grammar.Hatstand:
				m.Region = sp.Value
			default:
				m.Settings = append(m.Settings, KeyValue{sp.Key, sp.Value})
			}
		}
	}
	return all
}

// hatstandHeaderBeside is a header of [hatstand NAME] that differs from those in used: to the AWS CLI, two sections
// with the same line are a fault of the whole file, and in quotes it is another line. "": there is none.
func hatstandHeaderBeside(name string, used []string) string {
	for _, header := range []string{grammar.Header(grammar.Hatstand, name, false), "[hatstand '" + name + "']",
		`[hatstand "` + name + `"]`} {
		if !slices.Contains(used, header) {
			return header
		}
	}
	return ""
}

// checkBlock refuses a block with something between its lines that Sync did not write, or with a setting behind it that
// would belong to the block's last profile.
func (s *source) checkBlock(b block) error {
	if line := s.settingBehind(b); line > 0 {
		return &Error{Kind: AfterBlock, Key: b.source, Location: profiles.Location{Path: s.path, Line: line},
			Reason: "a setting after the block of profiles sync " + b.source +
				" would belong to the last profile in it"}
	}
	between := s.data[b.body:b.end]
	if checksum(between) == b.sum {
		return nil
	}
	// The first line that is not as it would be written for what it says; a changed value has none.
	line := b.line
	want := strings.Split(renderAll(s.managedIn(b), "\n"), "\n")
	for i, text := range strings.Split(strings.ReplaceAll(string(between), "\r\n", "\n"), "\n") {
		if i >= len(want) || text != want[i] {
			line = b.line + 1 + i
			break
		}
	}
	return &Error{Kind: EditedBlock, Key: b.source, Location: profiles.Location{Path: s.path, Line: line},
		Reason: "the block of profiles sync " + b.source + " was edited"}
}

// settingBehind is the number of the first line between a block and the next section that is neither empty nor a
// comment; 0: there is none.
func (s *source) settingBehind(b block) int {
	next := len(s.data)
	for i := range s.sections {
		if start := s.sections[i].Start; start >= b.after {
			next = start
			break
		}
	}
	line := 1 + bytes.Count(s.data[:b.after], []byte("\n"))
	for text := range bytes.Lines(s.data[b.after:next]) {
		if text = grammar.Trim(bytes.TrimRight(text, "\r\n")); len(text) > 0 && text[0] != '#' && text[0] != ';' {
			return line
		}
		line++
	}
	return 0
}

// ManagedIn are the profiles that Sync has written for a source in a config file; none where that cannot be read.
func ManagedIn(config profiles.File, source string) (all []Managed) {
	s, err := scan(config, false)
	if err != nil {
		return nil
	}
	blocks, err := s.blocks()
	if err != nil {
		return nil
	}
	for _, b := range blocks {
		if b.source != source {
			continue
		}
		for _, m := range s.managedIn(b) {
			all = append(all, m.Managed)
		}
	}
	return all
}

// CheckBlocks is what is wrong with the blocks that Sync wrote in a config file: an *Error, or nil.
func CheckBlocks(config profiles.File) error {
	s, err := scan(config, false)
	if err != nil {
		return err
	}
	blocks, err := s.blocks()
	for _, b := range blocks {
		if err == nil {
			err = s.checkBlock(b)
		}
	}
	return err
}
