package profiles

import (
	"strconv"
	"strings"
	"time"

	"hatstand/profiles/limits"
)

// assumesRole reports whether the profile's credentials come from AssumeRole. A role for a web identity, of a file, a
// program or a person's sign-in, or for a SAML assertion is a base: no keys assume it.
func (p *Profile) assumesRole() bool {
	return p.get("role_arn").IsSet() && !p.webIdentity().IsSet() && !p.get(samlKey).IsSet()
}

// Settings that say where the token of a web identity comes from. The second is spelled as aws-vault has it.
const (
	webTokenFile    = "web_identity_token_file"
	webTokenProcess = "web_identity_token_process"
)

// webIdentity is the setting that says where the token of a web identity comes from.
func (p *Profile) webIdentity() Setting { return p.get(p.webIdentityKey()) }

func (p *Profile) webIdentityKey() string {
	for _, key := range [...]string{webTokenFile, webTokenProcess} {
		if p.get(key).IsSet() {
			return key
		}
	}
	return oidcKey
}

// source is source_profile; not set if the profile has credential_source.
func (p *Profile) source() (Setting, error) {
	key, err := p.oneSource()
	switch {
	case err != nil:
		return Setting{}, err
	case key == "":
		return Setting{}, p.wrong(NoSource, "source_profile", p.get("role_arn"),
			"role_arn needs source_profile or credential_source")
	}
	return p.get("source_profile"), nil
}

// oneSource is the setting that says where the credentials for the profile's role come from; "": none does. Several of
// them are an error: the SDKs differ in which one they take.
func (p *Profile) oneSource() (only string, err error) {
	for _, key := range [...]string{"source_profile", "credential_source", webTokenFile, webTokenProcess, oidcKey, samlKey} {
		switch at := p.get(key); {
		case !at.IsSet():
		case only != "":
			err := p.wrong(TwoSources, key, at, only+" and "+key+" exclude each other")
			err.Other, err.Names = p.get(only).Location(), []string{only, key}
			return "", err
		default:
			only = key
		}
	}
	return only, nil
}

// role reads and checks the settings of the profile's AssumeRole call.
func (p *Profile) role() (Role, error) {
	arn := p.get("role_arn")
	role, err := newRole(arn.Value)
	if err != nil {
		return Role{}, SettingError(p.Name, "role_arn", arn, err)
	}
	role.Profile = p.Name
	text := func(key string, into *string, check func(string) error) {
		setting := p.get(key)
		if err == nil && setting.IsSet() {
			if err = check(setting.Value); err != nil {
				err = SettingError(p.Name, key, setting, err)
			}
			*into = setting.Value
		}
	}
	text("external_id", &role.ExternalID, limits.CheckExternalID)
	text("role_session_name", &role.SessionName, limits.CheckSessionName)
	text("source_identity", &role.SourceIdentity, limits.CheckSourceIdentity)
	text("policy", &role.Policy, limits.CheckPolicy)
	var list string
	text("session_tags", &list, func(s string) error {
		tags, err := limits.ParseTags(s)
		if err != nil {
			return err
		}
		role.Tags = tags
		return limits.CheckTags(tags)
	})
	text("transitive_session_tags", &list, func(s string) error {
		role.TransitiveTags = words(s, ",")
		return limits.CheckTagKeys(role.TransitiveTags)
	})
	text("policy_arns", &list, func(s string) error {
		role.PolicyARNs = words(s, ", \t\n")
		return limits.CheckPolicyARNs(role.PolicyARNs)
	})
	if err == nil {
		role.Duration, err = p.seconds("duration_seconds", limits.CheckRoleDuration)
	}
	if err == nil {
		role.MFASerial, err = p.serial()
	}
	if err == nil {
		role.ReasonRequired, err = p.reasonRequired(role.Tags)
	}
	return role, err
}

// newRole is the role of an ARN, with the settings that the ARN has in it.
func newRole(arn string) (Role, error) {
	parts, err := limits.ParseRoleARN(arn)
	return Role{ARN: parts.ARN, Partition: parts.Partition, AccountID: parts.AccountID, Name: parts.Name}, err
}

// serial is the profile's own mfa_serial.
func (p *Profile) serial() (Setting, error) {
	serial := p.get("mfa_serial")
	if !serial.IsSet() {
		return Setting{}, nil
	}
	if err := limits.CheckSerial(serial.Value); err != nil {
		return Setting{}, SettingError(p.Name, "mfa_serial", serial, err)
	}
	return serial, nil
}

// seconds is a duration in whole seconds, the only form that AWS's own programs read; 0: not set.
func (p *Profile) seconds(key string, check func(time.Duration) error) (time.Duration, error) {
	setting := p.get(key)
	if !setting.IsSet() {
		return 0, nil
	}
	n, err := strconv.ParseUint(setting.Value, 10, 32)
	if err != nil {
		wrong := wrongValue(Invalid, p.Name, key, setting, "is not a number of seconds")
		if d, err := limits.ParseDuration(setting.Value); err == nil && check(d) == nil {
			wrong.Meant = key + " = " + strconv.Itoa(int(d/time.Second))
		}
		return 0, wrong
	}
	d := time.Duration(n) * time.Second
	if err := check(d); err != nil {
		return 0, SettingError(p.Name, key, setting, err)
	}
	return d, nil
}

// words are the parts of a list, trimmed, without empty ones.
func words(s, separators string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
