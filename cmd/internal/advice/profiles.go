package advice

import (
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/limits"
	"hatstand/profiles/lint"
	"hatstand/profiles/naming"
)

func profilesError(err error) (answer, bool) {
	switch e := err.(type) {
	case *profiles.Error:
		return answer{rank: usage, exit: Usage, hints: profileHints(e)}, true
	case *limits.Error:
		return answer{rank: usage, exit: Usage, hints: limitHints(e)}, true
	case *naming.Error:
		return answer{rank: usage, exit: Usage, hints: namingHints(e)}, true
	case *edit.Error:
		return answer{rank: usage, exit: Usage, hints: editHints(e)}, true
	}
	return answer{}, false
}

func profileHints(e *profiles.Error) []string {
	one := func(parts ...string) []string { return []string{strings.Join(parts, "")} }
	file := profiles.Location{Path: e.Files[0]}.String()
	switch e.Kind {
	case profiles.NotUTF8:
		return one("save the file as UTF-8")
	case profiles.OutsideSection:
		return one("put a line like [profile NAME] above it")
	case profiles.MissingEquals:
		return one("write it as name = value")
	case profiles.StrayIndent:
		return one("remove the spaces at the start of the line")
	case profiles.IndentedSection:
		return one("remove the spaces before '['")
	case profiles.Unreadable:
		return one("make ", e.Location.String(), " a file that you may read")

	case profiles.UnknownProfile, profiles.NoProfile, profiles.NoProfiles:
		near := e.Near()
		switch {
		case near.Indented:
			return one("remove the spaces before '[' at ", near.At.String())
		case near.Header != "" && near.Credentials:
			return one("write ", near.Header, " at ", near.At.String(), `: the credentials file takes names without "profile"`)
		case near.Header != "":
			return one("write ", near.Header, " at ", near.At.String())
		case near.At.Path != "":
			return one("the section at ", near.At.String(), " is ignored: no profile can have that name")
		case len(near.Names) > 0:
			return one("did you mean ", orQuoted(near.Names), "?")
		case len(e.Name) == 12 && strings.Trim(e.Name, "0123456789") == "":
			return one("that is an account; a role in it: ", e.Name, ":ROLE --source PROFILE")
		case e.Kind == profiles.NoProfile:
			return []string{"name a profile, or set AWS_PROFILE", "hatstand list shows the profiles"}
		case e.Kind == profiles.NoProfiles && file == "":
			return one("set HOME or AWS_CONFIG_FILE, so that the config file can be found")
		case e.Kind == profiles.NoProfiles:
			return one("write a ", sectionHeader(e.Name), " section into ", file)
		}
		return one("hatstand list shows the profiles")
	case profiles.UnknownSession:
		if names := e.Near().Names; len(names) > 0 {
			return one("did you mean ", orQuoted(names), "?")
		}
		return one("write an [sso-session ", plainName(e.Name), "] section, or run aws configure sso-session")
	case profiles.UnknownOIDC:
		if names := e.Near().Names; len(names) > 0 {
			return one("did you mean ", orQuoted(names), "?")
		}
		return one("write a [hatstand-oidc ", plainName(e.Name), "] section with oidc_issuer and oidc_client_id")
	case profiles.UnknownSAML:
		if names := e.Near().Names; len(names) > 0 {
			return one("did you mean ", orQuoted(names), "?")
		}
		return one("write a [hatstand-saml ", plainName(e.Name), "] section, with saml_url = https://...")
	case profiles.UnknownServices:
		return one("write a [services ", plainName(e.Name), "] section")
	case profiles.NoMatch:
		return one("list them: hatstand list")

	case profiles.Loop:
		return one("change ", e.What, " at ", e.Location.String())
	case profiles.SourceForProfile:
		return one("leave --source out, or give the role itself, as ACCOUNT:ROLE or ARN")
	case profiles.RoleNeedsSource:
		return one("add --source PROFILE, the profile that may assume the role")
	case profiles.TwoSources:
		return one("remove ", e.Names[0], " (", e.Other.String(), ") or ", e.Names[1], " (", e.Location.String(), ")")
	case profiles.NoSource:
		return one("add source_profile = NAME, the profile whose keys may assume the role")
	case profiles.UnknownCredentialSource:
		return one("write Environment, Ec2InstanceMetadata or EcsContainer")
	case profiles.TokenWithoutRole:
		return one("add role_arn = ARN, the role to assume with it")
	case profiles.NotWithToken:
		return one("remove it, or have the provider put it into its token")
	case profiles.NotWithSAML:
		return one("remove it, or set it in a role on top, whose source_profile is this one")
	case profiles.ReasonWithoutCall:
		return one("remove it, or set it in a profile with a role on top, whose source_profile is this one")
	case profiles.HalfPair:
		return one("add ", e.What, " beside it, or move the keys into the keyring: hatstand keys add ", word(e.Profile))
	case profiles.HalfOfPair:
		return one("add ", e.What, " beside it, or remove what is there")
	case profiles.SplitPair:
		return one("put both into one file")
	case profiles.RepeatedKey:
		return one("remove one of the two")
	case profiles.RepeatedSection:
		return one("merge the two sections into one: the AWS CLI refuses a file with both")
	case profiles.OtherPair:
		return one("remove the pair that is not to be used")
	case profiles.MissingSSO:
		return one("add ", e.What, ", or run aws configure sso")
	case profiles.SSOInSession:
		return one("move it there, or remove it")
	case profiles.SessionLacks, profiles.SectionLacks:
		return one("add ", e.What, " to it")

	case profiles.QuotedValue:
		return limitHints(&limits.Error{Quoted: true})
	case profiles.NoRegion:
		return one("add region = NAME to profile ", strconv.Quote(e.Profile))
	case profiles.NotBoolean:
		return one("write true or false")
	case profiles.PlainHTTP:
		return one("use https; to accept that others may read and change the traffic, set endpoint_url in the config file instead")
	case profiles.ForeignSignIn:
		return one("unset ", e.Location.String(), ", or name the host in the [hatstand] section of the config file: sign_in_endpoint = https://HOST")
	case profiles.MetadataDisabled:
		return one("unset ", e.What, ", or set it to false")
	case profiles.NotIPVersion:
		return one("write IPv4 or IPv6")
	case profiles.ForeignContainer:
		return one("use https, or run the service on this machine: ssh -R forwards a port to another")
	case profiles.NotRegional:
		return one("write regional or legacy")
	}
	return limitHints(&limits.Error{Meant: e.Meant})
}

func namingHints(e *naming.Error) []string {
	if e.Name == "" {
		return nil
	}
	return []string{"choose another template, such as " + naming.DefaultTemplate +
		": sync_template in [hatstand-session NAME], or --template"}
}

func orQuoted(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, " or ")
}

func limitHints(e *limits.Error) []string {
	switch {
	case e.Quoted:
		return []string{"remove the quotes around the value: they are part of it"}
	case strings.HasPrefix(e.Meant, "arn:"):
		return []string{"write the role's own ARN: " + e.Meant}
	case e.Meant != "":
		return []string{"write " + e.Meant}
	}
	return nil
}

// syncCommand writes a block of the config file, whose source is named so.
func syncCommand(source string) string {
	if section, ok := edit.CutSAMLSource(source); ok {
		return "hatstand profiles sync --saml " + word(section)
	}
	return "hatstand profiles sync " + word(source)
}

func editHints(e *edit.Error) []string {
	one := func(parts ...string) []string { return []string{strings.Join(parts, "")} }
	at, config := e.Location.String(), profiles.Location{Path: e.Config}.String()
	switch e.Kind {
	case edit.Unsafe:
		return one("make the change by hand")
	case edit.Repeated:
		return one("remove one of them")
	case edit.RepeatedSection:
		return one("put its settings into one section")
	case edit.EmptySection:
		return one("remove it")
	case edit.NotUndoable:
		if e.Profile == "" {
			return one("first run: hatstand release PROFILE")
		}
		return one("first run: hatstand release ", word(e.Profile))
	case edit.NameIsFlag:
		return one("rename the profile")
	case edit.NoSection:
		return one("add one: ", sectionHeader(e.Profile))
	case edit.Exists:
		return []string{"change it there, or choose another name", "what it does: hatstand explain " + word(e.Profile)}
	case edit.InBlock:
		return one(syncCommand(e.Key), " writes it anew")
	case edit.BrokenBlock:
		return one("put the missing line back, or remove what is left of the block: hatstand profiles sync writes it again")
	case edit.RepeatedBlock:
		return one("remove one of the two: hatstand profiles sync writes the other anew")
	case edit.EditedBlock:
		return one(syncCommand(e.Key), " --dry-run shows what it would write instead; ",
			"your own settings belong in [hatstand PROFILE] outside the block")
	case edit.AfterBlock:
		return one("move the setting above the block, or below a line like [profile NAME]")
	case edit.Rival:
		return one("take ", e.Key, " out of ", at)
	case edit.RivalInCredentials:
		return one("move ", e.Key, " to the profile's section in ", config)
	case edit.RivalKeys:
		return one("move the keys into the keyring (hatstand keys add ", word(e.Profile), "), and take them out of ", at)
	case edit.RivalKeysInCredentials:
		return one("move the keys into the keyring: hatstand keys import --from credentials")
	}
	return nil
}

// Remark is what to do about a remark on the files; "": its text says so.
func Remark(r lint.Remark) string {
	switch {
	case r.Err != nil:
		if hints := profileHints(r.Err); len(hints) > 0 {
			return hints[0]
		}
		return ""
	case r.AWSVault:
		return "hatstand keys import --from aws-vault moves the keys into the keyring; then: hatstand adopt " + word(r.Profile)
	case r.Profile != "":
		return "hatstand adopt " + word(r.Profile) + " moves the role where only hatstand reads it"
	}
	return r.Next
}

func sectionHeader(name string) string {
	if header := profiles.SectionHeader(name); header != "" {
		return header
	}
	return "[profile NAME]"
}

// plainName is a name as a hint shows it in brackets.
func plainName(name string) string {
	header := profiles.SectionHeader(name)
	if header == "" {
		return "NAME"
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.Trim(header, "[]"), "profile "), "]")
}

// word is a profile's name as one word of a shell's command line.
func word(name string) string {
	unsafe := func(r rune) bool {
		return r < 0x80 && !strings.ContainsRune("-_/.%@:+", r) && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9')
	}
	if slices.ContainsFunc([]rune(name), unsafe) {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}
