// Package lint finds the lines of the AWS files that do not mean what their writer thinks: a misspelt setting, a
// section that no program reads, what botocore and the SDKs take differently, and profiles that cannot be used. It
// promises that no remark shows a secret. It changes nothing, and what it finds stops nobody: a profile with remarks
// can be used as far as package profiles allows it.
package lint

import (
	"fmt"

	"hatstand/profiles"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
)

// A Remark is about one line.
type Remark struct {
	Location profiles.Location
	Text     string
	Next     string // what to do about it; "" where Text says so
	// Profile is set where it helps to move the profile's role to a section that only hatstand reads.
	Profile string
	// AWSVault is set with Profile where its credential_process starts aws-vault: its keys have to be imported first.
	AWSVault bool
	// Err is set where a profile cannot be used: it is the error of its Chain.
	Err *profiles.Error
}

// A file is one of the two AWS files.
type file struct {
	*grammar.File
	path        string
	credentials bool
}

// files are both files, parsed again. The Set has parsed them without an error.
func files(set *profiles.Set) (config, credentials file) {
	c, k := set.Files()
	config, credentials = file{path: c.Path}, file{path: k.Path, credentials: true}
	config.File, _ = grammar.Parse(c.Data, false)
	credentials.File, _ = grammar.Parse(k.Data, true)
	return config, credentials
}

// Files are the remarks on both files, in the order of their lines, at most one a line, then those on whole profiles.
// Faults that make a profile unusable are not here: Unusable finds them.
func Files(set *profiles.Set) []Remark {
	config, credentials := files(set)
	all := append(config.remarks(), credentials.remarks()...)
	beside := config.rolesBesideProcesses()
	for _, name := range set.Names() {
		if r, found := beside[name]; found {
			all = append(all, r)
		}
		if r, found := startsAWSVault(set, name); found {
			all = append(all, r)
		}
	}
	return append(all, config.sessions(set)...)
}

// Profile are the remarks on the names and values of one profile's settings, and of those of the session that it signs
// in to.
func Profile(set *profiles.Set, name string) []Remark {
	config, credentials := files(set)
	var all []Remark
	slips := func(f file, name string, ofKind func(grammar.Kind) bool) {
		for sec := range f.Named(name) {
			if !ofKind(sec.Kind) {
				continue
			}
			settings, _ := f.Settings(sec)
			for i := range settings {
				if text, next := misspelt(sec, &settings[i]); text != "" {
					all = append(all, f.remark(settings[i].Line, text, next))
				}
			}
		}
	}
	slips(config, name, grammar.Kind.IsProfile)
	slips(credentials, name, grammar.Kind.IsProfile)
	if p, ok := set.Profile(name); ok && p.Get("sso_session").IsSet() {
		slips(config, p.Get("sso_session").Value, func(k grammar.Kind) bool {
			return k == grammar.SSOSession || k == grammar.HatstandSession
		})
	}
	return all
}

func (f file) remark(line int, text, next string) Remark {
	return Remark{Location: profiles.Location{Path: f.path, Line: line}, Text: text, Next: next}
}

// rolesBesideProcesses are the remarks on profiles that have a role beside a credential_process in their own section,
// by name: some SDKs ignore the one, some the other. They do not read [hatstand NAME].
func (f file) rolesBesideProcesses() map[string]Remark {
	type lines struct{ role, process int }
	found := map[string]lines{}
	for sec := range f.Sections() {
		if sec.Kind != grammar.Profile {
			continue
		}
		settings, _ := f.Settings(sec)
		for _, s := range settings {
			line := s.Line
			if s.Value == "" {
				line = 0 // it counts as not set
			}
			has := found[string(sec.Name)]
			switch {
			case !s.Valid:
				continue
			case s.Key == "role_arn":
				has.role = line
			case s.Key == processKey:
				has.process = line
			}
			found[string(sec.Name)] = has
		}
	}
	all := map[string]Remark{}
	for name, has := range found {
		if has.role == 0 || has.process == 0 {
			continue
		}
		text := fmt.Sprintf("profile %s has role_arn beside credential_process: botocore ignores the process, "+
			"other SDKs assume the role twice", show.Quoted(name))
		r := f.remark(has.role, text, "")
		r.Profile = name
		all[name] = r
	}
	return all
}

// startsAWSVault is a credential_process that starts aws-vault for the profile that it is in.
func startsAWSVault(set *profiles.Set, name string) (Remark, bool) {
	process := set.SDKSetting(name, processKey)
	words, err := cmdline.Split(process.Value)
	if err != nil {
		return Remark{}, false
	}
	if vault, ok := cmdline.StartsAWSVault(words); !ok || vault != name {
		return Remark{}, false
	}
	text := "profile " + show.Quoted(name) + " starts aws-vault for its keys"
	return Remark{Location: process.Location(), Profile: name, AWSVault: true, Text: text}, true
}

// remarks are those on one file.
func (f file) remarks() []Remark {
	type header struct {
		kind grammar.Kind
		name string
	}
	var all []Remark
	say := func(line int, text, next string) {
		all = append(all, f.remark(line, text, next))
	}
	type place struct {
		line int
		text string
	}
	first := map[header]place{}
	for sec := range f.Sections() {
		h := header{sec.Kind, string(sec.Name)}
		if before, again := first[h]; again {
			happens := "botocore refuses the whole file"
			if f.HeaderText(sec) != before.text {
				happens = "botocore takes only this one"
			}
			// botocore ignores hatstand's sections, so there may be two of them that differ only in their quotes
			if f.HeaderText(sec) == before.text || sec.Kind != grammar.Hatstand {
				say(sec.Line, fmt.Sprintf("section %s is on line %d already: %s", show.Quoted(h.name), before.line,
					happens), "merge the two sections")
			}
		} else {
			first[h] = place{sec.Line, f.HeaderText(sec)}
			if next := f.meant(h.name); sec.Kind == grammar.Ignored && next != "" {
				say(sec.Line, "section "+show.Quoted(h.name)+" is ignored", next)
			}
		}
		seen := map[string]int{}
		settings, _ := f.Settings(sec)
		for i := range settings {
			setting := &settings[i]
			before, again := seen[setting.Key]
			switch text, next := misspelt(sec, setting); {
			case again:
				text = fmt.Sprintf("%s is set on line %d of the same section already: botocore refuses the whole file",
					show.Quoted(setting.Key), before)
				say(setting.Line, text, "remove one of them")
			case text != "":
				say(setting.Line, text, next)
			case setting.Comment:
				text = fmt.Sprintf("a comment follows the value of %s: botocore takes it as part of the value",
					show.Quoted(setting.Key))
				say(setting.Line, text, "put the comment on a line of its own")
			}
			seen[setting.Key] = setting.Line
		}
	}
	return all
}
